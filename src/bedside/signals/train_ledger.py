"""Trains the decisions of the ledger (`losses`, `weighing`) and counts how rare words are.

`python -m bedside.signals.train_ledger --rewrites FILE ... --free FILE ... --texts DIR -o ledger.json`

Each FILE holds rewrites with corrupted twins, as JSON lines: language, patient, doctor, and for each side SIDE_rewrite
(faithful), SIDE_corrupt and SIDE_corrupt_type. DIR holds en.txt and zh.txt, real messages and answers, one a line, in
which words are counted. Whatever is found in a faithful rewrite is a false alarm; what is found in a corrupted one and
not in its faithful twin is true. Two logistic regressions, fitted and judged with one file left out at a time. The
files of `--free` are worded more freely than models are asked for: they count for less, and no threshold is chosen on
them. Each side has its own thresholds: those that find most, less ALARM_COST for each faithful side turned down. Prints
what that finds, and what other costs would. No text is kept in what is written: weights, and words with their rarity.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import product
from math import expm1, log
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from bedside.core.records import Language, Role
from bedside.signals import losses as lost_side
from bedside.signals import weighing
from bedside.signals.alignment import by_fixed_shares
from bedside.signals.ledger import doubted, items
from bedside.signals.losses import lost_features, traces
from bedside.signals.reading import Reading, read_text
from bedside.signals.words import clauses

__all__ = ["main"]

SIDES: tuple[Role, Role] = ("patient", "doctor")
# Corruptions that leave something out.
LOSSES = frozenset({"history_removed", "red_flag_removed", "test_dropped", "question_dropped"})
# A clause lost something when so much more of its worth, and this much more of its share, is missing than in the twin.
LOST_WORTH, LOST_SHARE = 4.0, 0.2
COSTS = {"lost": 1.0, "found": 0.1}
# What a faithful side turned down costs (one more request), where a corruption that passes costs 1; others are told of.
ALARM_COST = 1.2
TOLD_COSTS = (0.7, 1.0, ALARM_COST, 1.6, 2.0, 3.0)
# A freely worded file counts for so much in the fits.
FREE_WEIGHT = 0.5
# Rarity is kept for words that are in so many texts or more; rarer ones count as rarest.
LEAST_TEXTS = 4
MISSING, SAID = lost_side.FEATURES.index("missing"), lost_side.FEATURES.index("said")
Rows = NDArray[np.float64]


class Side(NamedTuple):
    """One side of a rewrite: the rows of both decisions, which rows are true, and what each row is found of."""

    file: str
    row: str
    side: Role
    weight: float
    kind: str
    lost: Rows
    lost_true: NDArray[np.bool_]
    found: Rows
    found_true: NDArray[np.bool_]
    exact: NDArray[np.bool_]
    fixed: bool


Twins = tuple[Side, Side | None]


def sides(path: Path, weight: float = 1.0) -> list[Twins]:
    """The faithful and the corrupted twin of each side of each row."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row.get("doctor_rewrite"):
            found += [_twins(row, side, path.stem, weight) for side in SIDES]
    return found


def _twins(row: dict[str, Any], side: Role, file: str, weight: float) -> Twins:
    language: Language = row["language"]
    original = read_text(row[side], language)
    known = (
        () if side == "patient" else tuple(read_text(row[name], language) for name in ("patient", "patient_rewrite"))
    )
    name = f"{file} {row['id']}"
    texts = [read_text(row[key], language) for key in (f"{side}_rewrite", f"{side}_corrupt") if row.get(key)]
    read = [_read(original, text, known, side) for text in texts]
    nothing = np.zeros(len(read[0].lost), dtype=bool), np.zeros(len(read[0].found), dtype=bool)
    of = file, name, side, weight
    faithful = Side(*of, "faithful", read[0].lost, nothing[0], read[0].found, nothing[1], read[0].exact, read[0].fixed)
    if len(read) == 1:
        return faithful, None
    kind = str(row[f"{side}_corrupt_type"])
    lost, new = (
        _lost_there(read[0], read[1], kind),
        np.array([key not in read[0].keys for key in read[1].keys], dtype=bool),
    )
    return faithful, Side(*of, kind, read[1].lost, lost, read[1].found, new, read[1].exact, read[1].fixed)


class _Read(NamedTuple):
    starts: list[int]
    lost: Rows
    keys: list[tuple[str, ...]]
    found: Rows
    exact: NDArray[np.bool_]
    fixed: bool


