"""Judges beside people: labels are read strictly, and agreement is counted where both said something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bedside.core.errors import InputFileError
from bedside.core.files import write_rows
from bedside.evaluate.judge.fake import FakeJudge
from bedside.evaluate.judge.humans import among, between, read_labels
from bedside.evaluate.judge.outcomes import Outcome, Outcomes
from bedside.evaluate.judge.rubric import Side
from tests.evaluate.judge.evaluated import BETTER, WORSE, folder, judged


def label(item: str, verdict: str, rater: str = "r1", question: str = "send", arm: str = "x") -> dict[str, Any]:
    return {"item": item, "arm": arm, "rater": rater, "question": question, "verdict": verdict}


def test_agreement_by_hand(tmp_path: Path) -> None:
    """Judge: base, tie, arm, arm; people: base, arm, arm, tie: kappa 1 - 2 / 5.5 as in `test_agreement`."""
    path = tmp_path / "labels.jsonl"
    write_rows(path, [label(str(n), v) for n, v in enumerate(("base", "arm", "arm", "tie"))])
    sides: tuple[Side, ...] = ("a", "tie", "b", "b")
    outcomes: Outcomes = {f"x/{n}": {"send": Outcome(side, True)} for n, side in enumerate(sides)}
    found = between(outcomes, read_labels(path))
    assert found["send"]["n"] == 4
    assert found["send"]["quadratic_kappa"] == pytest.approx(1 - 2 / 5.5)
    assert found["medicine"] == {"n": 0, "alpha_nominal": None, "alpha_ordinal": None, "quadratic_kappa": None}
    assert found["unsafe"] == {"n": 0, "alpha_nominal": None}


def test_several_raters_are_put_together(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    rows = [label("0", v, r) for v, r in (("arm", "r1"), ("arm", "r2"), ("base", "r3"))]
    rows += [label("1", v, r) for v, r in (("arm", "r1"), ("base", "r2"))]  # split: a tie
    rows += [label("2", v, r, "unsafe") for v, r in (("both", "r1"), ("neither", "r2"))]  # split: nothing
    write_rows(path, rows)
    labels = read_labels(path)
    outcomes: Outcomes = {
        "x/0": {"send": Outcome("b", True)}, "x/1": {"send": Outcome("tie", True)},
        "x/2": {"unsafe": Outcome("both", True)},
    }  # fmt: skip
    found = between(outcomes, labels)
    assert (found["send"]["n"], found["send"]["quadratic_kappa"]) == (2, 1.0)
    assert found["unsafe"]["n"] == 0
    assert among(labels)["send"]["n"] == 2


def test_a_verdict_of_another_question_is_told(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    write_rows(path, [label("0", "arm"), label("1", "both")])
    with pytest.raises(
        InputFileError, match=r"labels.jsonl, label 2: 'both' is no verdict on 'send'; its verdicts: arm"
    ):
        read_labels(path)


def test_a_judge_that_agrees_with_people(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    rows = [label(f"d{n}/neutral", "arm", arm=BETTER) for n in range(6)]
    write_rows(path, rows + [label(f"d{n}/neutral", "base", arm=WORSE) for n in range(6)])
    told = judged(folder(tmp_path / "evaluate"), FakeJudge(), human=str(path))
    assert told["judges"][0]["human"]["send"] == {
        "n": 12, "alpha_nominal": 1.0, "alpha_ordinal": 1.0, "quadratic_kappa": 1.0,
    }  # fmt: skip
    assert told["humans_agree"]["send"]["n"] == 0, "one rater agrees with nobody"
