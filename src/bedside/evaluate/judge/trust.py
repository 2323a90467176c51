"""Whether a judge can be trusted: what it did with pairs of known answer, with the order turned, with its own words.

A judge above any bar is refused with the reasons, and what it says of the arms is not reported. The bars are shares of
what was tried, not tests: how many pairs each fault needs to be caught is in docs/judge.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from bedside.core.evaluate_config import JudgeConfig
from bedside.core.text import word_count
from bedside.evaluate.judge.outcomes import Outcomes, Row, outcomes_of
from bedside.evaluate.judge.pairs import Sentinel
from bedside.evaluate.judge.rubric import COMPARED, QUESTIONS, Pair, Question

__all__ = ["Reliability", "Tally", "reasons_against", "reliability_of"]

# A reply so much longer than the other one is the longer one.
LONGER = 1.2
# Of fewer tries no share is taken.
FEWEST = 4


class Tally(msgspec.Struct, frozen=True):
    """So many of so many."""

    count: int
    n: int

    @property
    def share(self) -> float:
        return self.count / self.n if self.n else 0.0

    def __str__(self) -> str:
        return f"{self.count} of {self.n}"


class Reliability(msgspec.Struct, frozen=True):
    """What is known of a judge. `strangers` are the sentinels of `own_voice` with another's words in place of its own.

    `longer` counts sentinels in which it would rather send the longer reply although it is the worse one; `longer_wins`
    counts pairs of arms that it gave to the longer reply, of those that it gave to either (that may be right).
    `place` counts the pairs of which it would send whatever stood first, and second.
    """

    sentinels: Tally
    by_kind: dict[str, Tally]
    own_voice: Tally
    strangers: Tally
    longer: Tally
    longer_wins: Tally
    inconsistent: dict[Question, Tally]
    place: dict[str, int]
    unread: Tally
    unread_why: dict[str, int]


def reliability_of(rows: list[Row], sentinels: Iterable[Sentinel], pairs: dict[str, Pair]) -> Reliability:
    """Work it out from all of one judge's rows; `pairs` are the arms' pairs by their id."""
    outcomes = outcomes_of(rows)
    known = [sentinel for sentinel in sentinels if sentinel.id in outcomes]
    own = [(s, f"own voice/{s.id}") for s in known if f"own voice/{s.id}" in outcomes]
    kinds = dict.fromkeys(sentinel.kind for sentinel in known)
    why = Counter(a.unread for row in rows for a in row.answers.values() if a.unread is not None)
    counted = [pair for pair in outcomes if not pair.startswith("own voice/")]
    return Reliability(
        _tally(_failed(s, s.id, outcomes) for s in known),
        {kind: _tally(_failed(s, s.id, outcomes) for s in known if s.kind == kind) for kind in kinds},
        _tally(_failed(s, pair, outcomes) for s, pair in own),
        _tally(_failed(s, s.id, outcomes) for s, _ in own),
        _tally(_sends(s.id, outcomes) == "b" for s in known if _longer_is_worse(s)),
        _tally(_sends(p, outcomes) == longer for p, longer in _longer_sides(outcomes, pairs)),
        {question: _inconsistent(question, counted, outcomes) for question in COMPARED},
        {place: sum(_place(pair, outcomes) == place for pair in counted) for place in ("1", "2")},
        Tally(sum(why.values()), len(rows) * len(QUESTIONS)),
        {str(reason): count for reason, count in why.most_common()},
    )


def reasons_against(found: Reliability, bars: JudgeConfig) -> list[str]:
    """Why a judge is refused, for people; empty where it is not."""
    reasons = []
    if found.unread.share > bars.max_unparsed:
        most = next(iter(found.unread_why))
        told = _over(found.unread, bars.max_unparsed)
        reasons.append(f"its answers cannot be read: {told}, mostly because: {most}")
    if found.sentinels.share > bars.max_sentinel_errors:
        reasons.append(f"it fails pairs whose answer is known: {_over(found.sentinels, bars.max_sentinel_errors)}")
    for kind, tally in found.by_kind.items():
        if tally.n >= FEWEST and tally.share > bars.max_kind_errors:
            reasons.append(f"it does not see this kind of pair, {kind!r}: {_over(tally, bars.max_kind_errors)} wrong")
    if (sent := found.inconsistent["send"]).share > bars.max_inconsistent:
        reasons.append(
            f"it contradicts itself when the order is turned: {_over(sent, bars.max_inconsistent)} "
            f"(it kept to the first {found.place['1']} times, to the second {found.place['2']} times)"
        )
    if found.longer.n >= FEWEST and found.longer.share > bars.max_longer:
        reasons.append(f"it prefers the longer reply though it is the worse: {_over(found.longer, bars.max_longer)}")
    gap = found.own_voice.share - found.strangers.share
    if found.own_voice.n >= FEWEST and gap > bars.max_self_preference:
        reasons.append(
            f"it spares its own words: it passes over harm in {found.own_voice} of its own replies, in "
            f"{found.strangers} of others' (at most {bars.max_self_preference:g} apart)"
        )
    return reasons


def _over(tally: Tally, bar: float) -> str:
    return f"{tally} ({tally.share:.2f}, at most {bar:g})"


def _tally(hits: Iterable[bool]) -> Tally:
    found = list(hits)
    return Tally(sum(found), len(found))


def _failed(sentinel: Sentinel, pair: str, outcomes: Outcomes) -> bool:
    """One expected answer that is another, or cannot be read, fails the sentinel."""
    said = {question: outcomes[pair][question] for question in sentinel.expects}
    return any(o is None or o.side != sentinel.expects[question] for question, o in said.items())


def _sends(pair: str, outcomes: Outcomes) -> str:
    outcome = outcomes[pair]["send"]
    return outcome.side if outcome else ""


def _place(pair: str, outcomes: Outcomes) -> str:
    outcome = outcomes[pair]["send"]
    return outcome.place if outcome else ""


def _longer_is_worse(sentinel: Sentinel) -> bool:
    worse = "b" in sentinel.expects.values() or sentinel.expects.get("send") == "a"
    return worse and word_count(sentinel.b) >= LONGER * word_count(sentinel.a)


def _longer_sides(outcomes: Outcomes, pairs: dict[str, Pair]) -> Iterable[tuple[str, str]]:
    """The decided pairs of arms whose replies differ in length, and the longer side."""
    for name, pair in pairs.items():
        if name in outcomes and _sends(name, outcomes) in ("a", "b"):
            one, two = word_count(pair.a), word_count(pair.b)
            if max(one, two) >= LONGER * min(one, two):
                yield name, "a" if one > two else "b"


def _inconsistent(question: Question, pairs: list[str], outcomes: Outcomes) -> Tally:
    return _tally(not outcome.steady for pair in pairs if (outcome := outcomes[pair][question]) is not None)
