"""Trains the weights that `danger_model` reads, from the lines in `training/` and the development probes.

`python -m bedside.signals.train_danger -o danger.npz` writes them; `--check` prints cross-validated figures instead.

Lines are JSON: text, label, and a kind, which for crisis says what it is about. Two passes: a linear support vector
machine over all terms says which carry weight, a second one is trained on those only. False reassurance is trained on
sentences as well: all of a sound answer's, and of an unsound one the sentence with the highest score, twice over. The
solver draws from a fixed seed.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.svm import LinearSVC

from bedside.core.records import Language
from bedside.signals import danger_terms
from bedside.signals.danger_model import TOGETHER, Danger, sentence_places, windows
from bedside.signals.linear import Bag, Linear, as_arrays
from bedside.signals.patterns import flat

__all__ = ["Lines", "lines", "main", "model_of", "scores_of"]

Terms = Callable[[str, Language], Iterator[str]]
KEPT_TERMS = 16_000
COST = 0.5
# Pieces of words weigh half of whole words in English; Chinese has no such bound between them.
PIECES_WEIGHT: dict[Language, float] = {"en": 0.5, "zh": 1.0}
LEAST: dict[Language, tuple[int, int]] = {"en": (1, 2), "zh": (1, 1)}
ROUNDS = 2
CRISIS_KINDS = ("suicide", "self-harm", "overdose", "abuse")
# The score that counts as 0, set by cross-validation (docs/decisions/008-danger.md).
THRESHOLDS: dict[tuple[Danger, Language], float] = {
    ("crisis", "en"): 0.2,
    ("crisis", "zh"): 0.2,
    ("red_flags", "en"): 0.1,
    ("red_flags", "zh"): 0.1,
    ("false_reassurance", "en"): 0.2,
    ("false_reassurance", "zh"): 0.2,
}


class Lines(NamedTuple):
    """Texts made `flat`, what each is (0 or 1), its kind, and whether it is a probe."""

    texts: list[str]
    truth: NDArray[np.int64]
    kinds: list[str]
    probe: NDArray[np.bool_]

    def of(self, places: NDArray[Any]) -> Lines:
        """Some of the lines."""
        chosen = [int(i) for i in np.flatnonzero(places)]
        return Lines(
            [self.texts[i] for i in chosen], self.truth[chosen], [self.kinds[i] for i in chosen], self.probe[chosen]
        )


def lines(danger: Danger, language: Language) -> Lines:
    """The authored lines, and the probes of the part `dev`."""
    own = _json(f"signals/training/{danger}_{language}.jsonl")
    probes = [r for r in _json(f"probes/{danger}.jsonl") if r["part"] == "dev" and r["language"] == language]
    label = {"crisis": "crisis", "red_flags": "red_flag", "false_reassurance": "false_reassurance"}[danger]
    return Lines(
        texts=[flat(r["text"]) for r in own + probes],
        truth=np.array([r["label"] for r in own] + [r[label] for r in probes], dtype=np.int64),
        kinds=[r["kind"] for r in own] + [r.get("topic", "") for r in probes],
        probe=np.array([False] * len(own) + [True] * len(probes)),
    )


def model_of(found: Lines, danger: Danger, language: Language, kept: int = KEPT_TERMS) -> Linear:
    """One label for the danger, and for crisis one for each kind of it; a score of 0 is the threshold."""
    memory: dict[tuple[int, str], list[str]] = {}
    bags = _bag(found.texts, 0, language, memory), _bag(found.texts, 1, language, memory)
    weights, _ = _danger_fit(found, bags, danger, language, memory)
    bags = _pruned(bags, np.abs(weights), kept)
    weights, bias = _danger_fit(found, bags, danger, language, memory)
    columns, biases, labels = [weights], [bias - THRESHOLDS[danger, language]], [danger]
    if danger == "crisis":
        for kind, column, value in _kind_fits(found, bags, language, memory):
            labels.append(kind)
            columns.append(column)
            biases.append(value)
    return _linear(np.array(columns).T, np.array(biases), tuple(labels), bags, language)


def scores_of(model: Linear, texts: Sequence[str], danger: Danger, language: Language) -> NDArray[np.float64]:
    """The score that `danger_model.read` gives each text."""
    return np.array([max(_score(model, t[a:b], language) for a, b in windows(t, TOGETHER[danger, language]))
                     for t in texts])  # fmt: skip


def _score(model: Linear, text: str, language: Language) -> float:
    return float(model.scores_of(danger_terms.words(text, language), danger_terms.pieces(text, language))[0])


def _danger_fit(
    found: Lines, bags: tuple[Bag, Bag], danger: Danger, language: Language, memory: dict[tuple[int, str], list[str]]
) -> tuple[NDArray[Any], float]:
    """Weights (terms,) and bias; for promises on sentences too."""
    whole = _matrix(found.texts, bags, language, memory)
    weights, bias = _fit(whole, found.truth)
    if danger != "false_reassurance":
        return weights, bias
    cut = [[t[a:b] for a, b in sentence_places(t)] for t in found.texts]
    parts = [(sentence, owner) for owner, own in enumerate(cut) if len(own) > 1 for sentence in own]
    owners = np.array([owner for _, owner in parts])
    features = _matrix([sentence for sentence, _ in parts], bags, language, memory)
    for _ in range(ROUNDS):
        scores = features @ weights
        taken = [i for i, owner in enumerate(owners) if not found.truth[owner]]
        best = {owner: i for i, owner in sorted(enumerate(owners), key=lambda p: scores[p[0]]) if found.truth[owner]}
        chosen = [*taken, *best.values()]
        truth = np.concatenate([found.truth, found.truth[owners[chosen]]])
        weights, bias = _fit(sparse.vstack([whole, features[chosen]]).tocsr(), truth)
    return weights, bias


def _kind_fits(
    found: Lines, bags: tuple[Bag, Bag], language: Language, memory: dict[tuple[int, str], list[str]]
) -> Iterator[tuple[str, NDArray[Any], float]]:
    """Which kind of crisis, learnt from the lines whose kind says so."""
    known = found.of(np.array([bool(t) and k in CRISIS_KINDS for t, k in zip(found.truth, found.kinds, strict=True)]))
    features = _matrix(known.texts, bags, language, memory)
    for kind in CRISIS_KINDS:
        yield kind, *_fit(features, np.array([int(k == kind) for k in known.kinds]))


def _fit(features: Any, truth: NDArray[Any]) -> tuple[NDArray[Any], float]:
    machine = LinearSVC(C=COST, class_weight="balanced", random_state=0).fit(features, truth)
    return machine.coef_[0], float(machine.intercept_[0])


def _terms(text: str, which: int, language: Language, memory: dict[tuple[int, str], list[str]]) -> list[str]:
    key = (which, text)
    if key not in memory:
        read: Terms = (danger_terms.words, danger_terms.pieces)[which]
        memory[key] = list(read(text, language))
    return memory[key]


def _bag(texts: list[str], which: int, language: Language, memory: dict[tuple[int, str], list[str]]) -> Bag:
    """The terms of enough texts, with smoothed idf, after scikit-learn's definition."""
    found = Counter(term for text in texts for term in set(_terms(text, which, language, memory)))
    least = LEAST[language][which]
    rows = {term: n for n, term in enumerate(sorted(t for t, count in found.items() if count >= least))}
    counts = np.array([found[term] for term in rows], dtype=np.float32)
    return Bag(rows, 0, np.log((1 + len(texts)) / (1 + counts)).astype(np.float32) + 1)


