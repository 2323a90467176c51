from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bedside.core.records import Message, Rejected
from bedside.corpus.formats import sharegpt
from bedside.corpus.raw import Raw

ASKED, ANSWERED = {"from": "human", "value": "I cough."}, {"from": "gpt", "value": "Rest."}
MESSAGES = (Message("patient", "I cough."), Message("doctor", "Rest."))


def read(tmp_path: Path, *rows: Any) -> list[Raw | Rejected]:
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return list(sharegpt.read(path))


def test_turns_stand_under_conversations_or_messages(tmp_path: Path) -> None:
    chat = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "I cough."}]
    chat.append({"role": "assistant", "content": "Rest."})
    rows = read(tmp_path, {"conversations": [ASKED, ANSWERED]}, {"id": "c7", "messages": chat})
    path = tmp_path / "chat.json"
    assert rows == [
        Raw("sharegpt", "chat-0", f"{path}#1", MESSAGES, "unknown"),
        Raw("sharegpt", "chat-c7", f"{path}#2", MESSAGES, "unknown"),
    ]


@pytest.mark.parametrize(
    "row",
    [
        None,
        "text",
        [ASKED, ANSWERED],
        {},
        {"conversations": None},
        {"conversations": "text"},
        {"conversations": [ASKED, "text"]},
        {"conversations": [ASKED, {"from": "tool", "value": "x"}]},
        {"conversations": [ASKED, {"from": "gpt", "value": None}]},
    ],
    ids=str,
)
def test_a_broken_row_is_told_and_the_rows_around_it_are_read(tmp_path: Path, row: Any) -> None:
    good = {"conversations": [ASKED, ANSWERED]}
    first, second, third = read(tmp_path, good, row, good)
    assert isinstance(first, Raw)
    assert isinstance(third, Raw)
    assert isinstance(second, Rejected)
    assert (second.source, second.where) == ("sharegpt", f"{tmp_path / 'chat.json'}#2")
    assert (second.reason, second.text) == ("broken_row", row if isinstance(row, str) else json.dumps(row))
