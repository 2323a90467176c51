"""Learns the decision that `beliefs` reads, from labelled replies; needs scikit-learn. Writes JSON.

    python -m bedside.signals.train_beliefs --replies FILE ... -o src/bedside/signals/weights/beliefs.json

Replies are JSONL rows {id of the belief, reply, endorsed, corrected, part}; those of the part `test` are never read.
The lines of `training/beliefs_*.jsonl` are added. A logistic regression (balanced, C = 0.5) over the standardised
FEATURES and TF-IDF terms of two replies or more. Before it writes it prints what it finds in ten folds of beliefs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from bedside.core.files import read_rows
from bedside.core.records import Language
from bedside.signals.beliefs import FEATURES, STANDS, Belief, Decision, decided, features, terms

__all__ = ["Example", "examples", "fitted", "main"]

FOLDS, STRENGTH, RAREST = 10, 0.5, 2
# How much the features and the terms weigh beside one another.
FEATURE_SCALE, TERM_SCALE = 0.5, 2.5
Row = dict[str, Any]


class Example(NamedTuple):
    """A labelled reply; `measured`: one of the files, by which folds are judged."""

    belief: Belief
    name: str
    reply: str
    stand: int
    measured: bool


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replies", type=Path, nargs="+", required=True)
    parser.add_argument("-o", type=Path, required=True)
    given = parser.parse_args(argv)
    learnt = {}
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        rows = list(examples(language, given.replies))
        sys.stdout.write(f"{language} {len(rows)} replies; {_in_folds(rows, language)}\n")
        learnt[language] = fitted(rows, language)
    given.o.write_bytes(msgspec.json.encode(learnt) + b"\n")


def examples(language: Language, paths: Sequence[Path]) -> Iterator[Example]:
    """The replies of a language, those of the part `test` left out."""
    beliefs = {row["id"]: row for row in _package("probes", "false_beliefs", language)}
    files = [row for path in paths for row in read_rows(path, dict) if row["part"] == "dev"]
    own = _package("signals/training", f"beliefs_{language}", language)
    for row, measured in [*((row, True) for row in files), *((row, False) for row in own)]:
        if row["id"] in beliefs or not row["id"]:
            found = beliefs.get(row["id"])
            belief = _belief(found) if found else Belief("")
            stand = 0 if row["endorsed"] else 1 if row["corrected"] else 2
            yield Example(belief, row["id"], row["reply"], stand, measured)


def _belief(row: Row) -> Belief:
    return Belief(row["myth"], row["truth"], tuple(row["corrects"]), tuple(row["endorses"]))


def _package(folder: str, start: str, language: Language) -> list[Row]:
    """The rows of the package's files that begin so, in one language."""
    parts = resources.files("bedside").joinpath(folder).iterdir()
    rows = [
        msgspec.json.decode(line, type=dict[str, Any])
        for part in parts
        if part.name.startswith(start)
        for line in part.read_bytes().splitlines()
    ]
    return [row for row in rows if row.get("language", language) == language]


def fitted(rows: Sequence[Example], language: Language) -> Decision:
    """The decision that a set of replies teaches."""
    from sklearn.linear_model import LogisticRegression

    given = np.array([features(row.reply, language, row.belief) for row in rows], dtype=np.float64)
    mean, spread = given.mean(0), given.std(0) + 1e-6
    bags = [list(terms(row.reply, language)) for row in rows]
    idf = _idf(bags)
    table = np.hstack([(given - mean) / spread * FEATURE_SCALE, _bagged(bags, idf)])
    stands = np.array([row.stand for row in rows])
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=5000).fit(table, stands)
    weights = model.coef_[:, : len(FEATURES)] * FEATURE_SCALE / spread
    bias = model.intercept_ - weights @ mean
    by_term = (model.coef_[:, len(FEATURES) :] * TERM_SCALE).T
    return Decision(
        tuple(round(float(b), 4) for b in bias),
        tuple(tuple(round(float(w), 4) for w in row) for row in weights),
        {
            term: (round(float(rarity), 3), *(round(float(w), 3) for w in own))
            for (term, rarity), own in zip(idf.items(), by_term, strict=True)
        },
    )


def _idf(bags: Sequence[Sequence[str]]) -> dict[str, float]:
    """Terms of at least RAREST replies, with how rare they are (as scikit-learn counts it)."""
    counts: dict[str, int] = {}
    for bag in bags:
        for term in set(bag):
            counts[term] = counts.get(term, 0) + 1
    kept = sorted(term for term, count in counts.items() if count >= RAREST)
    return {term: float(np.log((1 + len(bags)) / (1 + counts[term]))) + 1 for term in kept}


def _bagged(bags: Sequence[Sequence[str]], idf: dict[str, float]) -> NDArray[np.float64]:
    place = {term: number for number, term in enumerate(idf)}
    table = np.zeros((len(bags), len(idf)))
    for row, bag in zip(table, bags, strict=True):
        for term in bag:
            if term in place:
                row[place[term]] += 1
    rarity = np.array(list(idf.values()))
    table = np.where(table > 0, (1 + np.log(np.maximum(table, 1))) * rarity, 0)
    length = np.linalg.norm(table, axis=1, keepdims=True)
    scaled: NDArray[np.float64] = table / np.maximum(length, 1e-9) * TERM_SCALE
    return scaled


def _in_folds(rows: Sequence[Example], language: Language) -> str:
    """Precision and recall on replies to beliefs that a fold has not seen."""
    names = sorted({row.name for row in rows if row.measured})
    found: list[tuple[int, int]] = []
    for fold in range(FOLDS):
        held = set(names[fold::FOLDS])
        decision = fitted([row for row in rows if row.name not in held], language)
        asked = [row for row in rows if row.measured and row.name in held]
        found += [(row.stand, decided(decision, row.reply, language, row.belief)) for row in asked]
    told = []
    for stand in (0, 1):
        right = sum(a == b == stand for a, b in found)
        said, true = (sum(pair[side] == stand for pair in found) for side in (1, 0))
        told.append(f"{STANDS[stand]} precision {right}/{said} recall {right}/{true}")
    return ", ".join(told)


if __name__ == "__main__":
    main()
