"""Trains the weights that `emotion` and `comfort_need` read, from two public data sets under Apache-2.0.

`python -m bedside.signals.train_emotion --goemotions DIR --empathy DIR -o emotion.npz`

DIR of GoEmotions holds train.tsv, dev.tsv and labels.txt (monologg/GoEmotions-pytorch); DIR of empathy applicability
holds EA_train.csv. Test files are never opened. Two passes: a model over all terms says which terms carry weight, a
second one is trained on those only. A label's threshold is the one with the best F1 on dev. Seeded by nature: the
solver draws nothing at random.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from bedside.signals.fitting import bag_of, pruned, rounded
from bedside.signals.linear import Bag, Linear, as_arrays, pieces, words

__all__ = ["Labelled", "emotions_model", "main", "need_model", "need_rows", "tsv_rows"]

KEPT_TERMS = 48_000
Terms = Callable[[str], Iterator[str]]


class Labelled(NamedTuple):
    """Texts and which labels each has, shape (texts, labels), 0 or 1."""

    texts: list[str]
    truth: NDArray[np.int64]


def tsv_rows(path: Path, labels: int) -> Labelled:
    """A file of GoEmotions: text, comma-separated label numbers, id; no quoting."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    truth = np.zeros((len(rows), labels), dtype=np.int64)
    for n, (_, numbers, _) in enumerate(rows):
        truth[n, [int(number) for number in numbers.split(",")]] = 1
    return Labelled([row[0] for row in rows], truth)


def need_rows(path: Path) -> Labelled:
    """A file EA_*.csv: queries on which both annotators agree whether an emotional reaction is called for."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return Labelled([r["pat_query"] for r in rows], np.array([[r["EA"] == "Applicable"] for r in rows], dtype=np.int64))


def emotions_model(train: Labelled, dev: Labelled, labels: tuple[str, ...], kept: int = KEPT_TERMS) -> Linear:
    """A one-against-rest logistic regression over the terms that carry most weight, thresholds set on `dev`."""
    bags = _bag(train.texts, words, 2), _bag(train.texts, pieces, 5)
    coefficients, _ = _fit(_matrix(train.texts, *bags), train.truth, cost=1.0)
    model = _fitted(train, pruned(bags, np.abs(coefficients).sum(axis=1), kept), labels, cost=1.0)
    scores = np.array([model.scores(text) for text in dev.texts])
    return model._replace(bias=model.bias - _thresholds(scores, dev.truth))


def need_model(train: Labelled) -> Linear:
    """Whether comfort is called for: one label whose score is a log-odds, calibrated on held-out folds of `train`."""
    bags = _bag(train.texts, words, 2), Bag({}, 0, np.zeros(0, dtype=np.float32))
    model = _fitted(train, bags, ("need",), cost=10.0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    estimator = LogisticRegression(C=10.0, solver="liblinear")
    truth = train.truth[:, 0]
    unseen = cross_val_predict(estimator, _matrix(train.texts, *bags), truth, cv=folds, method="decision_function")
    calibration = LogisticRegression(C=1e6).fit(unseen[:, None], truth)
    slope, offset = np.float32(calibration.coef_[0, 0]), np.float32(calibration.intercept_[0])
    return model._replace(scale=model.scale * slope, bias=model.bias * slope + offset)


def _bag(texts: list[str], terms: Terms, least: int) -> Bag:
    return bag_of([list(terms(text)) for text in texts], least)


def _matrix(texts: list[str], first: Bag, second: Bag) -> Any:
    return sparse.hstack([_sparse(texts, first, words), _sparse(texts, second, pieces)]).tocsr()


def _sparse(texts: list[str], bag: Bag, terms: Terms) -> Any:
    read = [bag.read(terms(text)) for text in texts]
    ends = np.cumsum([0, *(len(rows) for rows, _ in read)])
    columns, values = np.concatenate([rows for rows, _ in read]), np.concatenate([weights for _, weights in read])
    return sparse.csr_matrix((values, columns, ends), shape=(len(texts), len(bag.rows)))


def _fit(features: Any, truth: NDArray[np.int64], cost: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Coefficients (terms, labels) and intercepts (labels,)."""
    fits = [LogisticRegression(C=cost, solver="liblinear").fit(features, column) for column in truth.T]
    return np.array([fit.coef_[0] for fit in fits]).T, np.array([fit.intercept_[0] for fit in fits])


def _fitted(train: Labelled, bags: tuple[Bag, Bag], labels: tuple[str, ...], cost: float) -> Linear:
    coefficients, intercepts = _fit(_matrix(train.texts, *bags), train.truth, cost)
    return rounded(labels, bags, coefficients, intercepts)


def _thresholds(scores: NDArray[Any], truth: NDArray[np.int64]) -> NDArray[np.float32]:
    """For each label the score from which on F1 is best: midway between two texts' scores."""
    best = []
    for column, right in zip(scores.T, truth.T, strict=True):
        order = np.argsort(-column)
        f1 = 2 * np.cumsum(right[order]) / (np.arange(1, len(order) + 1) + right.sum())
        last = int(np.argmax(f1))
        best.append((column[order[last]] + column[order[min(last + 1, len(order) - 1)]]) / 2)
    return np.array(best, dtype=np.float32)


def main() -> None:
    """Train both models and write them into one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--goemotions", type=Path, required=True)
    parser.add_argument("--empathy", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    labels = tuple((options.goemotions / "labels.txt").read_text(encoding="utf-8").split())
    train, dev = (tsv_rows(options.goemotions / f"{name}.tsv", len(labels)) for name in ("train", "dev"))
    emotions = emotions_model(train, dev, labels)
    need = need_model(need_rows(options.empathy / "EA_train.csv"))
    np.savez_compressed(options.output, **as_arrays("emotions", emotions), **as_arrays("need", need))


if __name__ == "__main__":
    main()
