"""A conversation is kept whole or left out with its reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bedside.core.records import ChatMessage, Message, chat_messages
from bedside.pairs.conversations import chat, told
from tests.pairs.rewrites import row

P, D = Message("patient", "It hurts."), Message("doctor", "Take a rest.")
REASONS = [
    ((P,), "no_doctor_turn"),
    ((), "no_doctor_turn"),
    ((D, P, D), "doctor_first"),
    ((P, P, D), "two_turns_of_one_role"),
    ((P, D, D), "two_turns_of_one_role"),
    ((P, D, P), "ends_with_patient"),
    ((P, Message("doctor", "  ")), "empty_turn"),
]


@pytest.mark.parametrize(("messages", "reason"), REASONS)
@pytest.mark.parametrize("version", ["original", "rewritten"])
def test_what_is_no_chat_is_left_out_with_its_reason(messages: tuple[Message, ...], reason: str, version: str) -> None:
    found = told([replace(row(1), **{version: messages}), row(2)], None)
    assert [r.id for r in found.kept] == ["r2"]
    ((left),) = found.left_out
    assert (left.id, left.file, left.reason) == ("r1", "all", reason)
    assert left.detail.startswith("original" if version == "original" else "rewrite")


def test_versions_of_different_numbers_of_turns_are_left_out() -> None:
    found = told([row(1, original=(P, D), rewritten=(P, D, P, D))], None)
    assert [(left.reason, left.detail) for left in found.left_out] == [
        ("turns_differ", "original: 2 turns, rewrite: 4")
    ]


def test_too_long_is_left_out_and_never_cut() -> None:
    # "It hurts." and "Take a rest." are five words.
    rows = [row(1, original=(P, D), rewritten=(P, D)), row(2, original=(P, D), rewritten=(P, D, P, D))]
    assert [left.reason for left in told(rows, 5).left_out] == ["too_long"]
    assert [r.id for r in told(rows, 5).kept] == ["r1"]
    assert told(rows, 4).left_out[0].detail == "original: 5 words, at most 4"
    assert told(rows[:1], 5).kept == rows[:1]


def test_a_chat_is_the_whole_conversation() -> None:
    assert chat((P, D), "") == chat_messages((P, D))
    assert chat((P, D), "Be kind.") == (ChatMessage("system", "Be kind."), *chat_messages((P, D)))


@given(st.lists(st.sampled_from([P, D]), max_size=7))
def test_every_row_is_kept_or_left_out_and_what_is_kept_takes_turns(messages: list[Message]) -> None:
    rows = [row(1, original=tuple(messages), rewritten=tuple(messages))]
    found = told(rows, None)
    assert len(found.kept) + len(found.left_out) == 1
    good = len(messages) >= 2 and len(messages) % 2 == 0 and messages == [P, D] * (len(messages) // 2)
    assert bool(found.kept) == good
