"""Which statements and questions of a text its rewrite says no more: a learnt decision over each clause. Pure.

For each clause it is counted how much of it the rewrite says, in all and in any one sentence, what is missing (names,
numbers, words of complaint, relations), how much of its neighbours and of the whole text is said, and how many new
words stand in the rewrite where the clause would stand: who says a thing in wholly other words puts new words there,
who leaves it out does not. A linear decision (`rarity.decision`) weighs all this; it understands nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from math import log, log1p
from typing import NamedTuple

from bedside.core.phrases import load_yaml
from bedside.core.records import Role
from bedside.signals.alignment import Change
from bedside.signals.equivalents import NUMBERED, stated
from bedside.signals.questions import asking_sentences, complaint_words
from bedside.signals.rarity import RAREST, decision, worth
from bedside.signals.reading import Reading
from bedside.signals.statements import LOST_SHARE, LOST_WEIGHT
from bedside.signals.words import Clause

__all__ = ["FEATURES", "Trace", "Traces", "losses", "lost_features", "traces"]

# What is asked of a clause, in the order of the learnt weights.
FEATURES = (
    "weight", "said", "missing", "rarest_missing", "words_missing", "nearest", "nearest_two", "said_before",
    "said_after", "said_in_text", "below_text", "names_missing", "numbers_missing", "complaints_missing",
    "relations_missing", "doctor", "asks", "denies", "doubts", "conditional", "length_ratio", "first", "last",
    "new_words", "new_words_around", "named", "sends", "sentence_missing", "fewer", "question_missing",
    "questions_fewer", "question", "courtesy", "share_said", "heaviness", "hardly_said",
)  # fmt: skip
# Clauses of less weight say nothing, and of those that lack less of it nothing can be lost.
LEAST_WEIGHT, LEAST_MISSING = 1.0, 2.0
# The clauses before and after that tell where one would stand, when so much of them is in one sentence.
AROUND, ANCHORED = 3, 0.5
# A word is looked for in its first sentences only; a text that says it more often is no message.
MOST_PLACES = 50


class Trace(NamedTuple):
    """What is left of a clause: its worth, the share of it said, `missing` (words and what of their worth is not said),
    the sentence of the other text that has most of it (-1: none), the share there and with the next one, and how much
    of its weight is said (names weigh more there than rare words do).
    """

    clause: Clause
    worth: float
    said: float
    missing: tuple[tuple[int, float], ...]
    place: int
    nearest: float
    nearest_two: float
    fewer: float
    heavy: float


class Traces(NamedTuple):
    """The traces of all clauses; `said` is their mean share, `new` the worth of the other's own words up to each of
    its sentences.
    """

    clauses: tuple[Trace, ...]
    said: float
    new: tuple[float, ...]


def traces(before: Reading, after: Reading) -> Traces:
    """What is left of each clause of `before` in `after`, in linear time."""
    numbers = {c.sentence: None for c in after.clauses}
    order = {sentence: place for place, sentence in enumerate(numbers)}
    places: dict[str, list[int]] = {}
    new = [0.0] * len(order)
    for clause in after.clauses:
        at = order[clause.sentence]
        for word in clause.words:
            for name in (word.unit, word.term) if word.term else (word.unit,):
                found = places.setdefault(name, [])
                if not found or found[-1] != at:
                    found.append(at)
            if word.unit not in before.units and word.unit[0] != "#":
                new[at] += worth(word, after.language)
    old_counts = Counter(w.unit for c in before.clauses for w in c.words)
    counts = Counter(w.unit for c in after.clauses for w in c.words)
    fewer = frozenset(unit for unit, count in old_counts.items() if counts[unit] < count)
    kept = [f for f in before.facts if f.kind in NUMBERED and stated(f, after)]
    starts = [f.start for f in kept]
    found_traces = []
    for clause in before.clauses:
        inside = kept[bisect_left(starts, clause.start) : bisect_left(starts, clause.end)]
        found_traces.append(
            _trace(clause, after, places, frozenset(p for f in inside for p in range(f.start, f.end)), fewer)
        )
    shares = [t.said for t in found_traces if _weight(t.clause) >= LEAST_WEIGHT]
    return Traces(
        tuple(found_traces), sum(shares) / len(shares) if shares else 1.0, tuple(accumulate(new, initial=0.0))
    )


def _trace(
    clause: Clause, after: Reading, places: dict[str, list[int]], kept: frozenset[int], fewer: frozenset[str]
) -> Trace:
    total, said, less, heavy = 1e-6, 0.0, 0.0, 0.0
    missing: list[tuple[int, float]] = []
    here: defaultdict[int, float] = defaultdict(float)
    two: defaultdict[int, float] = defaultdict(float)
    for number, word in enumerate(clause.words):
        value = worth(word, after.language)
        share = 1.0 if word.start in kept else after.says(word.unit, word.term)
        total += value
        said += value * share
        heavy += word.weight * share
        if share < 1:
            missing.append((number, value * (1 - share)))
        if word.unit in fewer:
            less += value
        found = places.get(word.unit, ())
        spots = {*found[:MOST_PLACES], *places.get(word.term, ())[:MOST_PLACES]} if word.term else found[:MOST_PLACES]
        for spot in spots:
            here[spot] += value
        for spot in {s - d for s in spots for d in (0, 1)}:
            two[spot] += value
    place = max(here, key=lambda p: (here[p], -p), default=-1)
    nearest = here[place] / total if here else 0.0
    nearest_two = max(two.values(), default=0.0) / total
    return Trace(clause, total, said / total, tuple(missing), place, nearest, nearest_two, less, heavy)


def _weight(clause: Clause) -> float:
    return sum(w.weight for w in clause.words)


def losses(before: Reading, after: Reading, side: Role, found: Traces) -> Iterator[Change]:
    """The clauses that are said or asked no more."""
    rows = lost_features(before, after, side, found)
    scores = decision("lost").scores([row for _, row in rows])
    asking = asking_sentences(before)
    for (trace, _), score in zip(rows, scores, strict=True):
        if score > 0:
            clause = trace.clause
            asked = side == "patient" and clause.sentence in asking
            yield Change("question" if asked else "statement", "lost", clause.start, clause.end)


def lost_features(before: Reading, after: Reading, side: Role, found: Traces) -> list[tuple[Trace, list[float]]]:
    """The clauses of `before` that may be lost, each with its FEATURES."""
    if not before.clauses:
        return []
    known = _Known.of(before, after, side, found)
    chosen = []
    for number, trace in enumerate(found.clauses):
        if _weight(trace.clause) >= LEAST_WEIGHT and sum(value for _, value in trace.missing) >= LEAST_MISSING:
            chosen.append((trace, _features(number, trace, known)))
    return chosen


class _Known(NamedTuple):
    """What is asked of every clause, found once."""

    before: Reading
    traces: Traces
    doctor: bool
    complaints: frozenset[str]
    relations: frozenset[int]
    asking: frozenset[int]
    fewer_questions: int
    asked: frozenset[str]
    sentences: dict[int, tuple[float, float]]
    length_ratio: float

    @classmethod
    def of(cls, before: Reading, after: Reading, side: Role, found: Traces) -> _Known:
        asking, still = asking_sentences(before), asking_sentences(after)
        sentences: dict[int, tuple[float, float]] = {}
        for trace in found.clauses:
            total, said = sentences.get(trace.clause.sentence, (0.0, 0.0))
            sentences[trace.clause.sentence] = (total + trace.worth, said + trace.worth * trace.said)
        return cls(
            before, found, side == "doctor", complaint_words(before.language),
            frozenset(p for f in before.facts if f.kind == "relation" for p in range(f.start, f.end)),
            asking, max(0, min(2, len(asking) - len(still))),
            frozenset(n for c in after.clauses if c.sentence in still for w in c.words for n in (w.unit, w.term) if n),
            sentences, min(3.0, len(after.small) / max(1, len(before.small))),
        )  # fmt: skip


def _features(number: int, trace: Trace, known: _Known) -> list[float]:
    clause, all_traces = trace.clause, known.traces.clauses
    words = [clause.words[n] for n, _ in trace.missing]
    values = [value for _, value in trace.missing]
    said_before = all_traces[number - 1].said if number else 1.0
    said_after = all_traces[number + 1].said if number + 1 < len(all_traces) else 1.0
    new, around = _new_words(number, known.traces)
    total, said = known.sentences[clause.sentence]
    question = clause.sentence in known.asking
    asked = sum(worth(w, known.before.language) for w in clause.words if w.unit in known.asked or w.term in known.asked)
    text = known.before.small[clause.start : clause.end]
    weight = _weight(clause)
    share = trace.heavy / weight
    return [
        log(trace.worth), trace.said, log1p(sum(values)), max(values, default=0.0) / RAREST, min(len(words), 8) / 4,
        trace.nearest, trace.nearest_two, said_before, said_after, known.traces.said, known.traces.said - trace.said,
        len({w.term for w in words if w.term}), sum(w.unit[0] == "#" for w in words),
        sum(w.unit in known.complaints for w in words), sum(w.start in known.relations for w in words),
        known.doctor, clause.asks or clause.begins_asking, clause.negations > 0, bool(clause.hedges),
        clause.conditional, known.length_ratio, clause.sentence == 0,
        clause.sentence == known.before.clauses[-1].sentence, log1p(new), log1p(around),
        any(w.term for w in clause.words), known.before.sends(clause), 1 - said / total, log1p(trace.fewer),
        question * (1 - asked / trace.worth), question * known.fewer_questions, question,
        any(word in text for word in _courtesies()), share, log(weight), weight >= LOST_WEIGHT and share <= LOST_SHARE,
    ]  # fmt: skip


def _new_words(number: int, found: Traces) -> tuple[float, float]:
    """The worth of the other text's own words where a clause would stand, and with a sentence more on each side."""
    last = len(found.new) - 2
    if last < 0:
        return 0.0, 0.0
    before = _anchors(found.clauses[max(0, number - AROUND) : number])
    after = _anchors(found.clauses[number + 1 : number + 1 + AROUND])
    low = before[-1] if before else after[0] - 1 if after else 0
    high = after[0] if after else before[-1] + 1 if before else last
    low, high = min(low, high), max(low, high)
    return _between(found.new, low, high), _between(found.new, low - 1, high + 1)


def _between(sums: Sequence[float], first: int, last: int) -> float:
    """The sum of what stands from one sentence to another, from sums up to each."""
    return sums[max(0, min(len(sums) - 1, last + 1))] - sums[max(0, min(len(sums) - 1, first))]


def _anchors(near: Sequence[Trace]) -> list[int]:
    return [t.place for t in near if t.place >= 0 and t.nearest > ANCHORED]


@cache
def _courtesies() -> tuple[str, ...]:
    return tuple(str(load_yaml("signals/data/courtesies.yaml")["words"]).split())
