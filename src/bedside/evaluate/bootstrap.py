"""The bootstrap of a mean over clusters: whole clusters are drawn again, with all that is paired in them.

The interval is the studentised one (bootstrap-t; Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, ch. 12):
each resample's distance from the mean is measured in its own standard error, which keeps to its error rate where values
are skewed, as ratios of lengths are. For shares near 0 or 1 no resampling is safe (docs/audit.md): see `constrained`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from bedside.core.groups import Floats, Groups

__all__ = ["drawn_counts", "share_beyond", "standard_errors", "studentised_interval"]

# Numbers at a time: 32 MB.
CHUNK = 4_000_000
# Up to so many clusters are drawn one by one, more by their kinds.
ONE_BY_ONE = 20_000
# A resample of equal clusters has no spread of its own: it counts as far off, so that it narrows no interval.
FAR = 1e6


def studentised_interval(groups: Groups, resamples: int, seed: int, tail: float) -> tuple[float, float] | None:
    """The bounds with `tail` of the resamples beyond each; None for a lone cluster, which shows no spread."""
    if groups.clusters < 2:
        return None
    spread = _standard_error(groups)
    if spread == 0:
        return groups.mean, groups.mean
    low, high = np.quantile(_distances(groups, resamples, seed), [tail, 1 - tail])
    return groups.mean - float(high) * spread, groups.mean - float(low) * spread


def share_beyond(groups: Groups, margin: float, sign: float, resamples: int, seed: int) -> float:
    """The share of resamples that lie as far (in `sign`'s direction) from their mean as the values from the margin."""
    spread, distance = _standard_error(groups), sign * (groups.mean - margin)
    if spread == 0:
        return 0.5 if distance == 0 else float(distance < 0)
    beyond = sign * _distances(groups, resamples, seed) >= distance / spread
    return (1 + float(beyond.sum())) / (1 + resamples)


def drawn_counts(groups: Groups, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each kind of cluster is drawn, a row a resample, in chunks."""
    drawn = _drawn(groups.counts.tobytes(), resamples, seed)
    step = max(1, CHUNK // len(groups.counts))
    for start in range(0, resamples, step):
        yield drawn[start : start + step].astype(np.float64)


@lru_cache(maxsize=4)
def _drawn(counts: bytes, resamples: int, seed: int) -> npt.NDArray[np.unsignedinteger[Any]]:
    """The draws depend on nothing but the counts, so that figures over the same clusters share them."""
    kinds = np.frombuffer(counts, dtype=np.float64)
    rng, number = np.random.default_rng(seed), int(kinds.sum())
    alone = len(kinds) == number
    # That one of many thousands is drawn 256 times will not happen.
    drawn = np.empty((resamples, len(kinds)), dtype=np.uint8 if alone else np.uint32)
    step = max(1, CHUNK // len(kinds))
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        if alone:
            places = rng.integers(number, size=(rows, number)) + number * np.arange(rows)[:, None]
            drawn[start : start + rows] = np.bincount(places.ravel(), minlength=rows * number).reshape(rows, number)
        else:
            drawn[start : start + rows] = rng.multinomial(number, kinds / number, size=rows)
    return drawn


def _listed(groups: Groups) -> Groups:
    """Clusters one by one: their draws depend on their number alone, so that other figures have made them already."""
    if groups.clusters > ONE_BY_ONE:
        return groups
    times = groups.counts.astype(np.int64)
    return Groups(groups.sums.repeat(times), groups.sizes.repeat(times), np.ones(times.sum()))


def standard_errors(groups: Groups, counts: Floats, means: Floats) -> Floats:
    """The standard error of each row's mean, by the spread between its clusters (the sandwich, with C / (C - 1))."""
    sums, sizes, number = groups.sums, groups.sizes, groups.clusters
    squared, mixed, weights, total = (counts @ np.column_stack([sums**2, sums * sizes, sizes**2, sizes])).T
    squares = squared - 2 * means * mixed + means**2 * weights
    errors = np.sqrt(np.maximum(squares, 0) * number / (number - 1)) / total
    # What is left of equal values by rounding is no spread.
    return np.where(errors < 1e-9 * (1 + np.abs(means)), 0.0, errors)


def _standard_error(groups: Groups) -> float:
    return float(standard_errors(groups, groups.counts[None, :], np.array([groups.mean]))[0])


def _distances(groups: Groups, resamples: int, seed: int) -> Floats:
    """Each resample's distance from the mean, in its own standard errors."""
    found, groups = [], _listed(groups)
    for counts in drawn_counts(groups, resamples, seed):
        means = (counts @ groups.sums) / (counts @ groups.sizes)
        errors, gaps = standard_errors(groups, counts, means), means - groups.mean
        found.append(np.where(errors > 0, gaps / np.where(errors > 0, errors, 1.0), np.sign(gaps) * FAR))
    return np.concatenate(found)
