"""Reading a text with a linear model over words and pieces of words: numpy only, no pickle, linear time.

A text becomes two bags: words and punctuation with their neighbours (1-2-grams), and pieces of 2 to 5 characters of a
word, its edges marked by spaces. Each bag is weighted by (1 + log count) x idf and has length 1. Weights are one byte
each with a scale per label. What the vocabulary does not hold is not read; the models were trained on English.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONGEST", "WEIGHTS", "Bag", "Linear", "as_arrays", "cut", "load", "pieces", "words"]

WEIGHTS = "signals/weights/emotion.npz"
TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[^\w\s]{1,3}")
PIECE_SIZES = (2, 3, 4, 5)
LONGEST = 40  # characters of a run without space that are cut into pieces; longer ones are links and noise

Floats = NDArray[np.float32]


def words(text: str) -> Iterator[str]:
    """Words and punctuation in lower case, alone and with the next one."""
    before = ""
    for match in TOKEN.finditer(text.lower().replace("’", "'")):
        word = match[0]
        yield word
        if before:
            yield f"{before} {word}"
        before = word


def pieces(text: str) -> Iterator[str]:
    """Pieces of 2 to 5 characters within each run of characters between spaces."""
    return chain.from_iterable(cut(run[:LONGEST]) for run in text.lower().replace("’", "'").split())


@lru_cache(maxsize=1 << 15)  # most words of a text are common ones
def cut(run: str) -> tuple[str, ...]:
    """The pieces of one run."""
    padded = f" {run} "
    return tuple(
        padded[start : start + size] for size in PIECE_SIZES for start in range(max(1, len(padded) - size + 1))
    )


class Bag(NamedTuple):
    """The terms of a vocabulary by row of the weights, the first row, and each term's idf."""

    rows: dict[str, int]
    first: int
    idf: Floats

    def read(self, terms: Iterator[str]) -> tuple[NDArray[np.intp], Floats]:
        """The rows of the terms that are known and their weights, of length 1 together."""
        counts = Counter(map(self.rows.get, terms))
        counts.pop(None, None)
        rows = np.fromiter(counts, dtype=np.intp, count=len(counts))
        weights = np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts))) + 1
        weights = weights * self.idf[rows]
        length = np.float32(max(float(np.sqrt(weights @ weights)), 1e-9))
        return rows + self.first, (weights / length).astype(np.float32)


class Linear(NamedTuple):
    """A model; `scores` gives one number a label, above 0 where the label is thought true."""

    labels: tuple[str, ...]
    words: Bag
    pieces: Bag
    weights: NDArray[np.int8]
    scale: Floats
    bias: Floats

    def scores(self, text: str) -> Floats:
        """Shape (labels,)."""
        return self.scores_of(words(text), pieces(text))

    def scores_of(self, first: Iterator[str], second: Iterator[str]) -> Floats:
        """The same for terms read in another way, as the model was trained on."""
        total = np.zeros(len(self.labels), dtype=np.float32)
        for bag, terms in ((self.words, first), (self.pieces, second)):
            if bag.rows:
                rows, weights = bag.read(terms)
                total += weights @ self.weights[rows].astype(np.float32)
        return total * self.scale + self.bias


def as_arrays(name: str, model: Linear) -> dict[str, Any]:
    """A model as the arrays that `load` reads; vocabularies are text, one term a line."""
    return {
        f"{name}.labels": _packed(model.labels),
        f"{name}.words": _packed(tuple(model.words.rows)),
        f"{name}.pieces": _packed(tuple(model.pieces.rows)),
        f"{name}.idf": np.concatenate([model.words.idf, model.pieces.idf]).astype(np.float16),
        f"{name}.weights": model.weights,
        f"{name}.scale": model.scale,
        f"{name}.bias": model.bias,
    }


@cache
def load(name: str, path: str = WEIGHTS) -> Linear:
    """A model of a file of the package, read once; of WEIGHTS: `emotions` (GoEmotions' 28 labels) or `need`."""
    with (resources.files("bedside") / path).open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        terms, parts = _unpacked(arrays[f"{name}.words"]), _unpacked(arrays[f"{name}.pieces"])
        idf = arrays[f"{name}.idf"].astype(np.float32)
        return Linear(
            labels=_unpacked(arrays[f"{name}.labels"]),
            words=Bag(dict(zip(terms, range(len(terms)), strict=True)), 0, idf[: len(terms)]),
            pieces=Bag(dict(zip(parts, range(len(parts)), strict=True)), len(terms), idf[len(terms) :]),
            weights=arrays[f"{name}.weights"],
            scale=arrays[f"{name}.scale"],
            bias=arrays[f"{name}.bias"],
        )


def _packed(terms: tuple[str, ...]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(terms).encode(), dtype=np.uint8)


def _unpacked(packed: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(packed.tobytes().decode().split("\n")) if packed.size else ()
