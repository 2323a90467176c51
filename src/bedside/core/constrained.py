"""The score interval of a mean of bounded values, by the likelihood constrained to the mean that is tested.

For a mean m the clusters get the weights that are likeliest (the nonparametric likelihood of Owen 2001, *Empirical
Likelihood*, ch. 2) among those whose mean is m; the test divides the distance from m by the standard error *under those
weights*. Values that are possible but were not seen, the ends of the range, may take weight too. So few or no changes
do not mean certainty: where nothing changed in n items, the interval is as wide as n allows. For plain shares this is
Wilson's interval (1927, JASA 22:209), for paired differences of yes and no it is Tango's (1998, Statistics in Medicine
17:891); the same is done here for fractions and for clusters.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtrit

from bedside.core.groups import Bounds, Floats, Groups

__all__ = ["constrained", "interval_at", "score_interval", "score_statistic"]

# How near to the end of the range of the multiplier counts as at its end.
EDGE = 1e-10
TINY = 1e-12


def constrained(groups: Groups, mean: float, bounds: Bounds) -> Groups:
    """The likeliest distribution of clusters whose mean is `mean`, as shares that add up to 1.

    `mean` lies strictly within `bounds`, and `bounds` hold all values. An unseen value is a usual cluster's, at an end.
    """
    residuals, shares = groups.residuals(mean), groups.counts / groups.clusters
    size = groups.usual_size
    least = min(size * (bounds[0] - mean), float(residuals.min()))
    most = max(size * (bounds[1] - mean), float(residuals.max()))
    multiplier = _multiplier(residuals, shares, (least, most))
    weights = shares / (1 + multiplier * residuals)
    end = bounds[0] if multiplier > 0 else bounds[1]
    rest = max(0.0, 1 - float(weights.sum()))
    return Groups(np.append(groups.sums, size * end), np.append(groups.sizes, size), np.append(weights, rest))


def score_statistic(groups: Groups, mean: float, bounds: Bounds) -> float:
    """How many standard errors, taken as if `mean` were true, the values lie above it."""
    distance = float(groups.counts @ groups.residuals(mean)) / groups.clusters
    if abs(distance) < TINY:
        return 0.0
    if not bounds[0] < mean < bounds[1]:  # only one value could give this mean, and another was seen
        return math.copysign(math.inf, distance)
    return distance / math.sqrt(constrained(groups, mean, bounds).variance(mean) / groups.clusters)


def interval_at(groups: Groups, bounds: Bounds, tail: float) -> tuple[float, float]:
    """The score interval with `tail` beyond either end, by Student's t; of one cluster, everything that is possible."""
    degrees = groups.clusters - 1
    return bounds if degrees < 1 else score_interval(groups, bounds, float(stdtrit(degrees, 1 - tail)))


def score_interval(groups: Groups, bounds: Bounds, quantile: float) -> tuple[float, float]:
    """The means that are not rejected: those whose score statistic is within `quantile` standard errors."""
    mean = groups.mean

    def edge(end: float, sign: float) -> float:
        def beyond(tested: float) -> float:
            return sign * score_statistic(groups, tested, bounds) - quantile

        if abs(end - mean) < TINY or beyond(end) <= 0:
            return end
        return float(brentq(beyond, mean, end, xtol=1e-9))

    return edge(bounds[0], 1.0), edge(bounds[1], -1.0)


def _multiplier(residuals: Floats, shares: Floats, ends: tuple[float, float]) -> float:
    """Lagrange's multiplier of the constraint; at an end of its range an unseen value takes the weight that is left."""

    def slope(multiplier: float) -> float:
        return float(shares @ (residuals / (1 + multiplier * residuals)))

    low, high = -(1 - EDGE) / ends[1], -(1 - EDGE) / ends[0]
    if slope(low) <= 0:
        return low
    if slope(high) >= 0:
        return high
    return float(brentq(slope, low, high, xtol=1e-12 * (high - low)))
