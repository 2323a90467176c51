"""How far raters (people, judges) agree, beyond chance.

Krippendorff's alpha for any number of raters and gaps (Krippendorff 2011, "Computing Krippendorff's
Alpha-Reliability"): 1 is agreement, 0 is chance. Cohen's kappa with quadratic weights (Cohen 1968) for two. Both are
None where they are not defined: nothing to compare, or all ratings alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["Metric", "alpha", "alphas", "quadratic_kappa"]

Metric = Literal["nominal", "ordinal"]
Floats = npt.NDArray[np.float64]


def alpha(units: Sequence[Sequence[int]], metric: Metric) -> float | None:
    """Krippendorff's alpha. Each unit holds the ratings that it got, from whomever; units with fewer than two fall out.

    Ratings are numbers; for `ordinal` their order is the scale's.
    """
    paired = [unit for unit in units if len(unit) > 1]
    values = sorted({rating for unit in paired for rating in unit})
    if len(values) < 2:
        return None
    coincidences = np.zeros((len(values), len(values)))
    for unit in paired:
        counts = np.array([unit.count(value) for value in values], dtype=np.float64)
        coincidences += (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
    totals = coincidences.sum(axis=1)
    distance = _ordinal(totals) if metric == "ordinal" else 1.0 - np.eye(len(values))
    expected = (np.outer(totals, totals) - np.diag(totals)) / (totals.sum() - 1)
    return float(1 - (coincidences * distance).sum() / (expected * distance).sum())


def alphas(units: Sequence[Sequence[int]], *metrics: Metric) -> dict[str, int | float | None]:
    """Alpha by each metric as `alpha_METRIC`, and as `n` how many units have ratings to compare."""
    told: dict[str, int | float | None] = {"n": sum(len(unit) > 1 for unit in units)}
    return told | {f"alpha_{metric}": alpha(units, metric) for metric in metrics}


def _ordinal(totals: Floats) -> Floats:
    """Squared number of ratings between two ranks, half of each end's own counted."""
    ranks = np.cumsum(totals) - totals / 2
    squared: Floats = (ranks[:, None] - ranks[None, :]) ** 2
    return squared


def quadratic_kappa(one: Sequence[int], two: Sequence[int], scale: Sequence[int]) -> float | None:
    """Cohen's kappa of two raters' ratings of the same things, disagreement weighted by its squared distance."""
    if not one or len({*one, *two}) < 2:
        return None
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score(list(one), list(two), labels=list(scale), weights="quadratic"))
