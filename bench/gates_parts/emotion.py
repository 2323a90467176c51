"""Emotion, comfort need, reply levels and their speed.

DATA holds goemotions/, empathy_applicability/ and epitome/. Test parts: GoEmotions' own test file; EA_test.csv; the
half of EPITOME whose seeker's SHA-256 begins with an odd byte (rules were tried on the other half; EPITOME's licence
allows no more than to measure); the held-out half of the authored patient sentences. Intervals are 95 %: bootstrap
(1,000 samples, seed 0; by seeker for EPITOME), Clopper-Pearson for shares.
"""

from __future__ import annotations

import csv
import hashlib
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from bedside.core.phrases import phrase_bank
from bedside.core.records import Language
from bedside.signals.comfort import comfort_acts
from bedside.signals.emotion import MAPPED, comfort_need, emotion_of, labels_of
from bedside.signals.linear import WEIGHTS, load
from bedside.signals.response_levels import exploration_level, reaction_level
from bedside.signals.train_emotion import Labelled, need_model, need_rows, tsv_rows
from gates_parts.tables import Row

SAMPLES = 1000
EXPECTED = {"calm": 0, "implicit": 1, "explicit_2": 2, "explicit_3": 3}
Numbers = NDArray[Any]


def rows(data: Path) -> list[Row]:
    """Every row of this part."""
    return [
        *_go_emotions(data / "goemotions"),
        *_need(data / "empathy_applicability"),
        *_levels(data / "epitome"),
        *_authored("en"),
        *_authored("zh"),
        *_speed(data / "goemotions"),
    ]


def _go_emotions(folder: Path) -> list[Row]:
    model = load("emotions")
    test = tsv_rows(folder / "test.tsv", len(model.labels))
    read = np.array([model.scores(text) >= 0 for text in test.texts]).astype(int)
    groups = {**MAPPED, "neutral": "neutral"}
    names = sorted(set(groups.values()))
    columns = [[n for n, label in enumerate(model.labels) if groups.get(label) == name] for name in names]
    truth_of, read_of = (np.array([part[:, c].max(axis=1) for c in columns]).T for part in (test.truth, read))
    found = [_f1("GoEmotions test, macro-F1 of 28 labels", test.truth, read, "≥ 0.42")]
    found.append(_f1(f"GoEmotions test, macro-F1 of {len(names)} mapped emotions", truth_of, read_of, ""))
    return found + [
        _f1(f"  {name}", truth_of[:, [n]], read_of[:, [n]], "")._replace(n=int(truth_of[:, n].sum()))
        for n, name in enumerate(names)
    ]


def _f1(name: str, truth: Numbers, read: Numbers, bar: str) -> Row:
    def macro(weights: Numbers) -> Numbers:
        both, either = weights @ (truth & read), weights @ (truth + read)
        return np.asarray((2 * both / np.maximum(either, 1)).mean(axis=1))

    size = len(truth)
    return _row(name, macro, np.ones((1, size)), _samples(np.arange(size)), size, bar)


def _need(folder: Path) -> list[Row]:
    train, test = need_rows(folder / "EA_train.csv"), need_rows(folder / "EA_test.csv")
    scores = np.array([comfort_need(text, "en") for text in test.texts])
    unseen = np.zeros(len(train.texts))
    for fit, held in StratifiedKFold(5, shuffle=True, random_state=0).split(train.texts, train.truth[:, 0]):
        model = need_model(Labelled([train.texts[n] for n in fit], train.truth[fit]))
        unseen[held] = [float(model.scores(train.texts[n])[0]) for n in held]
    return [
        _auc("comfort need, AUC on EA_test", test.truth[:, 0], scores),
        _auc("comfort need, AUC in 5 folds of EA_train", train.truth[:, 0], unseen),
    ]


def _auc(name: str, truth: Numbers, scores: Numbers) -> Row:
    draw = np.random.default_rng(0)
    chosen = (draw.integers(0, len(truth), len(truth)) for _ in range(SAMPLES))
    areas = [roc_auc_score(truth[c], scores[c]) for c in chosen]
    low, high = np.quantile(areas, (0.025, 0.975))
    return Row(name, float(roc_auc_score(truth, scores)), float(low), float(high), len(truth), "≥ 0.80")


def _levels(folder: Path) -> list[Row]:
    parts = (("emotional-reactions", reaction_level, "≥ 0.55"), ("explorations", exploration_level, "≥ 0.60"))
    return [
        _kappa(f"EPITOME {name}, {half} half, weighted kappa", _half(folder, name, odd), level, bar if odd else "")
        for name, level, bar in parts
        for half, odd in (("validation", 1), ("development", 0))
    ]


