from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest

from bedside.core.records import (
    EMOTIONS,
    ChatMessage,
    Dialogue,
    Emotion,
    KnownFact,
    LedgerEntry,
    Message,
    Reason,
    Rewrite,
    Usage,
    chat_messages,
    joined,
)

TURNS = (Message("patient", "It hurts."), Message("doctor", "Where?"), Message("patient", "Here."))


def test_the_emotions_are_all_but_neutral() -> None:
    assert len(EMOTIONS) == 11
    assert (*EMOTIONS, "neutral") == get_args(Emotion)


def test_the_patient_is_the_user_and_the_doctor_the_assistant() -> None:
    expected = [("user", "It hurts."), ("assistant", "Where?"), ("user", "Here.")]
    assert chat_messages(TURNS) == tuple(ChatMessage(role, text) for role, text in expected)  # type: ignore[arg-type]


def test_one_side_is_joined_turn_by_turn() -> None:
    assert joined(TURNS, "patient") == "It hurts.\nHere."
    assert joined(TURNS, "doctor") == "Where?"
    assert joined((), "doctor") == ""


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        TURNS[0].content = "It does not hurt."  # type: ignore[misc]


def test_a_rewrite_with_all_its_parts_comes_back_from_json() -> None:
    rewrite = Rewrite(
        "d1", "test", "zh", "dev", "rejected", "distressed query", "guilt", 2, "explicit concern", TURNS, TURNS[:2],
        (Reason("facts", "doctor", "critical", "5 mg became 50 mg"),),
        (LedgerEntry("dose", "doctor", "5 mg", "5 mg", "changed", "critical"),),
        (KnownFact("dose", ("5 mg",)),), "m", 2, Usage(2, 30, 40, 0.5), "MIT",
    )  # fmt: skip
    assert msgspec.json.decode(msgspec.json.encode(rewrite), type=Rewrite) == rewrite


@pytest.mark.parametrize(
    "change",
    [{"split": "valid"}, {"language": "fr"}, {"messages": [{"role": "nurse", "content": "x"}]}, {"id": None}],
    ids=str,
)
def test_a_value_outside_the_known_ones_is_refused(change: dict[str, Any]) -> None:
    row = {"id": "d", "source": "s", "language": "en", "messages": [{"role": "patient", "content": "x"}]}
    assert msgspec.convert(row, Dialogue).split == "train"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(row | change, Dialogue)
