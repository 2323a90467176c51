"""Estimates with intervals. Everything is paired by item and clustered by the consultation that the item was made from.

Intervals are percentile bootstrap intervals (Efron & Tibshirani 1993, ch. 13) at 95 %: the bounds are the 2.5 % and
97.5 % quantiles, so a lower bound is a one-sided 97.5 % bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Estimate", "mean_with_interval", "paired_difference"]

Floats = npt.NDArray[np.float64]


class Estimate(NamedTuple):
    """A mean or a difference of means, its 95 % interval, and over how many items."""

    value: float
    low: float
    high: float
    n: int


def mean_with_interval(values: Sequence[float], clusters: Sequence[str], resamples: int, seed: int) -> Estimate | None:
    """The mean of finite values, None where there is none. A lone cluster has no spread: its interval is the value."""
    if not values:
        return None
    sums, sizes = _by_cluster(np.asarray(values, dtype=np.float64), clusters)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=resamples)
    means = (drawn @ sums) / (drawn @ sizes)
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(float(sums.sum() / sizes.sum()), float(low), float(high), len(values))


def paired_difference(
    base: Sequence[float | None],
    arm: Sequence[float | None],
    clusters: Sequence[str],
    resamples: int,
    seed: int,
) -> Estimate | None:
    """Mean of `arm - base` over the items that both could be scored on; None where there is none."""
    rows = [(a - b, c) for b, a, c in zip(base, arm, clusters, strict=True) if a is not None and b is not None]
    return mean_with_interval([d for d, _ in rows], [c for _, c in rows], resamples, seed)


def _by_cluster(values: Floats, clusters: Sequence[str]) -> tuple[Floats, Floats]:
    """Sum and size of each cluster, in order of first appearance."""
    places = {name: i for i, name in enumerate(dict.fromkeys(clusters))}
    index = np.array([places[name] for name in clusters])
    sums: Floats = np.bincount(index, weights=values, minlength=len(places)).astype(np.float64)
    sizes: Floats = np.bincount(index, minlength=len(places)).astype(np.float64)
    return sums, sizes
