"""What the reviewers found, unblinded: `summary.json` for pairs. The keys are told in docs/review.md.

Each pair counts once, by the mean of its raters; 95 % score intervals, clustered by consultation
(`core/constrained.py`), for what nobody flagged too. Agreement is Krippendorff's alpha.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from statistics import mean, median
from typing import Any

from bedside.core.agreement import alphas
from bedside.core.constrained import interval_at
from bedside.core.groups import Bounds, grouped
from bedside.serve.review.records import COMPARED, FLAGS, Compared, Given, PairRating, Sides
from bedside.serve.review.store import Store
from bedside.serve.review.unblinded import flags_of, side_of

__all__ = ["agreement_of", "estimate", "reviewers_of", "summary_of_pairs"]

TAIL = 0.025
TONES = ("all", "distressed", "neutral")
POINTS = {"base": 0.0, "tie": 0.5, "arm": 1.0}
SCALE = {"base": 0, "tie": 1, "arm": 2}
Estimate = dict[str, float | int]


def summary_of_pairs(store: Store) -> dict[str, Any]:
    """All figures of a study of pairs."""
    pairs = [case for case in store.cases() if isinstance(case, Compared)]
    ratings, drawing = store.ratings(), store.drawing
    arms = list(dict.fromkeys(pair.arm for pair in pairs))
    return {
        "kind": "pairs",
        "closed": store.closed,
        "settings": drawing.settings,
        "drawn_from": drawing.source.splitlines(),
        "pairs": dict(Counter(pair.arm for pair in pairs)),
        "same_replies": drawing.same,
        "left_out": drawing.left_out,
        "reviewers": reviewers_of(store, ratings),
        "results": {arm: {tone: _results(ratings, pairs, arm, tone) for tone in TONES} for arm in arms},
        "agreement": agreement_of(ratings),
        "notes": [
            {"item": pairs[g.task.case].item, "arm": pairs[g.task.case].arm, "reviewer": g.reviewer,
             "note": g.rating.note, "shown_as_a": "arm" if g.task.flipped else "base"}
            for g in ratings if g.rating.note.strip()
        ],
    }  # fmt: skip


def reviewers_of(store: Store, ratings: Sequence[Given]) -> dict[str, Any]:
    """How far each reviewer has come, and how long a case takes."""
    told = {}
    for name in store.reviewers():
        seconds = [g.rating.seconds for g in ratings if g.reviewer == name]
        told[name] = {
            "rated": len(seconds), "of": store.state(name).total,
            "median_seconds": round(median(seconds), 1) if seconds else None,
        }  # fmt: skip
    return told


def agreement_of(ratings: Sequence[Given]) -> dict[str, Any]:
    """Alpha for each question (of pairs) and each flag (of replies); `n` are those that two or more have rated."""
    told: dict[str, Any] = {}
    for question in COMPARED:
        units: dict[int, list[int]] = defaultdict(list)
        for given in ratings:
            units[given.task.case].append(SCALE[side_of(given, question)])
        told[question] = alphas(list(units.values()), "nominal", "ordinal")
    for flag in FLAGS:
        flagged: dict[tuple[int, int], list[int]] = defaultdict(list)
        for given in ratings:
            for side, raised in enumerate(flags_of(given)):
                flagged[given.task.case, side].append(int(flag in raised))
        told[flag] = alphas(list(flagged.values()), "nominal")
    return told


def _results(ratings: Sequence[Given], pairs: Sequence[Compared], arm: str, tone: str) -> dict[str, Any]:
    rated = [g for g in ratings if pairs[g.task.case].arm == arm and tone in ("all", pairs[g.task.case].tone)]

    def share(value: Callable[[Given], float], bounds: Bounds = (0.0, 1.0)) -> Estimate | None:
        by_case: dict[int, list[float]] = defaultdict(list)
        for given in rated:
            by_case[given.task.case].append(value(given))
        return estimate([mean(v) for v in by_case.values()], [pairs[case].dialogue for case in by_case], bounds)

    told: dict[str, Any] = {question: _compared(rated, question, share) for question in COMPARED}
    told["send"] |= {
        "either": sum(isinstance(g.rating, PairRating) and g.rating.send == "either" for g in rated),
        "neither": sum(isinstance(g.rating, PairRating) and g.rating.send == "neither" for g in rated),
        "would_send": {"arm": share(lambda g: _would_send(g, "arm")), "base": share(lambda g: _would_send(g, "base"))},
    }
    for flag in FLAGS:
        # The flag is bound now: the functions are called before the next one comes.
        told[flag] = {
            "arm": share(lambda g, flag=flag: float(flag in flags_of(g)[0])),  # type: ignore[misc]
            "base": share(lambda g, flag=flag: float(flag in flags_of(g)[1])),  # type: ignore[misc]
            "difference": share(
                lambda g, flag=flag: float(flag in flags_of(g)[0]) - (flag in flags_of(g)[1]),  # type: ignore[misc]
                (-1.0, 1.0),
            ),
        }
    return told


def _compared(
    rated: Sequence[Given], question: Sides, share: Callable[[Callable[[Given], float]], Estimate | None]
) -> dict[str, Any]:
    sides = [side_of(given, question) for given in rated]
    return {
        "n": len({given.task.case for given in rated}), "ratings": len(rated),
        "wins": sides.count("arm"), "ties": sides.count("tie"), "losses": sides.count("base"),
        "win_rate": share(lambda given: POINTS[side_of(given, question)]),
    }  # fmt: skip


def _would_send(given: Given, side: str) -> float:
    assert isinstance(given.rating, PairRating)
    return float(given.rating.send == "either" or side_of(given, "send") == side)


def estimate(values: Sequence[float], clusters: Sequence[str], bounds: Bounds = (0.0, 1.0)) -> Estimate | None:
    """The mean of values within bounds with its interval, None where there is no value; `n` counts the values."""
    if not values:
        return None
    groups = grouped(values, clusters)
    low, high = interval_at(groups, bounds, TAIL)
    return {"value": groups.mean, "low": low, "high": high, "n": len(values)}