def _read(before: Reading, after: Reading, known: tuple[Reading, ...], side: Role) -> _Read:
    there = traces(before, after)
    chosen = lost_features(before, after, side, there)
    all_items = items(before, after, known, side)
    # What is minor by its kind turns nothing down.
    asked = [f for f in doubted(all_items) if (f.kind, f.outcome) != ("urgency", "added")]
    rows = weighing.found_features(asked, before, after, side, there, traces(after, before))
    texts = [(before if f.place == "original" else after).text[f.start : f.end] for f in asked]
    return _Read(
        [trace.clause.start for trace, _ in chosen],
        np.array([row for _, row in chosen], dtype=float).reshape(-1, len(lost_side.FEATURES)),
        [(f.kind, f.outcome, text) for f, text in zip(asked, texts, strict=True)],
        np.array(rows, dtype=float).reshape(-1, len(weighing.FEATURES)),
        np.array([f.kind in weighing.EXACT for f in asked], dtype=bool),
        by_fixed_shares(before, after),
    )


def _lost_there(faithful: _Read, corrupted: _Read, kind: str) -> NDArray[np.bool_]:
    """Which clauses lost something in the corrupted twin; at least the one that lost most, where something was."""
    twin = dict(zip(faithful.starts, faithful.lost, strict=True))
    more, share = [], []
    for start, row in zip(corrupted.starts, corrupted.lost, strict=True):
        other = twin.get(start)
        more.append(float(expm1(row[MISSING])) - (float(expm1(other[MISSING])) if other is not None else 0.0))
        share.append((float(other[SAID]) if other is not None else 1.0) - float(row[SAID]))
    true = np.array([m >= LOST_WORTH and s >= LOST_SHARE for m, s in zip(more, share, strict=True)], dtype=bool)
    if kind in LOSSES and more and not true.any() and max(more) > 0:
        true[int(np.argmax(more))] = True
    return true


class Fit(NamedTuple):
    """A decision whose bias holds no threshold yet."""

    weights: NDArray[np.float64]
    bias: float

    def best(self, rows: Rows) -> float:
        return float((rows @ self.weights).max()) + self.bias if len(rows) else -np.inf


def fit(name: str, twins: Iterable[Twins]) -> Fit:
    """A logistic regression: all that is found in faithful sides against what is true in corrupted ones."""
    rows, true, weights = [], [], []
    for faithful, corrupted in twins:
        if faithful.fixed:
            continue
        own = faithful.lost if name == "lost" else faithful.found
        rows += list(own)
        true += [0] * len(own)
        weights += [faithful.weight] * len(own)
        if corrupted is not None and (name == "found" or corrupted.kind in LOSSES):
            chosen = corrupted.lost[corrupted.lost_true] if name == "lost" else corrupted.found[corrupted.found_true]
            rows += list(chosen)
            true += [1] * len(chosen)
            weights += [corrupted.weight / max(1, len(chosen))] * len(chosen)
    scaler = StandardScaler().fit(np.array(rows))
    model = LogisticRegression(C=COSTS[name], max_iter=5000)
    model.fit(scaler.transform(np.array(rows)), true, sample_weight=weights)
    folded = model.coef_[0] / scaler.scale_
    return Fit(folded, float(model.intercept_[0] - folded @ scaler.mean_))


class Scored(NamedTuple):
    """The highest scores of a side that was left out; of a corrupted one, of what is true in it only for `found`."""

    file: str
    row: str
    side: Role
    free: bool
    kind: str
    lost: float
    found: float


Judged = tuple[Scored, Scored | None]


def left_out(twins: Sequence[Twins]) -> list[Judged]:
    """Each side's scores by decisions that were fitted without its file."""
    scored = []
    for file in dict.fromkeys(faithful.file for faithful, _ in twins):
        rest = [t for t in twins if t[0].file != file]
        fits = {name: fit(name, rest) for name in COSTS}
        scored += [(_scored(a, fits), _scored(b, fits) if b else None) for a, b in twins if a.file == file]
    return scored


def _scored(side: Side, fits: dict[str, Fit]) -> Scored:
    of = side.file, side.row, side.side, side.weight < 1, side.kind
    if side.fixed:
        true = side.found_true.any() if side.kind != "faithful" else len(side.found) > 0
        return Scored(*of, -np.inf, np.inf if true else -np.inf)
    chosen = np.ones(len(side.found), dtype=bool) if side.kind == "faithful" else side.found_true
    margins = weighing.EXACT_MARGIN * side.exact[chosen]
    scores = side.found[chosen] @ fits["found"].weights + fits["found"].bias + margins
    return Scored(*of, fits["lost"].best(side.lost), float(scores.max()) if len(scores) else -np.inf)


Thresholds = dict[Role, tuple[float, float]]


def thresholds(scored: Sequence[Judged], cost: float) -> Thresholds:
    """For each side the two thresholds that find most, less the cost of false alarms, in what is closely worded."""
    grid = np.arange(-2.0, 3.5, 0.1)
    chosen: Thresholds = {}
    for side in SIDES:
        some = [t for t in scored if t[0].side == side and not t[0].free]
        chosen[side] = max(product(grid, grid), key=lambda pair: _gain(some, {side: pair}, cost))
    return chosen


