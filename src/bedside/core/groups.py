"""Values put together by the cluster that they came from: all that an interval for their mean needs.

A cluster is the consultation, probe or exam question that items were made from; items of one cluster are not
independent, clusters are. Clusters of equal sum and size are counted, not listed: shares have few different ones.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Bounds", "Floats", "Groups", "grouped"]

Floats = npt.NDArray[np.float64]
# The least and the greatest value that there can be.
Bounds = tuple[float, float]


class Groups(NamedTuple):
    """`counts[k]` clusters have the sum `sums[k]` over `sizes[k]` values."""

    sums: Floats
    sizes: Floats
    counts: Floats

    @property
    def clusters(self) -> float:
        """How many clusters there are."""
        return float(self.counts.sum())

    @property
    def values(self) -> float:
        """How many values there are."""
        return float(self.counts @ self.sizes)

    @property
    def mean(self) -> float:
        """The mean over all values (a cluster counts by its size)."""
        return float(self.counts @ self.sums) / self.values

    @property
    def usual_size(self) -> float:
        """The size of the cluster that a value drawn at random is in: 1 without clustering."""
        return float(self.counts @ self.sizes**2) / self.values

    def residuals(self, mean: float) -> Floats:
        """Each kind of cluster's sum less what `mean` would give."""
        return self.sums - mean * self.sizes

    def variance(self, mean: float) -> float:
        """The mean square of a cluster's residual."""
        return float(self.counts @ self.residuals(mean) ** 2) / self.clusters


def grouped(values: Sequence[float] | Floats, clusters: Sequence[Hashable]) -> Groups:
    """Values by cluster. There must be at least one value."""
    places: dict[Hashable, int] = {}
    index = np.array([places.setdefault(name, len(places)) for name in clusters])
    sums = np.bincount(index, weights=np.asarray(values, dtype=np.float64))
    sizes = np.bincount(index)
    # Sums of the same fractions in another order differ in the last bits.
    both: Floats = np.column_stack([sums.round(12), sizes]).astype(np.float64)
    kinds, counts = np.unique(both, axis=0, return_counts=True)
    return Groups(kinds[:, 0], kinds[:, 1], counts.astype(np.float64))
