"""Where a rewrite lost or gained a "not". Pure.

A word right after a "not" is denied. The finding is a clause of one text that denies a word, and a clause of the other
that speaks of the same and does not, with nothing in it that often says "not" in another way ("unlikely", "too", 难).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from bedside.signals.alignment import Change, Index, nearest
from bedside.signals.reading import Reading
from bedside.signals.words import CONTENT, NAMED, Clause

__all__ = ["denials"]

# Words of a clause that says one thing only.
SHORT = 2


def denials(before: Reading, after: Reading, index: Index, back: Index) -> Iterator[Change]:
    """Where a "not" was lost or gained; `index` is of the rewrite's clauses, `back` of the original's."""
    denied = frozenset(
        w.unit for text in (before, after) for c in text.clauses if c.negations for w in c.words if w.denied == 1
    )
    if not denied:
        return
    old, new = _sayings(before, denied), _sayings(after, denied)
    for clause in before.clauses:
        if clause.negations:
            found = _denied_otherwise(clause, (old, new), after, index)
            if found is not None:
                yield Change("negation", "changed", found.start, found.end)
    for clause in after.clauses:
        if clause.negations and _denied_otherwise(clause, (new, old), before, back) is not None:
            yield Change("negation", "changed", clause.start, clause.end)


def _denied_otherwise(clause: Clause, sayings: tuple[Sayings, Sayings], other: Reading, index: Index) -> Clause | None:
    """The clause of the other text that says what this one denies, with nothing that could stand for the "not"."""
    around: list[Clause] | None = None
    own, others = sayings
    for word in clause.words:
        if word.denied != 1 or word.unit not in index or own[word.unit].of_it <= others[word.unit].of_it:
            continue
        saying = [other.clauses[n] for n in index[word.unit]]
        if word.weight >= CONTENT and not own[word.unit].plain and not others[word.unit].denied:
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


class Saying(NamedTuple):
    """How often a text denies a word right after a "not", denies it in any way, and says it undenied."""

    of_it: int = 0
    denied: int = 0
    plain: int = 0


Sayings = defaultdict[str, Saying]


def _sayings(reading: Reading, units: frozenset[str]) -> Sayings:
    """How a text says each of some words."""
    found: Sayings = defaultdict(Saying)
    for word in (w for c in reading.clauses for w in c.words if w.unit in units):
        of_it, denied, plain = found[word.unit]
        found[word.unit] = Saying(of_it + (word.denied == 1), denied + bool(word.denied), plain + (not word.denied))
    return found


def _stands_in(said: Clause, denying: Clause) -> bool:
    """Whether something in a clause may do the work of the other clause's "not"."""
    return said.negations > 0 or bool(said.half_negators - denying.half_negators)
