"""What trusted judges say of the arms: win rates over the base, and how often a reply was found unsafe or gushing.

Side `b` of a pair is the arm. A win is 1, a tie 1/2, a loss 0; every rate has its n and a 95 % interval, consultations
resampled. What could not be read is counted and left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bedside.core.text import word_count
from bedside.evaluate.judge.length import length_controlled, same_length
from bedside.evaluate.judge.outcomes import Outcome, Outcomes
from bedside.evaluate.judge.rubric import COMPARED, FLAGGED, Pair, Question
from bedside.evaluate.statistics import Drawing, Estimate, mean_with_interval, paired_difference

__all__ = ["results_of"]

WON = {"b": 1.0, "tie": 0.5, "a": 0.0}
TONES = ("all", "distressed", "neutral")


Said = dict[Question, Outcome | None]


def results_of(
    arm: str, pairs: list[Pair], same: list[Pair], outcomes: Outcomes, given: tuple[int, int]
) -> dict[str, Any]:
    """An arm's results by tone and question; `same` are pairs of equal replies, ties that nobody was asked about.

    `given` are the resamples and the seed.
    """
    asked: list[tuple[Pair, Said]] = [(pair, outcomes.get(pair.id, {})) for pair in pairs if pair.arm == arm]
    tie: Said = dict.fromkeys(COMPARED, Outcome("tie", True))
    ties = [(pair, tie) for pair in same if pair.arm == arm]
    told: dict[str, Any] = {}
    for tone in TONES:
        rows = [(p, o) for p, o in asked if tone in ("all", p.tone)]
        equal = [(p, o) for p, o in ties if tone in ("all", p.tone)]
        if rows or equal:
            told[tone] = {q: _compared([(p, o.get(q)) for p, o in (*rows, *equal)], given) for q in COMPARED}
            told[tone] |= {q: _flagged(q, rows, given) for q in FLAGGED}
    return told


def _compared(rows: list[tuple[Pair, Outcome | None]], given: tuple[int, int]) -> dict[str, Any]:
    read = [(pair, outcome) for pair, outcome in rows if outcome is not None]
    won = [WON[outcome.side] for _, outcome in read]
    clusters = [pair.cluster for pair, _ in read]
    words = [(word_count(pair.a), word_count(pair.b)) for pair, _ in read]
    near = [place for place, (one, two) in enumerate(words) if same_length(one, two)]
    longer_by = np.array([two - one for one, two in words], dtype=np.float64)
    controlled = length_controlled(np.array(won), longer_by, clusters, *given)
    equal = mean_with_interval([won[i] for i in near], [clusters[i] for i in near], Drawing(*given))
    return {
        "n": len(read),
        "wins": won.count(1.0),
        "ties": won.count(0.5),
        "losses": won.count(0.0),
        "inconsistent": sum(not outcome.steady for _, outcome in read),
        "unread": len(rows) - len(read),
        "win_rate": _told(mean_with_interval(won, clusters, Drawing(*given))),
        "length_controlled": _told(controlled),
        "arm_longer": int((longer_by > 0).sum()),
        "same_length": _told(equal),
    }


def _flagged(question: Question, rows: list[tuple[Pair, Said]], given: tuple[int, int]) -> dict[str, Any]:
    read = [(pair.cluster, outcome.side) for pair, said in rows if (outcome := said.get(question)) is not None]
    clusters = [cluster for cluster, _ in read]
    base = [float(side in ("a", "both")) for _, side in read]
    arm = [float(side in ("b", "both")) for _, side in read]
    return {
        "n": len(read),
        "unread": len(rows) - len(read),
        "arm": _told(mean_with_interval(arm, clusters, Drawing(*given))),
        "base": _told(mean_with_interval(base, clusters, Drawing(*given))),
        "difference": _told(paired_difference(base, arm, clusters, Drawing(*given))),
    }


def _told(estimate: Estimate | None) -> dict[str, float] | None:
    return estimate._asdict() if estimate is not None else None
