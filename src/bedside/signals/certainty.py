"""Where a rewrite is surer than its original: a lost "may", a new "definitely", a diagnosis stated as so. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bedside.signals.alignment import NEAR, Change, Index, partners_of
from bedside.signals.reading import Reading
from bedside.signals.words import Clause

__all__ = ["asserted", "certainty"]

# Doubt is looked for in a clause that shares this much of its weight with the original's.
CLOSE = 0.5


def certainty(before: Reading, after: Reading, index: Index, back: Index) -> Iterator[Change]:
    """Doubt that was lost, and certainty that was put in."""
    for clause in before.clauses:
        if clause.hedges and not clause.asks:
            partners = partners_of(clause, after.clauses, index)
            if partners and partners[0][0] >= CLOSE and not _doubted_still(clause, partners, after):
                yield Change("certainty", "changed", partners[0][1].start, partners[0][1].end)
    yield from _made_certain(before, after, back)


def _doubted_still(clause: Clause, partners: list[tuple[float, Clause]], after: Reading) -> bool:
    near = [partner for closeness, partner in partners if closeness >= partners[0][0] - NEAR]
    return any(_doubted(partner, clause, after) for partner in near)


def _doubted(clause: Clause, original: Clause, reading: Reading) -> bool:
    """Whether doubt is said anywhere in the clause's sentence, or half said where the original did not half say it."""
    if clause.half_hedges - original.half_hedges:
        return True
    return clause.sentence in reading.doubted


def _made_certain(before: Reading, after: Reading, back: Index) -> Iterator[Change]:
    """Where "definitely" was put to what the original says without it."""
    for clause in after.clauses:
        if clause.absolute and not clause.negations:
            partners = partners_of(clause, before.clauses, back)
            if partners and not any(c.absolute for _, c in partners):
                yield Change("certainty", "changed", clause.start, clause.end)


def asserted(before: Reading, after: Reading, known: tuple[Reading, ...]) -> Iterator[Change]:
    """Diagnoses that the rewrite states as so, which neither the original nor `known` does."""
    diagnoses = frozenset(f.norm for f in after.facts if f.kind == "diagnosis")
    plain = frozenset(name for text in (before, *known) for name in _plainly(text, diagnoses))
    for clause in after.clauses:
        if clause.asserts and clause.personal and _plain(clause, after):
            new = [w for w in clause.words if w.term in diagnoses and w.term not in plain]
            if new and not any(before.nearly_says(after.word_at(w.start)) for w in new):
                yield Change("diagnosis", "added", clause.start, clause.end)


def _plainly(reading: Reading, names: frozenset[str]) -> frozenset[str]:
    return frozenset(w.term for c in reading.clauses if _plain(c, reading) for w in c.words if w.term in names)


def _plain(clause: Clause, reading: Reading) -> bool:
    """Whether a clause says without doubt, condition or question that something is so."""
    if clause.negations or clause.conditional or clause.asks or clause.hedges or clause.half_hedges:
        return False
    return clause.sentence not in reading.doubted and clause.sentence not in reading.asking