def _half(folder: Path, name: str, odd: int) -> list[dict[str, str]]:
    with (folder / f"{name}-reddit.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if hashlib.sha256(row["sp_id"].encode()).digest()[0] % 2 == odd]


def _kappa(name: str, replies: list[dict[str, str]], level: Callable[[str, Language], int], bar: str) -> Row:
    cells = np.zeros((len(replies), 9))
    for n, reply in enumerate(replies):
        cells[n, 3 * int(reply["level"]) + level(reply["response_post"], "en")] = 1
    penalty = np.array([(row - column) ** 2 for row in range(3) for column in range(3)])

    def kappa(weights: Numbers) -> Numbers:
        table = (weights @ cells).reshape(-1, 3, 3)
        chance = table.sum(2)[:, :, None] * table.sum(1)[:, None, :] / table.sum((1, 2))[:, None, None]
        return np.asarray(1 - table.reshape(-1, 9) @ penalty / (chance.reshape(-1, 9) @ penalty))

    _, seeker = np.unique([reply["sp_id"] for reply in replies], return_inverse=True)
    return _row(name, kappa, np.ones((1, len(replies))), _samples(seeker), len(replies), bar)


def _samples(group: Numbers) -> Numbers:
    """How often each row is drawn when groups are drawn with replacement: shape (samples, rows)."""
    size = int(group.max()) + 1
    drawn = np.random.default_rng(0).multinomial(size, np.full(size, 1 / size), size=SAMPLES)
    return np.asarray(drawn[:, group], dtype=np.float32)


def _row(name: str, measure: Callable[[Numbers], Numbers], once: Numbers, drawn: Numbers, n: int, bar: str) -> Row:
    low, high = np.quantile(measure(drawn), (0.025, 0.975))
    return Row(name, float(measure(once)[0]), float(low), float(high), n, bar)


def _authored(language: Language) -> list[Row]:
    """Each held-out authored sentence alone: is a feeling read, is it the right one, how strong."""
    lines = [
        (emotion, level, emotion_of(line, language))
        for emotion, levels in phrase_bank(language).patient.items()
        for level, phrases in levels.items()
        for line in phrases.held_out
    ]
    found = []
    for level, expected in EXPECTED.items():
        read = [(emotion, reading) for emotion, of, reading in lines if of == level]
        right = sum(reading.emotion == emotion for emotion, reading in read)
        strength = sum(reading.intensity == expected for _, reading in read)
        name = f"authored held-out, {language}, {level}"
        found.append(_share(f"{name}: emotion", right, len(read), ""))
        found.append(_share(f"{name}: intensity", strength, len(read), ""))
    return found


def _share(name: str, hits: int, n: int, bar: str) -> Row:
    low = float(beta.ppf(0.025, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, n - hits)) if hits < n else 1.0
    return Row(name, hits / n, low, high, n, bar)


def _speed(folder: Path) -> list[Row]:
    texts = tsv_rows(folder / "dev.tsv", 28).texts[:1000]
    readers: list[tuple[str, Callable[[str], object]]] = [
        ("labels_of", labels_of),
        ("emotion_of", lambda text: emotion_of(text, "en")),
    ]
    found = [_microseconds(name, reader, texts) for name, reader in readers]
    size = (resources.files("bedside") / WEIGHTS).read_bytes()
    megabytes = len(size) / 1e6
    return [*found, Row("weights, MB", megabytes, megabytes, megabytes, 1, "≤ 3"), _growth("en"), _growth("zh")]


def _microseconds(name: str, reader: Callable[[str], object], texts: list[str]) -> Row:
    reader(texts[0])
    times = sorted(_timed(partial(reader, text)) * 1e6 for text in texts)
    spread = np.quantile(times, (0.025, 0.975))
    mean = round(statistics.mean(map(len, texts)))
    name = f"{name}, median µs a text of {mean} characters (range: 95 % of texts)"
    return Row(name, statistics.median(times), float(spread[0]), float(spread[1]), len(texts), "≤ 300")


def _growth(language: Language) -> Row:
    """The worst ratio of the times for 40,000 and 20,000 characters, over repeated patterns."""
    words = ("you are so worried ", "not ", "sorry ", "aaaa", "?", "!. ", "I am afraid, ", "hope it ", " ")
    patterns = words if language == "en" else ("您很担心", "不", "怕", "祝您", "？", "！", "我很怕，", "没有", "一")
    readers = (emotion_of, reaction_level, exploration_level, comfort_acts)
    worst = max(_ratio(reader, pattern, language) for pattern in patterns for reader in readers)
    cases = len(patterns) * len(readers)
    return Row(f"time of 40,000 / 20,000 characters, worst, {language}", worst, worst, worst, cases, "≤ 3")


def _ratio(reader: Callable[[str, Language], object], pattern: str, language: Language) -> float:
    text = pattern * (20_000 // len(pattern))
    once = min(_timed(partial(reader, text, language)) for _ in range(5))
    return min(_timed(partial(reader, text * 2, language)) for _ in range(5)) / once


def _timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    for row in rows(Path(sys.argv[1])):
        print(f"{row.name:<78} {row.figure:8.3f}  [{row.low:.3f}, {row.high:.3f}]  n {row.n:<6} {row.bar}")
