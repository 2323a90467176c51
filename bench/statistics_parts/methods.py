"""The methods that bedside does not use for shares, to compare with: whether each would give PASS."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from bedside.evaluate.bootstrap import drawn_counts, studentised_interval
from bedside.evaluate.groups import Groups
from bedside.evaluate.statistics import DIFFERENCE, TAIL, Drawing, Sample, one_sided_p

__all__ = ["METHODS", "accelerated", "passes"]

METHODS = ("score", "percentile", "BCa", "studentised")


def passes(groups: Groups, margin: float, resamples: int, seed: int) -> dict[str, bool]:
    """By method, whether the one-sided 97.5 % bound lies above the margin. `score` is what bedside does."""
    found = one_sided_p(Sample(groups, DIFFERENCE), margin, True, Drawing(1, seed))
    means = np.concatenate(
        [(counts @ groups.sums) / (counts @ groups.sizes) for counts in drawn_counts(groups, resamples, seed)]
    )
    studentised = studentised_interval(groups, resamples, seed, TAIL)
    return {
        "score": found is not None and found < TAIL,
        "percentile": float(np.quantile(means, TAIL)) > margin,
        "BCa": accelerated(groups, means) > margin,
        "studentised": studentised is not None and studentised[0] > margin,
    }


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
