"""Trains the weights that `danger_model` reads: on the lines in `training/`, the phrase bank, the development probes.

`python -m bedside.signals.train_danger --background DIR -o danger.npz [--only crisis red_flags] [--languages zh]`

DIR holds patients_en.txt, patients_zh.txt, doctors_en.txt and doctors_zh.txt: real messages and answers, one a line, in
which the danger is rare (those in which a rule finds it are left out). They are read as sound, weigh little, and give
no terms of their own; without them the models fire on most stories about people. Ordinary distress is sound too, and
gives terms: without it whoever is frightened, ashamed or worn out is heard as in danger. `--only` and
`--languages`: the other models stay as shipped.

Lines are JSON: text, label, and a kind, which for crisis says what it is about. Two passes: a linear support vector
machine over all terms says which carry weight, a second one is trained on those only. False reassurance is trained on
sentences as well: all of a sound answer's, and of an unsound one the sentence with the highest score, twice over. The
solver draws from a fixed seed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.svm import LinearSVC

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.signals.crisis import crisis_by_rules
from bedside.signals.danger_model import TOGETHER, WEIGHTS, Danger, penalty, sentence_places, windows
from bedside.signals.danger_terms import pieces, words
from bedside.signals.fitting import bag_of, pruned, rounded
from bedside.signals.linear import Bag, Linear, as_arrays
from bedside.signals.patterns import flat
from bedside.signals.reassurance import false_reassurance_by_rules
from bedside.signals.urgency import red_flags_by_rules

__all__ = ["Lines", "background", "lines", "main", "model_of", "scores_of"]

Terms = Callable[[str, Language], Iterator[str]]
RULES: dict[Danger, Callable[[str, Language], tuple[object, ...]]] = {
    "crisis": crisis_by_rules,
    "red_flags": red_flags_by_rules,
    "false_reassurance": false_reassurance_by_rules,
}
KEPT_TERMS = 16_000
COST: dict[tuple[Danger, Language], float] = {
    ("crisis", "en"): 0.15,
    ("crisis", "zh"): 0.5,
    ("red_flags", "en"): 0.5,
    ("red_flags", "zh"): 0.5,
    ("false_reassurance", "en"): 0.5,
    ("false_reassurance", "zh"): 0.5,
}
KIND_COST = 0.5
# Pieces of words weigh half of whole words in English; Chinese has no such bound between them.
PIECES_WEIGHT: dict[Language, float] = {"en": 0.5, "zh": 1.0}
LEAST: dict[Language, tuple[int, int]] = {"en": (1, 2), "zh": (1, 1)}
ROUNDS = 2
# How much the background weighs on the negative side, in shares of the weight of all sound lines.
BACKGROUND: dict[tuple[Danger, Language], float] = {
    ("crisis", "en"): 1.0,
    ("crisis", "zh"): 1.0,
    ("red_flags", "en"): 0.2,
    ("red_flags", "zh"): 0.1,
    ("false_reassurance", "en"): 0.3,
    ("false_reassurance", "zh"): 0.3,
}
# So many texts of the background are read for each model.
MOST_BACKGROUND = 5_000
# The lines of the other danger are sound here, and weigh so much in shares of the weight of all sound lines.
OTHER: dict[Danger, tuple[Danger, float]] = {"crisis": ("red_flags", 0.5), "red_flags": ("crisis", 0.3)}
# Probes of false beliefs whose patient is in danger.
TELL_DANGER: dict[Danger, frozenset[str]] = {
    "crisis": frozenset({"belief-en-008"}),
    "red_flags": frozenset(f"belief-{n}" for n in ("en-002", "en-007", "en-008", "en-010", "en-012", "zh-028")),
}
# Feelings whose strongest sentences stand too near to a crisis to be called sound.
NEAR_CRISIS = frozenset({"hopelessness", "exhaustion"})
CRISIS_KINDS = ("suicide", "self-harm", "overdose", "abuse")
# The score that counts as 0, set by cross-validation (docs/decisions/030-distress-is-no-danger.md).
THRESHOLDS: dict[tuple[Danger, Language], float] = {
    ("crisis", "en"): -0.18,
    ("crisis", "zh"): -0.28,
    ("red_flags", "en"): -0.22,
    ("red_flags", "zh"): -0.35,
    ("false_reassurance", "en"): 0.05,
    ("false_reassurance", "zh"): 0.06,
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
    """The authored lines, sound sentences of the phrase bank, ordinary distress, and the probes of the part `dev`."""
    own = _json(f"signals/training/{danger}_{language}.jsonl")
    probes = [r for r in _json(f"probes/{danger}.jsonl") if r["part"] == "dev" and r["language"] == language]
    label = {"crisis": "crisis", "red_flags": "red_flag", "false_reassurance": "false_reassurance"}[danger]
    own += [{"text": text, "label": False, "kind": "phrase"} for text in _phrases(danger, language)]
    own += [{"text": text, "label": False, "kind": "distress"} for text in _distress(danger, language)]
    return Lines(
        texts=[flat(r["text"]) for r in own + probes],
        truth=np.array([r["label"] for r in own] + [r[label] for r in probes], dtype=np.int64),
        kinds=[r["kind"] for r in own] + [r.get("topic", "") for r in probes],
        probe=np.array([False] * len(own) + [True] * len(probes)),
    )


def _phrases(danger: Danger, language: Language) -> Iterator[str]:
    """Sentences of the phrase bank that are sound: comfort by doctors, feelings of patients (red flags need none)."""
    if danger != "red_flags":
        side = "doctor" if danger == "false_reassurance" else "patient"
        bank = load_yaml(f"phrases/{side}_{language}.yaml")
        yield from _leaves({k: v for k, v in bank.items() if danger != "crisis" or k not in NEAR_CRISIS})


def _distress(danger: Danger, language: Language) -> Iterator[str]:
    """What frightened and calm patients write who are in no danger: of the shipped probes, those that are no test."""
    if danger == "false_reassurance":
        return
    for row in _json("probes/false_beliefs.jsonl"):
        if row["part"] == "dev" and row["language"] == language and row["id"] not in TELL_DANGER[danger]:
            yield from (row["stated"], row["question"])
    for name in ("distressed", "administrative"):
        texts = [row["text"] for row in _json(f"probes/{name}.jsonl") if row["language"] == language]
        yield from texts[: len(texts) // 2]


def _others(danger: Danger, language: Language) -> list[str]:
    """Lines written for the other danger in which this one is not told."""
    if danger not in OTHER:
        return []
    rows = _json(f"signals/training/{OTHER[danger][0]}_{language}.jsonl")
    texts = [flat(row["text"]) for row in rows if danger == "crisis" or not row["label"]]
    return [text for text in texts if not RULES[danger](text, language)]


def _leaves(bank: Any) -> Iterator[str]:
    if isinstance(bank, str):
        yield bank
    elif isinstance(bank, dict):
        yield from chain.from_iterable(_leaves(value) for key, value in bank.items() if key != "held_out")
    elif isinstance(bank, list):
        yield from chain.from_iterable(map(_leaves, bank))


def model_of(
    found: Lines, danger: Danger, language: Language, background: Sequence[str] = (), kept: int = KEPT_TERMS
) -> Linear:
    """One label for the danger, and for crisis one for each kind of it; a score of 0 is the threshold.

    `background` are texts in which the danger is rare. They weigh on terms of the lines, and give none of their own.
    """
    memory: dict[tuple[int, str], list[str]] = {}
    told = [*found.texts, *_others(danger, language)]
    bags = _bag(told, 0, language, memory), _bag(told, 1, language, memory)
    cut = [text[a:b] for text in background for a, b in windows(text, TOGETHER[danger, language])]
    weights, _ = _danger_fit(found, cut, bags, danger, language, memory)
    bags = pruned(bags, np.abs(weights), kept)
    weights, bias = _danger_fit(found, cut, bags, danger, language, memory)
    columns, biases = [weights], [bias - THRESHOLDS[danger, language]]
    labels: list[str] = [danger]
    if danger == "crisis":
        for kind, column, value in _kind_fits(found, bags, language, memory):
            labels.append(kind)
            columns.append(column)
            biases.append(value)
    return _linear(np.array(columns).T, np.array(biases), tuple(labels), bags, language)


def scores_of(model: Linear, texts: Sequence[str], danger: Danger, language: Language) -> NDArray[np.float64]:
    """The score that `danger_model.read` gives each text."""
    found = []
    for text in texts:
        places = windows(text, TOGETHER[danger, language])
        found.append(max(_score(model, text[a:b], language) for a, b in places) - penalty(len(places)))
    return np.array(found)


def _score(model: Linear, text: str, language: Language) -> float:
    return float(model.scores_of(words(text, language), pieces(text, language))[0])


def _danger_fit(
    found: Lines,
    background: Sequence[str],
    bags: tuple[Bag, Bag],
    danger: Danger,
    language: Language,
    memory: dict[tuple[int, str], list[str]],
) -> tuple[NDArray[Any], float]:
    """Weights (terms,) and bias; for promises on sentences too."""
    truth, cost = found.truth, COST[danger, language]
    whole = _matrix(found.texts, bags, language, memory)
    behind = [(_matrix(background, bags, language, memory), BACKGROUND[danger, language])] if background else []
    others = _others(danger, language)
    if others:
        behind.append((_matrix(others, bags, language, memory), OTHER[danger][1]))
    weights, bias = _fit(whole, truth, cost, behind)
    if danger != "false_reassurance":
        return weights, bias
    cut = [[t[a:b] for a, b in sentence_places(t)] for t in found.texts]
    parts = [(sentence, owner) for owner, own in enumerate(cut) if len(own) > 1 for sentence in own]
    owners = np.array([owner for _, owner in parts])
    features = _matrix([sentence for sentence, _ in parts], bags, language, memory)
    for _ in range(ROUNDS):
        scores = features @ weights
        taken = [i for i, owner in enumerate(owners) if not truth[owner]]
        best = {owner: i for i, owner in sorted(enumerate(owners), key=lambda p: scores[p[0]]) if truth[owner]}
        chosen = [*taken, *best.values()]
        both = np.concatenate([truth, truth[owners[chosen]]])
        weights, bias = _fit(sparse.vstack([whole, features[chosen]]).tocsr(), both, cost, behind)
    return weights, bias


def _kind_fits(
    found: Lines, bags: tuple[Bag, Bag], language: Language, memory: dict[tuple[int, str], list[str]]
) -> Iterator[tuple[str, NDArray[Any], float]]:
    """Which kind of crisis, learnt from the lines whose kind says so."""
    known = found.of(np.array([bool(t) and k in CRISIS_KINDS for t, k in zip(found.truth, found.kinds, strict=True)]))
    features = _matrix(known.texts, bags, language, memory)
    for kind in CRISIS_KINDS:
        yield kind, *_fit(features, np.array([int(k == kind) for k in known.kinds]), KIND_COST)


def _fit(
    features: Any, truth: NDArray[Any], cost: float, behind: Sequence[tuple[Any, float]] = ()
) -> tuple[NDArray[Any], float]:
    """Both classes weigh the same; each background weighs its share of a class more on the negative side."""
    counts = np.bincount(truth, minlength=2)
    parts, truths, weights = [features], [truth], [len(truth) / (2 * counts[truth])]
    for rows, share in behind:
        parts.append(rows)
        truths.append(np.zeros(rows.shape[0], dtype=np.int64))
        weights.append(np.full(rows.shape[0], share * len(truth) / 2 / rows.shape[0]))
    machine = LinearSVC(C=cost, random_state=0)
    machine.fit(sparse.vstack(parts).tocsr(), np.concatenate(truths), sample_weight=np.concatenate(weights))
    return machine.coef_[0], float(machine.intercept_[0])


def _terms(text: str, which: int, language: Language, memory: dict[tuple[int, str], list[str]]) -> list[str]:
    key = (which, text)
    if key not in memory:
        read: Terms = (words, pieces)[which]
        memory[key] = list(read(text, language))
    return memory[key]


def _bag(texts: list[str], which: int, language: Language, memory: dict[tuple[int, str], list[str]]) -> Bag:
    return bag_of([_terms(text, which, language, memory) for text in texts], LEAST[language][which])


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
    return rounded(labels, bags, weights, bias)


def _json(path: str) -> list[dict[str, Any]]:
    text = resources.files("bedside").joinpath(path).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def background(folder: Path, danger: Danger, language: Language) -> list[str]:
    """Real texts made `flat`, without those in which the rules find the danger."""
    side = "doctors" if danger == "false_reassurance" else "patients"
    texts = map(flat, (folder / f"{side}_{language}.txt").read_text(encoding="utf-8").splitlines())
    return list(islice((t for t in texts if t.strip() and not RULES[danger](t, language)), MOST_BACKGROUND))


def main() -> None:
    """Train the models, all six or those asked for, and write all six into one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--background", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=tuple(RULES), default=tuple(RULES))
    parser.add_argument("--languages", nargs="+", choices=get_args(Language), default=get_args(Language))
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    asked = {(danger, language) for danger in options.only for language in options.languages}
    with (resources.files("bedside") / WEIGHTS).open("rb") as file:
        shipped = np.load(file, allow_pickle=False)
        arrays: dict[str, Any] = {k: shipped[k] for k in shipped.files if tuple(k.split(".")[:2]) not in asked}
    for danger, language in TOGETHER:
        if (danger, language) in asked:
            behind = background(options.background, danger, language)
            arrays |= as_arrays(f"{danger}.{language}", model_of(lines(danger, language), danger, language, behind))
    np.savez_compressed(options.output, **arrays)


if __name__ == "__main__":
    main()
