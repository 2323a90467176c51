"""Which clauses of two texts speak of the same: by the weight of the words that they share. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

from bedside.core.records import Outcome
from bedside.signals.reading import Reading
from bedside.signals.words import LIGHT, Clause

__all__ = [
    "Change",
    "ChangeKind",
    "Index",
    "by_fixed_shares",
    "index_of",
    "nearest",
    "partners_of",
    "share_said",
    "weight_of",
]

ChangeKind = Literal["symptom", "diagnosis", "referral", "statement", "question", "negation", "certainty", "direction"]
Index = dict[str, list[int]]
# Two clauses may speak of the same when they share this much weight and this share of the lighter one.
SAME_WEIGHT, SAME_SHARE = 1.5, 0.5
# They surely do with this weight, or when they share nearly all of the few words they have.
NEAR_WEIGHT, ALMOST_ALL = 2.0, 0.75
# Clauses this little farther than the nearest are thought to say the same as well.
NEAR = 0.15
# A text of fewer clauses does not tell how freely its rewrite is worded.
FEW_CLAUSES = 5
# A rewrite that takes over this share of the clauses word for word copies the rest too, or changes it.
COPIED = 0.6
EDGES = " \t\n.,;:!?()。，；：！？（）、"
# A word is looked up in its first clauses only; a text that says it more often is no message.
MOST_CLAUSES = 100


class Change(NamedTuple):
    """One thing that became of a statement, at `start:end` of the original, or of the rewrite where it was added."""

    kind: ChangeKind
    outcome: Outcome
    start: int
    end: int


def weight_of(clause: Clause) -> float:
    return sum(w.weight for w in clause.words)


def share_said(clause: Clause, after: Reading) -> float:
    """The share of a clause's weight that the other text says."""
    weight = weight_of(clause)
    return sum(w.weight * after.says(w.unit, w.term) for w in clause.words) / weight if weight else 1.0


def by_fixed_shares(before: Reading, after: Reading) -> bool:
    """Whether fixed shares decide what is lost, not learnt ones: in a short text, and in one that is copied."""
    if len(before.clauses) < FEW_CLAUSES:
        return True
    there = {after.small[c.start : c.end].strip(EDGES) for c in after.clauses}
    copied = sum(before.small[c.start : c.end].strip(EDGES) in there for c in before.clauses)
    return copied >= COPIED * len(before.clauses)


def index_of(parts: Sequence[Clause]) -> Index:
    """The clauses that each word and name occurs in."""
    index: Index = defaultdict(list)
    for number, part in enumerate(parts):
        for unit in {w.unit for w in part.words} | {w.term for w in part.words if w.term}:
            if len(index[unit]) < MOST_CLAUSES:
                index[unit].append(number)
    return index


def partners_of(clause: Clause, others: Sequence[Clause], index: Index) -> list[tuple[float, Clause]]:
    """The clauses that may say the same as this one, with the share of weight that both have, the closest first."""
    shared: dict[int, float] = defaultdict(float)
    for word in clause.words:
        places = index.get(word.unit, ())
        for number in {*places, *index.get(word.term, ())} if word.term else places:
            shared[number] += word.weight
    own = weight_of(clause)
    found = []
    for number, weight in shared.items():
        if weight >= SAME_WEIGHT:
            other = weight_of(others[number])
            if weight >= SAME_SHARE * min(own, other):
                found.append((2 * min(weight, own) / (own + max(other, weight)), others[number]))
    found.sort(key=lambda pair: -pair[0])
    return found


def nearest(clause: Clause, other: Reading, index: Index) -> list[Clause]:
    """The other text's clauses that share most weight with this one, if it is enough to speak of the same."""
    shared: dict[int, float] = defaultdict(float)
    for unit, weight in {w.unit: w.weight for w in clause.words}.items():
        for number in index.get(unit, ()):
            shared[number] += weight
    most = max(shared.values(), default=0.0)
    found = [other.clauses[n] for n, weight in shared.items() if weight >= most - NEAR]
    lighter = min(weight_of(c) for c in (clause, *found))
    enough = most >= SAME_SHARE * lighter if most >= NEAR_WEIGHT else LIGHT < most >= ALMOST_ALL * lighter
    return found if enough else []
