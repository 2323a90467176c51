"""In a dialogue of several turns each fact stays in its turn, and a comforting sentence is said once."""

from __future__ import annotations

import pytest

from bedside.core.records import Message
from bedside.rewrite.turns import turn_reasons

ORIGINAL = (
    Message("patient", "My knee hurts. What can I take?"),
    Message("doctor", "Take ibuprofen 400 mg three times a day."),
    Message("patient", "And if it does not help? Do I need an MRI?"),
    Message("doctor", "Then add paracetamol 500 mg. An MRI is not needed yet."),
)
COMFORT = "It is hard to be slowed down by a knee like that."


def rewritten(*texts: str) -> tuple[Message, ...]:
    return tuple(Message(m.role, text) for m, text in zip(ORIGINAL, texts, strict=True))


GOOD = rewritten(
    "My knee hurts and I am so worried. What can I take?",
    f"{COMFORT} Take ibuprofen 400 mg three times a day.",
    "And if it does not help? Do I need an MRI?",
    "Asking ahead makes sense. Then add paracetamol 500 mg. An MRI is not needed yet.",
)


def with_turn(number: int, text: str) -> tuple[Message, ...]:
    return (*GOOD[:number], Message(GOOD[number].role, text), *GOOD[number + 1 :])


def test_a_good_rewrite_passes() -> None:
    assert list(turn_reasons(ORIGINAL, GOOD, "en")) == []
    assert list(turn_reasons(ORIGINAL, ORIGINAL, "en")) == []


def test_advice_before_its_turn_is_found() -> None:
    moved = with_turn(1, f"{GOOD[1].content} If that fails, add paracetamol 500 mg.")
    (reason,) = turn_reasons(ORIGINAL, moved, "en")
    assert (reason.gate, reason.side, reason.severity) == ("turns", "doctor", "major")
    assert reason.detail.startswith("Turn 2 tells") and "paracetamol" in reason.detail


def test_advice_after_its_turn_is_found() -> None:
    moved = (
        GOOD[0],
        Message("doctor", COMFORT),
        GOOD[2],
        Message("doctor", f"Take ibuprofen 400 mg. {GOOD[3].content}"),
    )
    (reason,) = turn_reasons(ORIGINAL, moved, "en")
    assert "ibuprofen" in reason.detail and "turn 2" in reason.detail


def test_a_patient_who_knows_the_answer_beforehand_is_found() -> None:
    (reason,) = turn_reasons(ORIGINAL, with_turn(0, f"{GOOD[0].content} I think of an MRI."), "en")
    assert (reason.side, "MRI" in reason.detail) == ("patient", True)


@pytest.mark.parametrize("again", [COMFORT, COMFORT.replace("a knee", "the knee"), COMFORT.upper()])
def test_comfort_said_twice_is_found(again: str) -> None:
    (reason,) = turn_reasons(ORIGINAL, with_turn(3, f"{again} {GOOD[3].content}"), "en")
    assert reason.detail.startswith("Turn 4 repeats") and again in reason.detail


def test_what_the_original_says_twice_may_come_twice() -> None:
    original = tuple(Message(m.role, f"{COMFORT} {m.content}") if m.role == "doctor" else m for m in ORIGINAL)
    assert list(turn_reasons(original, original, "en")) == []


def test_chinese_turns_are_read() -> None:
    original = (Message("patient", "膝盖疼，吃什么药？"), Message("doctor", "布洛芬每日三次。"),
                Message("patient", "没用怎么办？"), Message("doctor", "那就加对乙酰氨基酚。"))  # fmt: skip
    comfort = "走路都不利索，难怪您放心不下。"
    good = (original[0], Message("doctor", comfort + original[1].content), *original[2:])
    assert list(turn_reasons(original, good, "zh")) == []
    early = (original[0], Message("doctor", "布洛芬每日三次，或者对乙酰氨基酚。"), *original[2:])
    twice = (*good[:3], Message("doctor", comfort + original[3].content))
    assert [r.gate for r in (*turn_reasons(original, early, "zh"), *turn_reasons(original, twice, "zh"))] == [
        "turns"
    ] * 2


def test_one_turn_a_side_has_no_order() -> None:
    assert list(turn_reasons(ORIGINAL[:2], (ORIGINAL[0], Message("doctor", f"{COMFORT} {COMFORT}")), "en")) == []
