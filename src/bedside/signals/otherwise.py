"""What a reply says otherwise than the reference that it is checked against. Pure: two readings in, findings out.

A reply is no rewrite: it may give other advice and be right, so that another drug or number alone is no error. It is
`otherwise` where the reply's clause that speaks of the same (`alignment.nearest`) has another number, drug or side of
the same kind, and where it tells to do what the reference forbids. What is said in wholly other words is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bedside.signals.alignment import index_of, nearest
from bedside.signals.equivalents import stated
from bedside.signals.facts import Fact
from bedside.signals.reading import Reading
from bedside.signals.words import Clause

__all__ = ["ALIGNED", "Otherwise", "otherwise"]

# Kinds of which another value in a clause that says the same is an error.
ALIGNED = frozenset({"dose", "lab value", "frequency", "duration", "drug", "laterality"})
# A prohibition is turned round by a clause that says so many of its words; one of a single word forbids too much.
FEWEST_FORBIDDEN = 2


class Otherwise(NamedTuple):
    """A fact of the reference, and what the reply says in its place, at `start:end` of the reply."""

    fact: Fact
    said: str
    start: int
    end: int


def otherwise(before: Reading, after: Reading) -> Iterator[Otherwise]:
    """What `after` says otherwise than `before`, by the facts of `before` in order of place."""
    missing = [f for f in before.facts if f.kind in ALIGNED or f.kind == "prohibition"]
    missing = [f for f in missing if not stated(f, after)]
    if not missing or not after.clauses:
        return
    index = index_of(after.clauses)
    new = [f for f in after.facts if f.kind in ALIGNED and not stated(f, before)]
    for fact in missing:
        if fact.kind == "prohibition":
            yield from _told_to(fact, before, after)
        else:
            clause = _clause_of(fact, before.clauses)
            near = nearest(clause, after, index) if clause and any(f.kind == fact.kind for f in new) else []
            found = next((f for c in near for f in new if f.kind == fact.kind and c.start <= f.start < c.end), None)
            if found:
                yield Otherwise(fact, found.text, found.start, found.end)


def _clause_of(fact: Fact, clauses: Sequence[Clause]) -> Clause | None:
    return next((c for c in clauses if c.start <= fact.start < c.end), None)


def _told_to(fact: Fact, before: Reading, after: Reading) -> Iterator[Otherwise]:
    """The clause that has all words of what is forbidden, with nothing that forbids, denies, doubts or asks."""
    wanted = set(before.wanted(fact))
    if len(wanted) < FEWEST_FORBIDDEN:
        return
    for clause in after.clauses:
        plain = not (clause.negations or clause.half_negators or clause.conditional or clause.asks or clause.hedges)
        if plain and wanted <= {w.unit for w in clause.words}:
            yield Otherwise(fact, after.text[clause.start : clause.end].strip(), clause.start, clause.end)
            return
