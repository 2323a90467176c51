"""Simulated studies: the differences (arm less base) of n items, of three kinds, for which the truth is known.

`yes or no`: an answer is right or wrong. `clusters of 3`: three items a consultation, each of which, in 6 of 10 cases,
is what its consultation is. `fractions`: four facts an item; of what the arm loses, half goes as whole answers. `churn`
is how much base and arm differ beside the true loss, from 0 (a loss is all there is) to 1 (as if independent).
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np

from bedside.core.groups import Floats, Groups

__all__ = ["KINDS", "Kind", "Truth", "study"]

Kind = Literal["yes or no", "clusters of 3", "fractions"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SAME_IN_CLUSTER = 0.6
FACTS = 4


class Truth(NamedTuple):
    """The base's rate, what the arm loses of it, and how much they differ beside that."""

    kind: Kind
    rate: float
    loss: float
    churn: float


def study(rng: np.random.Generator, truth: Truth, items: int) -> Groups:
    """The paired differences of one study, by cluster."""
    if truth.kind == "yes or no":
        return _counted(_changes(rng, truth, items), 1)
    if truth.kind == "clusters of 3":
        clusters = items // 3
        shared, own = _changes(rng, truth, clusters), _changes(rng, truth, 3 * clusters)
        same = rng.random(3 * clusters) < SAME_IN_CLUSTER
        values = np.where(same, np.repeat(shared, 3), own)
        return _counted(values.reshape(clusters, 3).sum(axis=1), 3)
    return _counted(_fractions(rng, truth, items), 1)


def _counted(sums: Floats, size: int) -> Groups:
    """As `grouped`, for clusters of one size."""
    kinds, counts = np.unique(sums, return_counts=True)
    return Groups(kinds, np.full(len(kinds), float(size)), counts.astype(np.float64))


def _changes(rng: np.random.Generator, truth: Truth, number: int) -> Floats:
    gained = truth.churn * (1 - truth.rate) * (truth.rate - truth.loss)
    lost = gained + truth.loss
    drawn = rng.random(number)
    return np.where(drawn < lost, -1.0, np.where(drawn < lost + gained, 1.0, 0.0))


def _fractions(rng: np.random.Generator, truth: Truth, items: int) -> Floats:
    base = rng.binomial(FACTS, truth.rate, items)
    kept = 1 - truth.loss / truth.rate
    whole = (1 - kept) / 2
    thinned = np.where(rng.random(items) < whole, 0, rng.binomial(base, kept / (1 - whole)))
    afresh = rng.binomial(FACTS, truth.rate - truth.loss, items)
    return (np.where(rng.random(items) < truth.churn, afresh, thinned) - base) / FACTS
