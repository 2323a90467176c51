from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bedside.core.files import write_rows
from bedside.core.records import Dialogue, KnownFact, Message, Rejected
from bedside.corpus.formats import jsonl
from bedside.corpus.raw import Given, Raw

MESSAGES = (Message("patient", "I cough."), Message("doctor", "Rest."))
CHAT = [{"role": "user", "content": "I cough."}, {"role": "assistant", "content": "Rest."}]


def read(tmp_path: Path, *rows: Any) -> list[Raw | Given | Rejected]:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return list(jsonl.read(path))


def test_bedsides_own_dialogues_come_back_as_they_were(tmp_path: Path) -> None:
    dialogue = Dialogue("d1", "clinic", "en", MESSAGES, "Apache-2.0", "test", "Cough", (KnownFact("dose", ("5 mg",)),))
    path = tmp_path / "rows.jsonl"
    write_rows(path, [dialogue])
    assert list(jsonl.read(path)) == [Given(f"{path}:1", dialogue)]


def test_chat_messages_and_pairs_are_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows = read(tmp_path, {"messages": CHAT}, {"patient": "I cough.", "doctor": "Rest."})
    assert rows == [
        Raw("jsonl", "rows-0", f"{path}:1", MESSAGES, "unknown"),
        Raw("jsonl", "rows-1", f"{path}:2", MESSAGES, "unknown"),
    ]


def test_where_messages_are_not_turns_the_pair_is_read(tmp_path: Path) -> None:
    (row,) = read(tmp_path, {"messages": [], "patient": "I cough.", "doctor": "Rest."})
    assert isinstance(row, Raw)
    assert row.messages == MESSAGES


def test_id_source_licence_and_language_of_a_line_are_kept(tmp_path: Path) -> None:
    fields = {"id": 7, "source": "ward", "licence": "MIT", "language": "zh"}
    (row,) = read(tmp_path, {"messages": CHAT} | fields)
    assert row == Raw("ward", "7", f"{tmp_path / 'rows.jsonl'}:1", MESSAGES, "MIT", "zh")


def test_an_unknown_language_is_left_to_be_read_off_the_text(tmp_path: Path) -> None:
    for language in ("fr", 5, ["en"]):
        (row,) = read(tmp_path, {"messages": CHAT, "language": language})
        assert isinstance(row, Raw)
        assert row.language is None


@pytest.mark.parametrize(
    ("field", "value"), [("title", "Cough"), ("split", "test"), ("facts", [{"kind": "dose", "keys": ["5 mg"]}])]
)
def test_title_split_and_facts_of_a_line_are_kept(tmp_path: Path, field: str, value: Any) -> None:
    (row,) = read(tmp_path, {"messages": CHAT, field: value})
    assert msgspec.json.decode(msgspec.json.encode(row)).get(field) == value


@pytest.mark.parametrize(
    "row",
    [
        None,
        "text",
        CHAT,
        {},
        {"patient": "I cough."},
        {"patient": "I cough.", "doctor": None},
        {"messages": "text"},
        {"messages": [{"role": "nurse", "content": "x"}]},
        {"messages": []},
    ],
    ids=str,
)
def test_a_broken_row_is_told_and_the_rows_around_it_are_read(tmp_path: Path, row: Any) -> None:
    good = {"patient": "I cough.", "doctor": "Rest."}
    first, second, third = read(tmp_path, good, row, good)
    assert isinstance(first, Raw)
    assert isinstance(third, Raw)
    assert isinstance(second, Rejected)
    assert (second.source, second.where) == ("jsonl", f"{tmp_path / 'rows.jsonl'}:2")
    assert (second.reason, second.text) == ("broken_row", row if isinstance(row, str) else json.dumps(row))
