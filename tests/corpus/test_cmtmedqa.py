from __future__ import annotations

import json
from pathlib import Path

from bedside.core.records import Message, Rejected
from bedside.corpus.formats import cmtmedqa
from bedside.corpus.raw import Raw
from tests.shared_data import shared_data


def test_a_row_has_a_history_or_is_one_instruct(tmp_path: Path) -> None:
    path = tmp_path / "qa.json"
    long = {
        "id": "j1",
        "instruction": "怎么办？",
        "input": "",
        "output": "多休息。",
        "history": [["我发烧", "多久了？"]],
    }
    path.write_text(json.dumps([long, {"instruct": "头痛？", "output": "喝水。"}, {"output": "喝水。"}, 5]))
    first, second, third, fourth = cmtmedqa.read(path)
    talk = (
        Message("patient", "我发烧"),
        Message("doctor", "多久了？"),
        Message("patient", "怎么办？"),
        Message("doctor", "多休息。"),
    )
    assert first == Raw("cmtmedqa", "qa-j1", f"{path}#1", talk, "Apache-2.0", "zh")
    pair = (Message("patient", "头痛？"), Message("doctor", "喝水。"))
    assert second == Raw("cmtmedqa", "qa-1", f"{path}#2", pair, "Apache-2.0", "zh")
    for number, row in enumerate((third, fourth), start=3):
        assert isinstance(row, Rejected)
        assert (row.where, row.reason) == (f"{path}#{number}", "broken_row")


def test_every_row_of_the_real_file_is_read() -> None:
    path = shared_data("cmtmedqa_zh/CMtMedQA_test.json")
    given = json.loads(path.read_text(encoding="utf-8"))
    rows = list(cmtmedqa.read(path))
    assert len(rows) == len(given) == 1144
    turns = [len(row.messages) for row in rows if isinstance(row, Raw)]
    assert turns == [2 * len(row.get("history", [])) + 2 for row in given]
