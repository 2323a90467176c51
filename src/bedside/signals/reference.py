"""What a free reply states of a reference's facts, and what it states otherwise. Pure; `en` and `zh`.

A reply is no rewrite: it may say more, or give other advice and be right, so that another drug or number alone is no
error. `missing` are the reference's facts that the reply does not state in any wording; ways of speaking ("every day",
"do not blame yourself") are not counted, so that what is counted depends on the reference alone. `otherwise` is what
stands in the clause of the reply that speaks of the same (`alignment.nearest`): another number, drug or side,
or the same denied or no longer denied; an emergency made less urgent; and what is forbidden, told to be done. What is
said in wholly other words is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from bedside.core.records import Language
from bedside.signals.alignment import Index, index_of, nearest
from bedside.signals.denials import denials
from bedside.signals.equivalents import NUMBERED, amounts_in, dosed, slight, stated
from bedside.signals.facts import Fact
from bedside.signals.ledger import LEFT_OUT
from bedside.signals.reading import Reading, read_text
from bedside.signals.words import Clause

__all__ = ["Checked", "Otherwise", "check"]

# Kinds of which another value in a clause that says the same is an error.
ALIGNED = frozenset({"dose", "lab value", "frequency", "duration", "drug", "laterality"})
# A prohibition is turned round by a clause that says so many of its words; one of a single word forbids too much.
FEWEST_FORBIDDEN = 2
EDGES = " ,.;，。；、\n"


class Otherwise(NamedTuple):
    """A fact of the reference (a clause of the reply for `negation`) and what the reply says at `start:end`."""

    kind: str
    fact: str
    said: str
    start: int
    end: int


class Checked(NamedTuple):
    """The facts of a reference that count, those that a reply does not state, and what it states otherwise."""

    counted: tuple[Fact, ...]
    missing: tuple[Fact, ...]
    otherwise: tuple[Otherwise, ...]


class _Reference(NamedTuple):
    """All of a reference that every reply to it is checked against."""

    reading: Reading
    counted: tuple[Fact, ...]
    places: Index


def check(reference: str, reply: str, language: Language) -> Checked:
    """Check a reply against a reference; to check several against one in turn takes less time."""
    known, after = _reference(reference, language), read_text(reply, language)
    before = known.reading
    ranges = {f.kind for f in after.facts if f.kind in NUMBERED and not amounts_in(f, before)}
    missing = tuple(f for f in known.counted if not stated(f, after, exactly=f.kind in ranges))
    if not after.clauses:
        return Checked(known.counted, missing, ())
    index = index_of(after.clauses)
    found = [*_otherwise(missing, before, after, index), *_turned(before, after, index, known.places)]
    return Checked(known.counted, missing, tuple(_once(found)))


@lru_cache(maxsize=512)
def _reference(text: str, language: Language) -> _Reference:
    reading = read_text(text, language)
    told = tuple(f for f in reading.facts if f.kind not in LEFT_OUT["doctor"])
    counted = {(f.kind, f.norm): f for f in reversed(told) if dosed(f, told) or not slight(f, language, "doctor")}
    return _Reference(reading, tuple(counted.values())[::-1], index_of(reading.clauses))


def _otherwise(missing: Sequence[Fact], before: Reading, after: Reading, index: Index) -> Iterator[Otherwise]:
    aligned = [f for f in after.facts if f.kind in ALIGNED] if missing else []
    new = [f for f in aligned if not stated(f, before)]
    kinds = {f.kind for f in new}
    for fact in missing:
        if fact.kind == "prohibition":
            yield from _told_to(fact, before, after)
        elif fact.kind == "urgency":
            yield from _less_urgent(fact, after)
        elif fact.kind in kinds:
            clause = next((c for c in before.clauses if c.start <= fact.start < c.end), None)
            near = nearest(clause, after, index) if clause else []
            yield from (_said(fact, f.start, f.end, after) for f in new if f.kind == fact.kind and _inside(f, near))


def _once(found: Sequence[Otherwise]) -> Iterator[Otherwise]:
    """A place in the reply tells of one error."""
    kept: list[Otherwise] = []
    for one in sorted(found, key=lambda o: (o.kind == "negation", o.start)):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
            yield one


def _inside(fact: Fact, clauses: Sequence[Clause]) -> bool:
    return any(c.start <= fact.start < c.end for c in clauses)


def _said(fact: Fact, start: int, end: int, after: Reading) -> Otherwise:
    return Otherwise(fact.kind, fact.text, after.text[start:end].strip(EDGES), start, end)


def _told_to(fact: Fact, before: Reading, after: Reading) -> Iterator[Otherwise]:
    """The clause that has all words of what is forbidden, with nothing that forbids, denies, doubts or asks."""
    wanted = set(before.wanted(fact))
    if len(wanted) < FEWEST_FORBIDDEN or not wanted <= after.units:
        return
    for clause in after.clauses:
        plain = not (clause.negations or clause.half_negators or clause.conditional or clause.asks or clause.hedges)
        if plain and wanted <= {w.unit for w in clause.words}:
            yield _said(fact, clause.start, clause.end, after)
            return


def _less_urgent(fact: Fact, after: Reading) -> Iterator[Otherwise]:
    """Where the reply sends the patient, but not as soon."""
    other = next((f for f in after.facts if f.kind == "urgency" and f.norm != fact.norm), None)
    if other:
        yield _said(fact, other.start, other.end, after)


def _turned(before: Reading, after: Reading, index: Index, back: Index) -> Iterator[Otherwise]:
    """Where the reply says what the reference denies, or denies what it says."""
    for change in denials(before, after, index, back):
        said = after.text[change.start : change.end].strip(EDGES)
        yield Otherwise("negation", said, said, change.start, change.end)
