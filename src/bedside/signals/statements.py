"""What a rewrite did to the statements of a text: lost, changed, turned round. Pure.

Statements are compared by their words, clause by clause. This sees a dropped sentence, a word that became its opposite,
and each departure of a rewrite that copies; it does not understand what is said in wholly other words.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bedside.core.records import Role
from bedside.signals.alignment import ALMOST_ALL, Change, Index, by_fixed_shares, index_of, nearest, share_said
from bedside.signals.certainty import asserted, certainty
from bedside.signals.denials import denials
from bedside.signals.equivalents import NUMBERED, stated
from bedside.signals.facts import Fact
from bedside.signals.questions import complaints, questions
from bedside.signals.reading import Reading
from bedside.signals.words import CONTENT, Clause, vocabulary

__all__ = ["LOST_SHARE", "LOST_WEIGHT", "departures", "statements"]

# By fixed shares, a clause that weighs so much (a name weighs 1.6, a word of content 1, one of little content 0.3)
# counts as lost when no more than this share of it is found in the rewrite; one that weighs less, when it lost a name
# or number too.
LOST_WEIGHT, LOST_SHARE = 2.6, 0.34
LEAST_WEIGHT, NAME_LOST_SHARE = 1.5, 0.2
# Advice to see somebody is lost where no clause sends the patient any more, and no more than this of its words is left.
REFERRAL_SHARE = 0.6
# A rewrite copies its original of at least so many clauses when no more than this share of the sentences departs.
LEAST_COPIED, MOST_DEPARTURES = 2, 0.12


def statements(before: Reading, after: Reading, known: tuple[Reading, ...], side: Role) -> Iterator[Change]:
    """What became of the statements of `before` in `after`; `known` is what else the doctor may repeat."""
    index, back = index_of(after.clauses), index_of(before.clauses)
    if side == "patient":
        yield from questions(before, after)
        yield from complaints(before, after)
    else:
        yield from _referrals(before, after)
        yield from asserted(before, after, known)
    yield from _reversed(before, after, index)
    yield from denials(before, after, index, back)
    yield from certainty(before, after, index, back)
    if by_fixed_shares(before, after):
        kept = [f for f in before.facts if f.kind in NUMBERED and stated(f, after)]
        for clause in before.clauses:
            if _lost(clause, after, kept):
                yield Change("statement", "lost", clause.start, clause.end)


def _lost(clause: Clause, after: Reading, kept: Sequence[Fact]) -> bool:
    """Whether hardly a word of the clause is said any more, or a name or number in it and little else.

    What belongs to a quantity that is `kept` is said, in whatever unit.
    """
    weight = sum(w.weight for w in clause.words)
    if weight < LEAST_WEIGHT:
        return False
    inside = {place for f in _within(kept, clause) for place in range(f.start, f.end)}
    said = [1.0 if w.start in inside else after.says(w.unit, w.term) for w in clause.words]
    found = sum(w.weight * share for w, share in zip(clause.words, said, strict=True))
    if weight >= LOST_WEIGHT:
        return found <= LOST_SHARE * weight
    named = any((w.term or w.unit[0] == "#") and not share for w, share in zip(clause.words, said, strict=True))
    return named and found <= NAME_LOST_SHARE * weight


def departures(before: Reading, after: Reading) -> Iterator[Change]:
    """Clauses that a rewrite did not take over, where it took over nearly all: then each departure tells."""
    if len(before.clauses) < LEAST_COPIED:
        return
    taken_over = {_normal(c, after) for c in after.clauses}
    missing = [c for c in before.clauses if _normal(c, before) not in taken_over and not _ran_on(c, before, after)]
    departed, sentences = {c.sentence for c in missing}, {c.sentence for c in before.clauses}
    if len(departed) <= max(1, MOST_DEPARTURES * len(sentences)) and 2 * len(missing) <= len(before.clauses):
        for clause in missing:
            if clause.words:
                yield Change("statement", "changed", clause.start, clause.end)


def _ran_on(clause: Clause, before: Reading, after: Reading) -> bool:
    """Whether the original's last words are there, and what the rewrite adds has run into them."""
    return clause is before.clauses[-1] and _bare(clause, before) in after.small


def _normal(clause: Clause, reading: Reading) -> str:
    """A clause's text with each fact and each "may" in one wording, so that "BD" for "twice a day" is no departure."""
    text, done, spans = _bare(clause, reading), len(reading.small), _normal_spans(clause, reading)
    offset = reading.small.index(text, clause.start) if text else 0
    for start, end, norm in reversed(spans):
        if offset <= start and end <= min(done, offset + len(text)):
            text, done = text[: start - offset] + norm + text[end - offset :], start
    return text


def _normal_spans(clause: Clause, reading: Reading) -> list[tuple[int, int, str]]:
    facts = [
        (f.start, f.end, f"<{f.norm}>")
        for f in _within(reading.facts, clause)
        if f.kind not in ("prohibition", "urgency")
    ]
    doubts = [
        (m.start(), m.end(), "<maybe>")
        for word in clause.hedges
        for m in _whole_word(word).finditer(reading.small, clause.start, clause.end)
    ]
    return sorted((*facts, *doubts))


def _within(facts: Sequence[Fact], clause: Clause) -> Sequence[Fact]:
    """Those of the facts, which stand in order, that begin in the clause."""
    return facts[bisect_left(facts, clause.start, key=_place) : bisect_left(facts, clause.end, key=_place)]


def _place(fact: Fact) -> int:
    return fact.start


@lru_cache(maxsize=1024)
def _whole_word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z]){re.escape(word)}(?![a-z])")


def _bare(clause: Clause, reading: Reading) -> str:
    return reading.small[clause.start : clause.end].strip(" \t\n.,;:!?()。，；：！？（）、")


def _referrals(before: Reading, after: Reading) -> Iterator[Change]:
    """The advice to see somebody, where the rewrite sends the patient to nobody any more."""
    sending = [c for c in before.clauses if before.sends(c) and share_said(c, after) <= REFERRAL_SHARE]
    if sending and not any(after.sends(c) for c in after.clauses):
        yield Change("referral", "lost", sending[0].start, sending[0].end)


def _reversed(before: Reading, after: Reading, index: Index) -> Iterator[Change]:
    """Where a word gave way to its opposite ("reduce" to "increase") in a clause that says the same otherwise."""
    old, new = _counts(before), _counts(after)
    for word, others in vocabulary(before.language).opposites.items():
        if word not in old or word in new:
            continue
        for clause in (c for c in before.clauses if any(w.unit == word for w in c.words)):
            near = nearest(clause, after, index)
            for partner in (c for c in after.clauses if c in near or _same_otherwise(clause, c, others | {word})):
                if any(w.unit in others and new[w.unit] > old[w.unit] for w in partner.words):
                    yield Change("direction", "changed", partner.start, partner.end)


def _same_otherwise(clause: Clause, other: Clause, turned: frozenset[str]) -> bool:
    """Whether two clauses share nearly all but the words that are opposites (the lump is benign, malignant)."""
    own, their = ({w.unit: w.weight for w in c.words if w.unit not in turned} for c in (clause, other))
    shared = sum(weight for unit, weight in own.items() if unit in their)
    return shared >= CONTENT and shared >= ALMOST_ALL * min(sum(own.values()), sum(their.values()))


def _counts(reading: Reading) -> Counter[str]:
    return Counter(w.unit for c in reading.clauses for w in c.words)
