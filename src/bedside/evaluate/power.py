"""How many items a claim needs, so that a study of that size passes it in nine of ten cases.

The items are taken to differ as those that were seen (discordance, clusters), with the mean moved to an assumed truth
by the likeliest weights; half an item at each end of the range is added first, so that a small sample in which nothing
changed does not promise that nothing ever will. The distance to the margin is put against the spread under the margin
(for the test) and under the truth (for the power), as for Tango's test by Nam (1997, Biometrics 53:1422).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri

from bedside.core.constrained import constrained
from bedside.core.groups import Bounds, Groups
from bedside.evaluate.statistics import TAIL, Sample

__all__ = ["POWER", "items_needed"]

POWER = 0.9
HALF = 0.5


def items_needed(sample: Sample, margin: float, above: bool, truth: float | None = None) -> int | None:
    """Items for a `POWER` chance to pass where the true mean is `truth` (None: the mean that was seen).

    None where that truth does not bear out the claim: then no number of items is enough.
    """
    truth = sample.mean if truth is None else truth
    if (truth > margin) != above or truth == margin:
        return None
    groups, bounds = sample.groups, sample.bounds
    if bounds is None:
        under_truth = under_margin = math.sqrt(groups.variance(groups.mean))
    elif not bounds[0] < truth < bounds[1]:
        return None
    else:
        likely = constrained(_with_ends(groups, bounds), truth, bounds)
        under_truth = math.sqrt(likely.variance(truth))
        under_margin = math.sqrt(constrained(likely, margin, bounds).variance(margin))
    size = groups.values / groups.clusters
    reach = float(ndtri(1 - TAIL)) * under_margin + float(ndtri(POWER)) * under_truth
    clusters = (reach / (size * (truth - margin))) ** 2
    return max(1, math.ceil(clusters * size))


def _with_ends(groups: Groups, bounds: Bounds) -> Groups:
    size = groups.usual_size
    sums = np.append(groups.sums, [size * end for end in bounds])
    return Groups(sums, np.append(groups.sizes, [size, size]), np.append(groups.counts, [HALF, HALF]))
