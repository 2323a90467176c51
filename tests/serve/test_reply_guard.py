"""The guard after the model: nothing unsafe is let go, in whatever pieces it comes; the rest is let go as it is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.records import ChatMessage, Language
from bedside.serve.decisions import Policy
from bedside.serve.guard import Guard
from bedside.serve.replies import default_region, replies
from bedside.serve.thinking import Thoughtless

EN, ZH = (replies(language, default_region()) for language in ("en", "zh"))
SAFE = (
    "I hear how worried you are. Take ibuprofen 400 mg three times a day, with food. See a doctor today if it bleeds."
)
PROMISE = "There is absolutely nothing to worry about."
DOSE = "Take paracetamol 5 g four times a day."


def through(
    text: str, size: int = 5, policy: Policy | None = None, asked: str = "my tooth hurts"
) -> tuple[str, list[str]]:
    guard = Guard(policy=policy)
    said = [ChatMessage("user", asked)]
    reader = guard.after(said, guard.before(said))
    out = [reader.feed(text[start : start + size]) for start in range(0, len(text), size)]
    return "".join([*out, reader.end()]), [decision.reason for decision in reader.taken()]


@given(st.integers(1, 200))
@settings(max_examples=30, deadline=None)
def test_a_sound_reply_comes_through_unchanged_in_any_pieces(size: int) -> None:
    assert through(SAFE, size) == (SAFE, [])


@pytest.mark.parametrize(("bad", "reason"), [(PROMISE, "false reassurance"), (DOSE, "broken dose")])
@pytest.mark.parametrize("size", [1, 3, 17, 500])
def test_the_unsafe_sentence_is_replaced_and_no_part_of_it_leaks(bad: str, reason: str, size: int) -> None:
    text, found = through(f"That sounds painful. {bad} Call a dentist.", size)
    assert found == [reason]
    assert text == f"That sounds painful. {EN.texts[reason]} Call a dentist."


def test_nothing_is_let_go_before_its_sentence_is_whole() -> None:
    reader = Guard().after([], Guard().before([ChatMessage("user", "hi")]))
    let_go = ""
    for end in range(1, len(PROMISE)):
        let_go += reader.feed(PROMISE[end - 1 : end])
        assert let_go == ""
    assert reader.feed(PROMISE[-1]) + reader.end() == EN.texts["false reassurance"] + " "


def test_a_note_is_put_behind_where_the_policy_says_so() -> None:
    text, found = through(f"Hm. {PROMISE} Bye.", policy=Policy(false_reassurance="annotate"))
    assert text == f"Hm. {PROMISE} {EN.texts['false reassurance_note']} Bye."
    assert found == ["false reassurance"]
    assert through(DOSE, policy=Policy(broken_dose="annotate"))[0].startswith(DOSE)


def test_the_stand_in_is_said_once() -> None:
    text, found = through(f"{DOSE} Then rest. {DOSE}")
    assert text.count(EN.texts["broken dose"]) == 1
    assert found == ["broken dose"] * 2
    assert "5 g" not in text


def test_a_dose_whose_drug_stands_in_the_sentence_before_is_read() -> None:
    assert through("You can take paracetamol. 5 g four times a day is right.")[1] == ["broken dose"]


def test_a_decimal_slip_against_the_conversation_is_read() -> None:
    assert through("Go on with metoprolol 250 mg.", asked="I take metoprolol 25 mg.")[1] == ["broken dose"]
    assert through("Go on with metoprolol 25 mg.", asked="I take metoprolol 25 mg.")[1] == []


def test_chinese_is_read_too() -> None:
    text, found = through("听起来很疼。对乙酰氨基酚每次5克，每日四次。注意休息。", 2, asked="我牙疼")
    assert found == ["broken dose"]
    assert text == f"听起来很疼。{ZH.texts['broken dose']}注意休息。"


def test_a_promise_in_disguise_is_read() -> None:
    assert through("There is absolutely noth\u200bing to wor\u200bry about.")[1] == ["false reassurance"]


def test_an_endless_sentence_is_not_held_for_ever() -> None:
    guard = Guard()
    reader = guard.after([], guard.before([ChatMessage("user", "hi")]))
    let_go = "".join(reader.feed("word ") for _ in range(1000))
    assert len(let_go) > 3000
    assert let_go + reader.end() == "word " * 1000


@given(st.text(max_size=300), st.integers(1, 40))
@settings(max_examples=100, deadline=None)
def test_any_reply_is_passed_or_decided_on(text: str, size: int) -> None:
    out, found = through(text, size)
    assert out == text or found


@given(st.lists(st.text(alphabet="<think>/ab \n", max_size=9), max_size=12))
def test_thoughts_are_cut_alike_in_any_pieces(pieces: list[str]) -> None:
    whole, parts = Thoughtless(), Thoughtless()
    text = "".join(pieces)
    assert whole.feed(text) + whole.end() == "".join([*map(parts.feed, pieces), parts.end()])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<think>kill?</think>\n\nRest.", "Rest."),
        ("Rest <think>.", "Rest <think>."),
        ("<think>never ends", ""),
        ("<b>hi", "<b>hi"),
    ],
)
def test_thoughts_are_not_said(text: str, said: str) -> None:
    aloud = Thoughtless()
    assert "".join(map(aloud.feed, text)) + aloud.end() == said


def test_languages_are_those_of_the_house() -> None:
    languages: tuple[Language, ...] = ("en", "zh")
    assert [replies(language, default_region()).version for language in languages] == ["en-2", "zh-2"]