def _pruned(bags: tuple[Bag, Bag], importance: NDArray[Any], kept: int) -> tuple[Bag, Bag]:
    """The `kept` terms of the greatest importance, idf in half precision, as it will be shipped."""
    chosen = importance >= np.sort(importance)[-min(kept, len(importance))]
    size = len(bags[0].rows)
    return _chosen(bags[0], chosen[:size]), _chosen(bags[1], chosen[size:])


def _chosen(bag: Bag, chosen: NDArray[Any]) -> Bag:
    terms = [term for term, keep in zip(bag.rows, chosen, strict=True) if keep]
    return Bag({term: n for n, term in enumerate(terms)}, 0, bag.idf[chosen].astype(np.float16).astype(np.float32))


def _matrix(
    texts: Sequence[str], bags: tuple[Bag, Bag], language: Language, memory: dict[tuple[int, str], list[str]]
) -> Any:
    parts = []
    for which, factor in ((0, 1.0), (1, PIECES_WEIGHT[language])):
        read = [bags[which].read(iter(_terms(text, which, language, memory))) for text in texts]
        ends = np.cumsum([0, *(len(rows) for rows, _ in read)])
        columns, values = np.concatenate([rows for rows, _ in read]), np.concatenate([w for _, w in read])
        shape = (len(texts), len(bags[which].rows))
        parts.append(sparse.csr_matrix((values * factor, columns - bags[which].first, ends), shape=shape))
    return sparse.hstack(parts).tocsr()


def _linear(
    weights: NDArray[Any], bias: NDArray[Any], labels: tuple[str, ...], bags: tuple[Bag, Bag], language: Language
) -> Linear:
    weights = weights.copy()
    weights[len(bags[0].rows) :] *= PIECES_WEIGHT[language]
    scale = np.abs(weights).max(axis=0) / 127
    return Linear(
        labels=labels,
        words=bags[0],
        pieces=bags[1]._replace(first=len(bags[0].rows)),
        weights=np.round(weights / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        bias=bias.astype(np.float32),
    )


def _json(path: str) -> list[dict[str, Any]]:
    text = resources.files("bedside").joinpath(path).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def main() -> None:
    """Train all six models and write them into one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    arrays: dict[str, Any] = {}
    for danger, language in TOGETHER:
        model = model_of(lines(danger, language), danger, language)
        arrays |= as_arrays(f"{danger}.{language}", model)
    np.savez_compressed(options.output, **arrays)


if __name__ == "__main__":
    main()
