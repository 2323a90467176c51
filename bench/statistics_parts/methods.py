"""The methods that bedside does not use for shares, to compare with: whether each would give PASS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from scipy.special import ndtr, ndtri

from bedside.core.groups import Groups
from bedside.evaluate.bootstrap import drawn_counts, studentised_interval
from bedside.evaluate.statistics import DIFFERENCE, TAIL, Drawing, Sample, one_sided_p

__all__ = ["METHODS", "Method", "accelerated", "passes"]

Method = Literal["score", "percentile", "BCa", "studentised"]
METHODS: tuple[Method, ...] = get_args(Method)
RESAMPLES = 500


def passes(groups: Groups, margin: float, seed: int, methods: Sequence[Method]) -> dict[Method, bool]:
    """By method, whether the one-sided 97.5 % bound lies above the margin. `score` is what bedside does."""
    return {method: _passes(groups, margin, seed, method) for method in methods}


def _passes(groups: Groups, margin: float, seed: int, method: Method) -> bool:
    if method == "score":
        found = one_sided_p(Sample(groups, DIFFERENCE), margin, True, Drawing(1, seed))
        return found is not None and found < TAIL
    if method == "studentised":
        interval = studentised_interval(groups, RESAMPLES, seed, TAIL)
        return interval is not None and interval[0] > margin
    drawn = np.concatenate(list(drawn_counts(groups, RESAMPLES, seed)))
    means = (drawn @ groups.sums) / (drawn @ groups.sizes)
    return (float(np.quantile(means, TAIL)) if method == "percentile" else accelerated(groups, means)) > margin


def accelerated(groups: Groups, means: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """The bias-corrected and accelerated lower bound (Efron 1987, JASA 82:171)."""
    below = float((means < groups.mean).mean() + (means == groups.mean).mean() / 2)
    residuals = groups.residuals(groups.mean)
    squares = float(groups.counts @ residuals**2)
    if squares == 0 or not 0 < below < 1:
        return groups.mean
    bias, skew = float(ndtri(below)), float(groups.counts @ residuals**3) / (6 * squares**1.5)
    moved = bias + float(ndtri(TAIL))
    return float(np.quantile(means, ndtr(bias + moved / (1 - skew * moved))))
