"""Human labels beside the judges': a JSONL file of `HumanLabel`, such as `bedside review` writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bedside.core.agreement import Metric, alphas, quadratic_kappa
from bedside.core.errors import InputFileError
from bedside.core.files import read_rows
from bedside.core.records import HumanLabel
from bedside.evaluate.judge.outcomes import Outcomes
from bedside.evaluate.judge.rubric import COMPARED, FLAGGED, QUESTIONS, Question, Side

__all__ = ["Labels", "among", "between", "read_labels"]

SIDES: dict[str, Side] = {"base": "a", "arm": "b", "tie": "tie", "both": "both", "neither": "neither"}
# An order for the compared: the base's win, a tie, the arm's. The flagged have none.
SCALE: dict[str, int] = {"a": 0, "tie": 1, "b": 2, "both": 3, "neither": 4}


# By question and pair: the sides that were said.
Labels = dict[Question, dict[str, list[Side]]]


def read_labels(path: Path) -> Labels:
    """The labels of a file.

    Raises:
        InputFileError: a row that is none, or a verdict that its question does not have.
    """
    labels: Labels = {question: defaultdict(list) for question in QUESTIONS}
    for number, row in enumerate(read_rows(path, HumanLabel), start=1):
        known = ("arm", "base", "tie") if row.question in COMPARED else ("arm", "base", "both", "neither")
        if row.verdict not in known:
            what = f"{row.verdict!r} is no verdict on {row.question!r}; its verdicts: {', '.join(known)}"
            raise InputFileError(what, where=f"{path}, label {number}")
        labels[row.question][f"{row.arm}/{row.item}"].append(SIDES[row.verdict])
    return labels


def among(units: dict[Question, dict[str, list[Side]]]) -> dict[str, Any]:
    """Agreement of several raters with one another: people, or judges."""
    return {question: _alphas(question, [_numbers(unit) for unit in units[question].values()]) for question in units}


def between(outcomes: Outcomes, labels: Labels) -> dict[str, Any]:
    """A judge's agreement with what most people said (an even split is a tie; of flagged ones it falls out)."""
    told: dict[str, Any] = {}
    for question in QUESTIONS:
        both = [
            (SCALE[outcome.side], SCALE[human])
            for pair, sides in labels[question].items()
            if (outcome := outcomes.get(pair, {}).get(question)) and (human := _most(question, sides))
        ]
        told[question] = _alphas(question, both)
        if question not in FLAGGED:
            kappa = quadratic_kappa([judge for judge, _ in both], [human for _, human in both], (0, 1, 2))
            told[question]["quadratic_kappa"] = kappa
    return told


def _alphas(question: Question, units: Sequence[Sequence[int]]) -> dict[str, Any]:
    metrics: tuple[Metric, ...] = ("nominal",) if question in FLAGGED else ("nominal", "ordinal")
    return alphas(units, *metrics)


def _numbers(sides: Sequence[Side]) -> list[int]:
    return [SCALE[side] for side in sides]


def _most(question: Question, sides: list[Side]) -> Side | None:
    top: Side = max(sides, key=sides.count)
    alone = sum(sides.count(side) == sides.count(top) for side in set(sides)) == 1
    return top if alone else None if question in FLAGGED else "tie"
