"""What the trainers of linear models share: counting terms, choosing the weightiest, weights of one byte."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bedside.signals.linear import Bag, Linear

__all__ = ["bag_of", "pruned", "rounded"]


def bag_of(texts: Sequence[Iterable[str]], least: int) -> Bag:
    """The terms of at least `least` texts, with smoothed idf, after scikit-learn's definition; a text is its terms."""
    found = Counter(term for terms in texts for term in set(terms))
    rows = {term: n for n, term in enumerate(sorted(t for t, count in found.items() if count >= least))}
    counts = np.array([found[term] for term in rows], dtype=np.float32)
    return Bag(rows, 0, np.log((1 + len(texts)) / (1 + counts)).astype(np.float32) + 1)


def pruned(bags: tuple[Bag, Bag], importance: NDArray[Any], kept: int) -> tuple[Bag, Bag]:
    """The `kept` terms of the greatest importance; the second bag's terms are numbered after the first's."""
    chosen = importance >= np.sort(importance)[-min(kept, len(importance))]
    size = len(bags[0].rows)
    return _chosen(bags[0], chosen[:size]), _chosen(bags[1], chosen[size:])


def rounded(labels: tuple[str, ...], bags: tuple[Bag, Bag], weights: NDArray[Any], bias: NDArray[Any]) -> Linear:
    """A model with weights (terms, labels) of one byte each and a scale a label."""
    scale = np.abs(weights).max(axis=0) / 127
    return Linear(
        labels=labels,
        words=bags[0],
        pieces=bags[1]._replace(first=len(bags[0].rows)),
        weights=np.round(weights / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        bias=bias.astype(np.float32),
    )


def _chosen(bag: Bag, chosen: NDArray[Any]) -> Bag:
    terms = [term for term, keep in zip(bag.rows, chosen, strict=True) if keep]
    # Half precision, as it will be shipped: the model is fitted on what will be read.
    return Bag({term: n for n, term in enumerate(terms)}, 0, bag.idf[chosen].astype(np.float16).astype(np.float32))
