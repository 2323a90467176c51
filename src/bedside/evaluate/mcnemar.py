"""McNemar's exact test (1947) of paired answers of yes and no: of the items that changed, is one direction commoner?"""

from __future__ import annotations

from scipy.stats import binom

__all__ = ["mcnemar_exact"]


def mcnemar_exact(gained: int, lost: int) -> float:
    """The two-sided p-value; 1 where nothing changed. The items must be independent (one for each cluster)."""
    return min(1.0, 2 * float(binom.cdf(min(gained, lost), gained + lost, 0.5)))
