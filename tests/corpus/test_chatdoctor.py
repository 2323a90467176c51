from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bedside.core.records import Message, Rejected
from bedside.corpus.formats import chatdoctor
from bedside.corpus.raw import Raw

TASK = "If you are a doctor, please answer the medical questions based on the patient's description."
LICENCE = "copyright of the consultation sites; research"


@pytest.mark.parametrize(
    "row",
    [
        {"instruction": TASK, "input": "I cough.", "output": "Rest."},
        {"input": "I cough.", "answer_icliniq": "Rest.", "answer_chatgpt": "x", "answer_chatdoctor": "y"},
    ],
    ids=["HealthCareMagic", "iCliniq"],
)
def test_the_doctors_own_answer_is_taken(tmp_path: Path, row: dict[str, Any]) -> None:
    path = tmp_path / "chat.json"
    path.write_text(json.dumps([row]), encoding="utf-8")
    messages = (Message("patient", "I cough."), Message("doctor", "Rest."))
    assert list(chatdoctor.read(path)) == [Raw("chatdoctor", "chat-0", f"{path}#1", messages, LICENCE, "en")]


def test_the_task_is_never_the_patients_words(tmp_path: Path) -> None:
    path = tmp_path / "chat.json"
    path.write_text(json.dumps([{"instruction": TASK, "input": "", "output": "Rest."}]), encoding="utf-8")
    (row,) = chatdoctor.read(path)
    assert isinstance(row, Raw)
    assert row.messages[0] == Message("patient", "")


@pytest.mark.parametrize("row", [None, {}, {"input": "a"}, {"instruction": "a", "output": "b"}, {"input": 5}], ids=str)
def test_a_broken_row_is_told(tmp_path: Path, row: Any) -> None:
    path = tmp_path / "chat.json"
    path.write_text(json.dumps([row]), encoding="utf-8")
    (found,) = chatdoctor.read(path)
    assert isinstance(found, Rejected)
    assert (found.where, found.reason) == (f"{path}#1", "broken_row")
