"""Win rates that length cannot buy.

Length-controlled: a logistic regression of the preference (win 1, tie 1/2, loss 0) on an arm effect and on
tanh(difference in words / its standard deviation), read where the difference is nil (AlpacaEval-LC: Dubois et al. 2024,
arXiv 2404.04475, without its effect of the instruction, for every arm is shown the same items). Beside it the
plain win rate of the pairs whose lengths differ by at most a tenth.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bedside.evaluate.statistics import Estimate

__all__ = ["SAME_LENGTH", "length_controlled", "same_length"]

Floats = npt.NDArray[np.float64]
SAME_LENGTH = 0.1
# Keeps the fit finite where one side wins all; 50 wins in 50 become 0.9987.
RIDGE = 0.01
STEPS, TOLERANCE = 50, 1e-9


def same_length(words_a: int, words_b: int) -> bool:
    """Whether two lengths differ by at most a tenth of the longer one."""
    return abs(words_a - words_b) <= SAME_LENGTH * max(words_a, words_b)


def length_controlled(
    wins: Floats, longer_by: Floats, clusters: list[str], resamples: int, seed: int
) -> Estimate | None:
    """The win rate at equal length and its 95 % percentile bootstrap interval, whole clusters resampled.

    `wins` holds 1, 1/2 or 0 for each pair, `longer_by` the arm's words less the base's. None where there is no pair, or
    where one side is longer throughout: no equal length was seen, and length cannot be told from merit.
    """
    if not len(wins) or (longer_by > 0).all() or (longer_by < 0).all():
        return None
    spread = float(longer_by.std())
    lengths = np.tanh(longer_by / spread) if spread > 0 else np.zeros_like(longer_by)
    places = {name: place for place, name in enumerate(dict.fromkeys(clusters))}
    index = np.array([places[name] for name in clusters])
    drawn = np.random.default_rng(seed).multinomial(len(places), np.full(len(places), 1 / len(places)), size=resamples)
    weights = np.vstack([np.ones(len(wins)), drawn[:, index]]).astype(np.float64)
    rates = 1 / (1 + np.exp(-_fit(wins, lengths, weights)[:, 0]))
    low, high = np.quantile(rates[1:], [0.025, 0.975])
    return Estimate(float(rates[0]), float(low), float(high), len(wins))


def _fit(wins: Floats, lengths: Floats, weights: Floats) -> Floats:
    """Arm effect and length effect by Newton's method for every row of weights at once: shape (rows, 2)."""
    found = np.zeros((len(weights), 2))
    design = np.stack([np.ones_like(lengths), lengths])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(found @ design, -30, 30)))
        slope = (weights * (wins - chance)) @ design.T - RIDGE * found
        curve = weights * chance * (1 - chance)
        one, both, two = curve.sum(1) + RIDGE, curve @ lengths, curve @ lengths**2 + RIDGE
        step = np.stack([two * slope[:, 0] - both * slope[:, 1], one * slope[:, 1] - both * slope[:, 0]], axis=1)
        step /= (one * two - both**2)[:, None]
        found += np.clip(step, -2, 2)
        if np.abs(step).max() < TOLERANCE:
            break
    return found
