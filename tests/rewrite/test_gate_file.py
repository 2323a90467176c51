"""`gate_file` gives every row a verdict and counts that add up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bedside.core.errors import InputFileError
from bedside.core.files import read_rows, write_rows
from bedside.rewrite.gate_file import gate_file
from tests.rewrite.consultations import COMFORT, DOCTOR, FEELING, PATIENT


def row(name: str, doctor: str = f"{COMFORT} {DOCTOR}", **more: Any) -> dict[str, Any]:
    asked = {"emotion": "anxiety", "intensity": 2, "mode": "explicit concern"}
    texts = {"patient": PATIENT, "doctor": DOCTOR, "patient_rewrite": f"{FEELING} {PATIENT}", "doctor_rewrite": doctor}
    return {"id": name, "language": "en", "somebody's own field": 1} | texts | asked | more


def test_each_row_gets_a_verdict_and_the_counts_add_up(tmp_path: Path) -> None:
    rows = [
        row("good"),
        row("dose", f"{COMFORT} {DOCTOR}".replace("400 mg", "40 mg")),
        row("cold", DOCTOR),
        row("calm", DOCTOR, patient_rewrite=PATIENT, emotion="neutral", intensity=0, mode="none"),
        row("gushing", emotion="neutral", intensity=0, mode="none"),
    ]
    write_rows(tmp_path / "in.jsonl", rows)
    counts = gate_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert counts == {"read": 5, "accepted": 2, "rejected": 3}
    verdicts = list(read_rows(tmp_path / "out.jsonl", dict))
    assert [verdict["id"] for verdict in verdicts] == [r["id"] for r in rows]
    assert [verdict["id"] for verdict in verdicts if verdict["accepted"]] == ["good", "calm"]
    assert {v["id"]: [reason["gate"] for reason in v["reasons"]] for v in verdicts} == {
        "good": [],
        "dose": ["facts"],
        "cold": ["comfort"],
        "calm": [],
        "gushing": ["comfort"],
    }
    assert "400 mg" in verdicts[1]["reasons"][0]["detail"]
    assert {entry["outcome"] for entry in verdicts[0]["ledger"]} == {"kept"}


def test_emotion_is_neutral_where_it_is_not_given(tmp_path: Path) -> None:
    bare = {key: value for key, value in row("a").items() if key not in ("emotion", "intensity", "mode")}
    write_rows(tmp_path / "in.jsonl", [bare, bare | {"patient_rewrite": PATIENT, "doctor_rewrite": DOCTOR}])
    assert gate_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl") == {"read": 2, "accepted": 1, "rejected": 1}


def test_an_empty_file_gives_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(b"")
    assert gate_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl") == {"read": 0, "accepted": 0, "rejected": 0}
    assert (tmp_path / "out.jsonl").read_bytes() == b""


def test_a_row_that_is_no_rewrite_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", [row("a"), {"id": "b", "language": "en"}])
    with pytest.raises(InputFileError) as caught:
        gate_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert caught.value.where == f"{tmp_path / 'in.jsonl'}:2"
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


@pytest.mark.parametrize("mode", ["none", "neutral"])
def test_a_calm_patient_may_be_written_in_two_ways(tmp_path: Path, mode: str) -> None:
    calm: dict[str, Any] = {"emotion": "neutral", "intensity": 0, "mode": mode}
    write_rows(tmp_path / "in.jsonl", [row("a", DOCTOR, patient_rewrite=PATIENT, **calm), row("b", **calm)])
    assert gate_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl") == {"read": 2, "accepted": 1, "rejected": 1}
    assert [v["accepted"] for v in read_rows(tmp_path / "out.jsonl", dict)] == [True, False]


def test_an_unknown_mode_is_named(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", [row("a", mode="calm")])
    with pytest.raises(InputFileError):
        gate_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl")


def test_chinese_rows_are_judged(tmp_path: Path) -> None:
    patient, doctor = "我头痛3天了。", "布洛芬每日三次，服用5天。"
    texts = row("x") | {
        "language": "zh",
        "patient": patient,
        "doctor": doctor,
        "patient_rewrite": f"我好担心。{patient}",
    }
    answers = {"good": doctor, "dose": doctor.replace("5天", "5周")}
    rows = [texts | {"id": name, "doctor_rewrite": f"听得出您很担心。{text}"} for name, text in answers.items()]
    write_rows(tmp_path / "in.jsonl", rows)
    gate_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert [v["accepted"] for v in read_rows(tmp_path / "out.jsonl", dict)] == [True, False]


def test_a_minor_reason_alone_rejects_nothing(tmp_path: Path) -> None:
    write_rows(tmp_path / "in.jsonl", [row("a", f"I'm so sorry to hear that. {COMFORT} {DOCTOR}")])
    gate_file(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    (verdict,) = read_rows(tmp_path / "out.jsonl", dict)
    assert {reason["severity"] for reason in verdict["reasons"]} == {"minor"}
    assert verdict["accepted"]
