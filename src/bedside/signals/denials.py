"""Where a rewrite lost or gained a "not". Pure.

A word right after a "not" is denied. The finding is a clause of one text that denies a word, and a clause of the other
that speaks of the same and does not, with nothing in it that often says "not" in another way ("unlikely", "too", 难).
"""

from __future__ import annotations

from collections.abc import Iterator

from bedside.signals.alignment import Change, Index, nearest
from bedside.signals.reading import Reading
from bedside.signals.words import CONTENT, NAMED, Clause

__all__ = ["denials"]

# Words of a clause that says one thing only.
SHORT = 2


def denials(before: Reading, after: Reading, index: Index, back: Index) -> Iterator[Change]:
    """Where a "not" was lost or gained; `index` is of the rewrite's clauses, `back` of the original's."""
    for clause in before.clauses:
        if clause.negations:
            found = _denied_otherwise(clause, before, after, index)
            if found is not None:
                yield Change("negation", "changed", found.start, found.end)
    for clause in after.clauses:
        if clause.negations and _denied_otherwise(clause, after, before, back) is not None:
            yield Change("negation", "changed", clause.start, clause.end)


def _denied_otherwise(clause: Clause, own: Reading, other: Reading, index: Index) -> Clause | None:
    """The clause of the other text that says what this one denies, with nothing that could stand for the "not"."""
    around: list[Clause] | None = None
    for word in clause.words:
        if word.denied != 1 or word.unit not in index or _denials_of(word.unit, own) <= _denials_of(word.unit, other):
            continue
        saying = [other.clauses[n] for n in index[word.unit]]
        if word.weight >= CONTENT and _always(own, word.unit, True) and _always(other, word.unit, False):
            short = [c for c in saying if min(len(c.words), len(clause.words)) <= SHORT]
        else:
            short = []
        around = nearest(clause, other, index) if around is None else around
        near = [c for c in around if c in saying and (word.weight >= CONTENT or _content_shared(clause, c))] or short
        # "Had I not gone" tells of no fever that there was.
        near = [c for c in near if c.conditional or not clause.conditional]
        if near and not any(_stands_in(c, clause) for c in near):
            return near[0]
    return None


def _content_shared(clause: Clause, other: Clause) -> bool:
    """Whether two clauses share a name or two words of content, so that a "not" before a light word counts."""
    words = {w.unit: w.weight for w in clause.words if w.weight >= CONTENT}
    return sum(words[u] for u in words.keys() & {w.unit for w in other.words}) >= NAMED


def _denials_of(unit: str, reading: Reading) -> int:
    """How often a text denies a word."""
    return sum(w.denied == 1 for c in reading.clauses for w in c.words if w.unit == unit)


def _stands_in(said: Clause, denying: Clause) -> bool:
    """Whether something in a clause may do the work of the other clause's "not"."""
    return said.negations > 0 or bool(said.half_negators - denying.half_negators)


def _always(reading: Reading, unit: str, denied: bool) -> bool:
    return all(bool(w.denied) == denied for c in reading.clauses for w in c.words if w.unit == unit)