def _gain(scored: Sequence[Judged], at: Thresholds, cost: float) -> float:
    alarms, hits = _found_at(scored, at)
    return hits - cost * alarms


def _alarm(a: Scored, at: Thresholds) -> bool:
    return a.lost > at[a.side][0] or a.found > at[a.side][1]


def _found_at(scored: Sequence[Judged], at: Thresholds) -> tuple[float, float]:
    """The share of faithful sides turned down, and of corrupted ones in which something new is found."""
    hits = [(b.lost > at[b.side][0] >= a.lost) or b.found > at[b.side][1] for a, b in scored if b]
    return float(np.mean([_alarm(a, at) for a, _ in scored])), float(np.mean(hits))


def told(scored: Sequence[Judged]) -> str:
    """What the decisions find of sides that they were not fitted on, at several costs of a false alarm."""
    lines = ["| cost | files | rows turned down | sides turned down | found | patient | doctor |", "|" + "---|" * 7]
    for cost in TOLD_COSTS:
        at = thresholds(scored, cost)
        lines += [_line(f"{cost} | {name}", some, at) for name, some in _groups(scored)]
    at = thresholds(scored, ALARM_COST)
    for kind in sorted({b.kind for _, b in scored if b}):
        some = [t for t in scored if t[1] and t[1].kind == kind and not t[0].free]
        lines.append(f"{kind}: found {_found_at(some, at)[1]:.3f} of {len(some)}")
    return "\n".join((*lines, f"thresholds: {at}"))


def _groups(scored: Sequence[Judged]) -> list[tuple[str, list[Judged]]]:
    files = [(file, [t for t in scored if t[0].file == file]) for file in dict.fromkeys(a.file for a, _ in scored)]
    wording = [(name, [t for t in scored if t[0].free == free]) for name, free in (("close", False), ("free", True))]
    return [(name, some) for name, some in (*wording, *files) if some]


def _line(name: str, scored: Sequence[Judged], at: Thresholds) -> str:
    rows = len({a.row for a, _ in scored})
    down = len({a.row for a, _ in scored if _alarm(a, at)}) / rows
    both = [_found_at([t for t in scored if t[0].side == side], at)[1] for side in SIDES]
    alarms, hits = _found_at(scored, at)
    return f"| {name} ({rows}) | {down:.3f} | {alarms:.3f} | {hits:.3f} | {both[0]:.3f} | {both[1]:.3f} |"


def rarities(path: Path, language: Language) -> dict[str, list[str]]:
    """Words by ten times their rarity, of a file of texts, one a line."""
    texts = path.read_text(encoding="utf-8").splitlines()
    counts = Counter(
        unit
        for text in texts
        for unit in {w.unit for c in clauses(text, language, ()) for w in c.words}
        if unit[0] != "#"
    )
    found: dict[str, list[str]] = {}
    for unit, count in sorted(counts.items()):
        if count >= LEAST_TEXTS:
            found.setdefault(f"{10 * log(len(texts) / count):.0f}", []).append(unit)
    return found


def _decision(name: str, twins: Sequence[Twins], chosen: Thresholds) -> dict[str, Any]:
    """A decision as it ships: the thresholds are in its bias, and in the weight of `doctor` where the sides differ."""
    features = lost_side.FEATURES if name == "lost" else weighing.FEATURES
    whole = fit(name, twins)
    patient, doctor = (float(chosen[side][list(COSTS).index(name)]) for side in SIDES)
    weights = whole.weights.copy()
    weights[features.index("doctor")] -= doctor - patient
    return {
        "features": features,
        "weights": [round(float(w), 4) for w in weights],
        "bias": round(whole.bias - patient, 4),
    }


def main() -> None:
    """Train, judge, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rewrites", type=Path, nargs="+", required=True)
    parser.add_argument("--free", type=Path, nargs="*", default=[], help="more freely worded than models are asked for")
    parser.add_argument("--texts", type=Path, help="count words anew; without it the table of --out stays")
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    if asked.texts:
        table = {language: rarities(asked.texts / f"{language}.txt", language) for language in ("en", "zh")}
        decisions: dict[str, Any] = {}
        asked.out.write_text(
            json.dumps({"decisions": decisions, "rarity": table}, ensure_ascii=False), encoding="utf-8"
        )
    data = json.loads(asked.out.read_text(encoding="utf-8"))
    twins = [t for path in asked.rewrites for t in sides(path)]
    twins += [t for path in asked.free for t in sides(path, FREE_WEIGHT)]
    scored = left_out(twins)
    print(told(scored))  # noqa: T201 - what it is run for
    chosen = thresholds(scored, ALARM_COST)
    data["decisions"] = {name: _decision(name, twins, chosen) for name in COSTS}
    asked.out.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
