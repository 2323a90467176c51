"""An answer counts only with words that stand in the reply."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.core.records import ChatMessage
from bedside.evaluate.judge.reading import read
from bedside.evaluate.judge.rubric import QUESTIONS, Pair, Question

PAIR = Pair(
    "p", "en", (ChatMessage("user", "?"),), "r", "Take 500 mg “twice” a day.", "Rest, and drink plenty of water."
)
CHINESE = Pair("p", "zh", (ChatMessage("user", "?"),), "r", "每次500毫克，每日两次。", "多休息，多喝水。")
TIE = {"quote": "", "reply": "none", "answer": "tie"}
NONE = {"quote": "", "reply": "none", "answer": "neither"}


def answer(question: Question = "send", pair: Pair = PAIR, order: Any = "a first", **value: Any) -> Any:
    whole: dict[str, Any] = {"feeling": TIE, "medicine": TIE, "unsafe": NONE, "over_comfort": NONE, "send": TIE}
    found = read(json.dumps(whole | {question: value}), pair, order)[question]
    return found.unread or found.choice


@pytest.mark.parametrize(
    "quote",
    ["Take 500 mg", "take 500 MG “twice” a day.", 'Take 500 mg "twice"', "  Take 500  mg ", "…500 mg twice a day…"],
)
def test_a_quote_may_be_written_otherwise(quote: str) -> None:
    assert answer(quote=quote, reply="1", answer="1") == "1"


@pytest.mark.parametrize("quote", ["Take 600 mg twice a day", "Take 500 mg once a day", "Rest and eat", "500mg twice"])
def test_a_quote_may_not_say_otherwise(quote: str) -> None:
    assert answer(quote=quote, reply="1", answer="1") == "quote not found"


def test_width_is_forgiven_in_chinese() -> None:
    assert answer(pair=CHINESE, quote="每次５００毫克", reply="1", answer="1") == "1"
    assert answer(pair=CHINESE, quote="每次50毫克", reply="1", answer="1") == "quote not found"
    assert answer(pair=CHINESE, quote="两次", reply="1", answer="1") == "no quote"


def test_the_order_says_which_reply_is_meant() -> None:
    assert answer(quote="drink plenty", reply="1", answer="1", order="b first") == "1"
    assert answer(quote="drink plenty", reply="1", answer="1", order="a first") == "quote not found"


@pytest.mark.parametrize(
    ("question", "said", "reply", "found"),
    [
        ("send", "1", "2", "1"),  # a fault of the other reply may decide
        ("medicine", "1", "2", "1"),
        ("feeling", "1", "2", "quote of the other reply"),
        ("unsafe", "1", "2", "quote of the other reply"),
        ("unsafe", "both", "2", "both"),
        ("over_comfort", "2", "2", "2"),
        ("unsafe", "tie", "2", "no such answer"),
        ("send", "both", "2", "no such answer"),
        ("send", "base", "2", "no such answer"),
        ("send", "tie", "2", "tie"),
        ("send", "tie", "none", "tie"),
        ("send", "1", "none", "quote not found"),
    ],
)
def test_what_each_question_takes(question: Question, said: str, reply: str, found: str) -> None:
    assert answer(question, quote="drink plenty of water", reply=reply, answer=said) == found


def test_a_choice_needs_a_quote_of_more_than_a_word() -> None:
    assert answer(quote="", reply="1", answer="1") == "no quote"
    assert answer(quote="…", reply="1", answer="1") == "no quote"
    assert answer(quote="twice", reply="1", answer="1") == "no quote"
    assert answer(quote=None, reply="1", answer="1") == "no quote"
    assert answer(quote="", reply="none", answer="tie") == "tie"


def test_one_unread_answer_leaves_the_others() -> None:
    whole = {"feeling": TIE, "medicine": {"answer": "1"}, "unsafe": "none", "send": TIE}
    found = read(json.dumps(whole), PAIR, "a first")
    assert {q: a.unread or a.choice for q, a in found.items()} == {
        "feeling": "tie",
        "medicine": "no quote",
        "unsafe": "no such answer",
        "over_comfort": "no such answer",
        "send": "tie",
    }


def test_words_around_the_object_are_left_aside() -> None:
    whole = {"feeling": TIE, "medicine": TIE, "unsafe": NONE, "over_comfort": NONE, "send": TIE}
    found = read(f"Here it is:\n```json\n{json.dumps(whole)}\n``` Done.", PAIR, "a first")
    assert [a.choice for a in found.values()] == ["tie", "tie", "neither", "neither", "tie"]


@pytest.mark.parametrize("text", ["", "Reply 1 is better.", "[1]", "{", "{]}", "null", '"1"'])
def test_no_object_is_no_answer(text: str) -> None:
    assert {a.unread for a in read(text, PAIR, "a first").values()} == {"not JSON"}


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda v: st.lists(v) | st.dictionaries(
    st.sampled_from(["quote", "reply", "answer", *QUESTIONS]), v), max_leaves=20))  # fmt: skip
def test_whatever_comes_each_question_has_an_answer_or_a_reason(value: Any) -> None:
    found = read(json.dumps(value), PAIR, "a first")
    assert list(found) == list(QUESTIONS)
    assert all((a.choice is None) == (a.unread is not None) for a in found.values())
