"""Estimates with 95 % intervals and one-sided p-values; paired by item, clustered by consultation.

Values that have bounds (shares, fractions and their differences) get the score interval of `constrained`, others
(words, ratios, log-odds) the studentised bootstrap over clusters of `bootstrap`; docs/audit.md shows by simulation why.
Both bounds have 2.5 % beyond them, so that each is a one-sided 97.5 % bound.

Several runs of one arm (seeds of its training) are averaged within each item; the spread between the runs, with
Student's t for so few of them, is added to the interval as squares (Zou & Donner 2008, Statistics in Medicine 27:1693).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtr, stdtrit

from bedside.core.constrained import interval_at, score_statistic
from bedside.core.groups import Bounds, Groups, grouped
from bedside.evaluate.bootstrap import share_beyond, studentised_interval

__all__ = [
    "DIFFERENCE", "SHARE", "TAIL", "Drawing", "Estimate", "Sample",
    "estimate", "mean_with_interval", "one_sided_p", "paired_difference", "sample_of",
]  # fmt: skip

TAIL = 0.025
SHARE: Bounds = (0.0, 1.0)
DIFFERENCE: Bounds = (-1.0, 1.0)


class Estimate(NamedTuple):
    """A mean or a difference of means, its 95 % interval, and over how many items."""

    value: float
    low: float
    high: float
    n: int


class Drawing(NamedTuple):
    """How a bootstrap draws."""

    resamples: int
    seed: int


class Sample(NamedTuple):
    """Values by cluster, the bounds of a value (None: it has none), and each run's mean where there are several."""

    groups: Groups
    bounds: Bounds | None
    run_means: tuple[float, ...] = ()

    @property
    def mean(self) -> float:
        """The mean, over the runs where there are several."""
        return self.groups.mean


def sample_of(values: Sequence[float], clusters: Sequence[Hashable], bounds: Bounds | None = None) -> Sample | None:
    """Finite values with their clusters; None where there is none."""
    return Sample(grouped(values, clusters), bounds) if len(values) else None


def estimate(sample: Sample, drawing: Drawing) -> Estimate | None:
    """The mean with its interval; None where nothing tells how sure it is (one cluster of values without bounds)."""
    found = _interval(sample, TAIL, drawing)
    return None if found is None else Estimate(sample.mean, *found, round(sample.groups.values))


def mean_with_interval(
    values: Sequence[float], clusters: Sequence[Hashable], drawing: Drawing, bounds: Bounds | None = None
) -> Estimate | None:
    """The mean of finite values; None where there is none."""
    sample = sample_of(values, clusters, bounds)
    return None if sample is None else estimate(sample, drawing)


def paired_difference(
    base: Sequence[float | None],
    arm: Sequence[float | None],
    clusters: Sequence[Hashable],
    drawing: Drawing,
    bounds: Bounds | None = DIFFERENCE,
) -> Estimate | None:
    """Mean of `arm - base` over the items that both could be scored on; None where there is none."""
    rows = [(a - b, c) for b, a, c in zip(base, arm, clusters, strict=True) if a is not None and b is not None]
    return mean_with_interval([d for d, _ in rows], [c for _, c in rows], drawing, bounds)


def one_sided_p(sample: Sample, margin: float, above: bool, drawing: Drawing) -> float | None:
    """How likely so good a mean or a better one is where the truth is the margin; None where nothing tells."""
    degrees = sample.groups.clusters - 1
    if degrees < 1:
        return None
    if len(sample.run_means) > 1:
        return _smallest_tail(sample, margin, above, drawing)
    sign = 1.0 if above else -1.0
    if sample.bounds is not None:
        return float(stdtr(degrees, -sign * score_statistic(sample.groups, margin, sample.bounds)))
    return share_beyond(sample.groups, margin, sign, drawing.resamples, drawing.seed)


def _interval(sample: Sample, tail: float, drawing: Drawing) -> tuple[float, float] | None:
    if sample.bounds is None:
        found = studentised_interval(sample.groups, *drawing, tail)
    else:
        found = interval_at(sample.groups, sample.bounds, tail)
    if found is None or len(sample.run_means) < 2:
        return found
    runs = len(sample.run_means)
    reach = float(stdtrit(runs - 1, 1 - tail) * np.std(sample.run_means, ddof=1)) / math.sqrt(runs)
    low, high = (
        sample.mean - math.hypot(sample.mean - found[0], reach),
        sample.mean + math.hypot(found[1] - sample.mean, reach),
    )
    least, most = sample.bounds or (-math.inf, math.inf)
    return max(low, least), min(high, most)


def _smallest_tail(sample: Sample, margin: float, above: bool, drawing: Drawing) -> float:
    """The tail at which the bound of the interval reaches the margin."""
    if (sample.mean > margin) != above:
        return 0.5

    def beyond(tail: float) -> float:
        low, high = _interval(sample, tail, drawing) or (-math.inf, math.inf)
        return low - margin if above else margin - high

    least, most = 1e-6, 0.5 - 1e-6
    if beyond(least) >= 0:
        return least
    return most if beyond(most) <= 0 else float(brentq(beyond, least, most, xtol=1e-6))
