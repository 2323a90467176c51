from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bedside.core.records import Rejected
from bedside.corpus.formats import alpaca
from bedside.corpus.raw import Raw


def read(tmp_path: Path, *rows: Any) -> list[Raw | Rejected]:
    path = tmp_path / "qa.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return list(alpaca.read(path))


@pytest.mark.parametrize(
    ("row", "texts"),
    [
        ({"instruction": "Answer.", "input": "I cough.", "output": "Rest."}, ["I cough.", "Rest."]),
        ({"instruction": "I cough.", "input": "", "output": "Rest."}, ["I cough.", "Rest."]),
        ({"instruction": "I cough.", "output": "Rest."}, ["I cough.", "Rest."]),
        ({"input": "I cough.", "output": "", "history": None}, ["I cough.", ""]),
        (
            {"instruction": "And now?", "output": "Rest.", "history": [["Hi", "Hello"], ["I cough.", "Since when?"]]},
            ["Hi", "Hello", "I cough.", "Since when?", "And now?", "Rest."],
        ),
    ],
    ids=str,
)
def test_a_row_is_the_history_and_then_the_question(tmp_path: Path, row: dict[str, Any], texts: list[str]) -> None:
    (raw,) = read(tmp_path, row)
    assert isinstance(raw, Raw)
    assert [m.content for m in raw.messages] == texts
    assert [m.role for m in raw.messages] == ["patient", "doctor"] * (len(texts) // 2)
    assert (raw.source, raw.key, raw.where, raw.language) == ("alpaca", "qa-0", f"{tmp_path / 'qa.json'}#1", None)


@pytest.mark.parametrize(
    "row",
    [
        None,
        "text",
        [],
        {},
        {"instruction": "I cough."},
        {"output": "Rest."},
        {"instruction": 5, "output": "Rest."},
        {"instruction": "I cough.", "input": ["x"], "output": "Rest."},
        {"instruction": "I cough.", "output": None},
        {"instruction": "I cough.", "output": "Rest.", "history": "Hi"},
        {"instruction": "I cough.", "output": "Rest.", "history": [["Hi"]]},
        {"instruction": "I cough.", "output": "Rest.", "history": ["Hi"]},
        {"instruction": "I cough.", "output": "Rest.", "history": [["Hi", 5]]},
    ],
    ids=str,
)
def test_a_broken_row_is_told_and_the_rows_around_it_are_read(tmp_path: Path, row: Any) -> None:
    good = {"instruction": "I cough.", "output": "Rest."}
    first, second, third = read(tmp_path, good, row, good)
    assert isinstance(first, Raw)
    assert isinstance(third, Raw)
    assert (first.key, third.key) == ("qa-0", "qa-2")
    assert isinstance(second, Rejected)
    assert (second.source, second.where) == ("alpaca", f"{tmp_path / 'qa.json'}#2")
    assert (second.reason, second.text) == ("broken_row", row if isinstance(row, str) else json.dumps(row))
