from __future__ import annotations

import json
from typing import Any

import pytest

from bedside.core.records import Message, Rejected
from bedside.corpus.raw import Unreadable, broken, message_rows


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (("patient", "doctor"), ("role", "content")),
        (("user", "assistant"), ("role", "content")),
        (("human", "gpt"), ("from", "value")),
        (("user", "bot"), ("from", "value")),
        (("患者", "医生"), ("role", "content")),
        (("病人", "医生"), ("from", "value")),
    ],
)
def test_turns_are_read_in_all_common_shapes(names: tuple[str, str], keys: tuple[str, str]) -> None:
    turns = [dict(zip(keys, (name, text), strict=True)) for name, text in zip(names, ("q", "a"), strict=True)]
    assert message_rows(turns) == (Message("patient", "q"), Message("doctor", "a"))


def test_system_turns_are_left_out() -> None:
    turns = [{"role": "system", "content": "be kind"}, {"role": "user", "content": "q"}]
    assert message_rows(turns) == (Message("patient", "q"),)


@pytest.mark.parametrize(
    "turns",
    [
        None,
        "text",
        {"role": "user", "content": "q"},
        ["text"],
        [{"role": "nurse", "content": "q"}],
        [{"content": "q"}],
        [{"role": "user", "content": 5}],
        [{"role": "user"}],
        [{"role": "user", "content": "q"}, None],
        [{"role": ["user"], "content": "q"}],
    ],
    ids=str,
)
def test_what_are_not_turns_is_none(turns: Any) -> None:
    assert message_rows(turns) is None


def test_a_broken_row_keeps_its_text_up_to_2000_characters() -> None:
    row = {"a": "发烧" * 2000}
    text = json.dumps(row, ensure_ascii=False)[:2000]
    assert broken("s", "f:1", "why", row) == Rejected("s", "f:1", "broken_row", "why", text)
    assert broken("s", "f:1", "why", "as it is").text == "as it is"


def test_an_unreadable_row_tells_its_own_detail() -> None:
    row = Unreadable("not valid JSON", "{")
    assert broken("s", "f:1", "no `answer`", row) == Rejected("s", "f:1", "broken_row", "not valid JSON", "{")
