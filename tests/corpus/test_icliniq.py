from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bedside.core.records import Message, Rejected
from bedside.corpus.formats import icliniq
from bedside.corpus.raw import Raw
from tests.shared_data import shared_data


def read(tmp_path: Path, *rows: Any) -> list[Raw | Rejected]:
    path = tmp_path / "qa.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return list(icliniq.read(path))


def test_the_longer_text_is_what_the_patient_said_and_the_question_the_title(tmp_path: Path) -> None:
    rows = read(tmp_path, {"question": " Cough? ", "question_text": "\r\n I cough.", "answer": "Rest.", "url": "u"})
    messages = (Message("patient", "\r\n I cough."), Message("doctor", "Rest."))
    assert rows == [Raw("icliniq", "qa-0", f"{tmp_path / 'qa.json'}#1", messages, "MIT", "en", "Cough?")]


@pytest.mark.parametrize("extra", [{}, {"question_text": ""}, {"question_text": None}], ids=str)
def test_without_a_longer_text_the_question_is_asked(tmp_path: Path, extra: dict[str, Any]) -> None:
    (row,) = read(tmp_path, {"question": "Cough?", "answer": "Rest."} | extra)
    assert isinstance(row, Raw)
    assert row.messages == (Message("patient", "Cough?"), Message("doctor", "Rest."))


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        ({"question": "Cough?"}, "no `answer`"),
        ({"question": "Cough?", "answer": None}, "no `answer`"),
        ({"question": "Cough?", "answer": ["Rest."]}, "no `answer`"),
        ("text", "no `answer`"),
        (None, "no `answer`"),
        ({"question": 5, "answer": "Rest."}, "`question` is not text"),
        ({"question_text": ["Cough?"], "answer": "Rest."}, "`question` is not text"),
        ({"question": 5, "question_text": "Cough?", "answer": "Rest."}, "`question` is not text"),
    ],
    ids=str,
)
def test_a_broken_row_is_told_and_the_rows_around_it_are_read(tmp_path: Path, row: Any, detail: str) -> None:
    good = {"question": "Cough?", "answer": "Rest."}
    first, second, third = read(tmp_path, good, row, good)
    assert isinstance(first, Raw)
    assert isinstance(third, Raw)
    assert (first.key, third.key) == ("qa-0", "qa-2")
    assert isinstance(second, Rejected)
    assert (second.where, second.reason, second.detail) == (f"{tmp_path / 'qa.json'}#2", "broken_row", detail)


@pytest.mark.parametrize(
    ("name", "count"), [("icliniqQAs", 465), ("ehealthforumQAs", 171), ("questionDoctorQAs", 5679)]
)
def test_every_row_of_the_real_files_is_read(name: str, count: int) -> None:
    rows = list(icliniq.read(shared_data(f"icliniq/{name}.json")))
    assert len(rows) == count
    assert all(isinstance(row, Raw) and all(m.content for m in row.messages) for row in rows)
    assert len({row.key for row in rows if isinstance(row, Raw)}) == count
