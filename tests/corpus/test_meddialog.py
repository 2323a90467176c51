from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bedside.core.records import Rejected
from bedside.corpus.formats import meddialog
from bedside.corpus.raw import Raw
from tests.shared_data import shared_data

SAID = [("patient", "I cough."), ("doctor", "Rest: a lot.\nAnd drink.")]
FORM = "疾病： 肺炎\n病情描述：咳嗽三天。\n希望获得的帮助：怎么办？"


def read(tmp_path: Path, *rows: Any) -> list[Raw | Rejected]:
    path = tmp_path / "med.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return list(meddialog.read(path))


def turns_of(row: Raw | Rejected) -> list[tuple[str, str]]:
    assert isinstance(row, Raw)
    return [(m.role, m.content) for m in row.messages]


@pytest.mark.parametrize(
    "row",
    [
        {"utterances": ["patient: I cough.", "doctor: Rest: a lot.\nAnd drink."]},
        {"utterances": ["Patient：I cough.", " Doctor : Rest: a lot.\nAnd drink."]},
        {"utterances": ["病人：I cough.", "医生：Rest: a lot.\nAnd drink."]},
        {
            "dialogue_turns": [
                {"speaker": "patient", "utterance": "I cough."},
                {"speaker": "Doctor:", "utterance": "Rest: a lot.\nAnd drink."},
            ]
        },
        {
            "dialogue_turns": [
                {"speaker": "病人", "utterance": SAID[0][1]},
                {"speaker": "医生", "utterance": SAID[1][1]},
            ]
        },
        {"Patient": "I cough.", "Doctor": "Rest: a lot.\nAnd drink."},
    ],
    ids=["English", "capitals", "Chinese", "turns", "Chinese turns", "one pair"],
)
def test_turns_are_read_in_every_shape(tmp_path: Path, row: dict[str, Any]) -> None:
    (raw,) = read(tmp_path, row | {"description": "Q. Is it a cough? "})
    assert turns_of(raw) == SAID
    assert isinstance(raw, Raw)
    assert (raw.source, raw.key, raw.where) == ("meddialog", "med-0", f"{tmp_path / 'med.json'}#1")
    assert (raw.title, raw.language) == ("Is it a cough?", None)


def test_a_chinese_form_is_what_the_patient_said_first(tmp_path: Path) -> None:
    (row,) = read(tmp_path, {"description": FORM, "utterances": ["医生：多久了？", "病人：三天。", "医生：多休息。"]})
    told = ("patient", "咳嗽三天。\n怎么办？")
    assert turns_of(row) == [told, ("doctor", "多久了？"), ("patient", "三天。"), ("doctor", "多休息。")]


def test_json_lines_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "med.jsonl"
    line = json.dumps({"id": 7, "utterances": ["patient: a", "doctor: b"]})
    path.write_text(f"{line}\nbroken\n{line}\n", encoding="utf-8")
    first, second, third = meddialog.read(path)
    assert turns_of(first) == turns_of(third) == [("patient", "a"), ("doctor", "b")]
    assert isinstance(first, Raw)
    assert first.key == "med-7"
    assert isinstance(second, Rejected)
    assert second.where == f"{path}:2"


@pytest.mark.parametrize(
    "row",
    [
        None,
        {},
        {"utterances": "patient: a"},
        {"utterances": ["patient: a", "b"]},
        {"utterances": ["nurse: a"]},
        {"utterances": [5]},
        {"dialogue_turns": ["a"]},
        {"dialogue_turns": [{"speaker": "patient"}]},
        {"dialogue_turns": [{"speaker": 0, "utterance": "a"}]},
        {"Patient": "a"},
        {"Patient": "a", "Doctor": None},
    ],
    ids=str,
)
def test_a_broken_row_is_told_and_the_rows_around_it_are_read(tmp_path: Path, row: Any) -> None:
    good = {"Patient": "a", "Doctor": "b"}
    first, second, third = read(tmp_path, good, row, good)
    assert isinstance(first, Raw)
    assert isinstance(third, Raw)
    assert isinstance(second, Rejected)
    assert (second.where, second.reason) == (f"{tmp_path / 'med.json'}#2", "broken_row")


def test_every_row_of_the_real_file_is_read() -> None:
    path = shared_data("meddialog_sample/en_medical_dialog.json")
    rows = list(meddialog.read(path))
    assert len(rows) == len(json.loads(path.read_text(encoding="utf-8"))) == 101
    assert all(isinstance(row, Raw) and len(row.messages) == 2 and row.title for row in rows)
