from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.config import CorpusConfig
from bedside.core.records import Dialogue, Language, Message, Rejected, Role
from bedside.corpus.clean import clean, clean_text
from bedside.corpus.raw import Raw

ANY_LENGTH = CorpusConfig(min_patient_words=0, min_doctor_words=0)
TURNS = st.lists(st.builds(Message, st.sampled_from(["patient", "doctor"]), st.text(max_size=30)), max_size=8)


def a_raw(*turns: tuple[Role, str], language: Language | None = None, title: str = "") -> Raw:
    messages = tuple(Message(role, text) for role, text in turns)
    return Raw("test", "key", "file:7", messages, "MIT", language, title)


def turns_of(result: Dialogue | Rejected) -> list[tuple[str, str]]:
    assert isinstance(result, Dialogue)
    return [(m.role, m.content) for m in result.messages]


def reason_of(result: Dialogue | Rejected) -> str:
    assert isinstance(result, Rejected)
    return result.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("donâ€™t", "don’t"),
        ("caf&eacute; &lt;5 mg &amp; more", "café <5 mg & more"),
        ("one<br/>two <b>three</b> <link>", "one two three"),
        ("a \t\u00a0\u3000 b", "a b"),
        ("one\r\n\r\n  two\rthree \n", "one\ntwo\nthree"),
        ("\u200bx\ufeffy\x00z\ufffd", "xyz"),
        ("look at https://x.org/a?b=1 or www.y.com/z now", "look at or now"),
        ("take rest. consult an orthopaedician and traumatologist online --> <link>", "take rest."),
        ("rest. for further information consult a dentist online", "rest."),
        ("In brief: yes\nRest.\nWould you like to video or text chat with me?", "yes\nRest."),
        ("see scan (attachment removed to protect patient identity).", "see scan"),
        ("Rest well. Thanks for using HealthcareMagic.", "Rest well."),
        ("Hello, Chat Doctor. I cough.", "Hello, I cough."),
        ("患者，您好（附图）", "患者，您好（附图）"),
    ],
)
def test_damage_markup_links_and_site_words_go(text: str, expected: str) -> None:
    assert clean_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "0.5 µg, ½ tablet 2×/day, 10⁹/L, ≥38.5 °C",
        "BP 120/80 (120-130), pH 7.35; T3 < 2 and T4 > 5",
        "I said “no” — she’s 5′3″",
        "血压：１２０／８０ｍｍＨｇ，体温38℃；",
        "I consult a doctor online every month. It helps.",
    ],
)
def test_medicine_and_punctuation_stay_as_they_are(text: str) -> None:
    assert clean_text(text) == text


def test_less_than_before_a_word_is_no_markup() -> None:
    text = "if TSH <normal and T3 >2 then stop"
    assert clean_text(text) == text


def test_advice_that_ends_with_online_stays() -> None:
    text = "please consult a doctor before you take tablets that you bought online"
    assert clean_text(text) == text


@settings(max_examples=60, deadline=None)
@given(words=st.lists(st.text(alphabet=string.digits + "abcdefg%/+,()°µ头痛", min_size=1, max_size=8)))
def test_plain_words_and_numbers_are_never_touched(words: list[str]) -> None:
    assert clean_text(" ".join(words)) == " ".join(words)


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from(list(" \n\t\r<>a&;")))))
def test_any_text_comes_out_with_regular_spacing(text: str) -> None:
    cleaned = clean_text(text)
    assert cleaned == cleaned.strip()
    assert not any(bad in cleaned for bad in ("  ", "\n\n", " \n", "\n ", "\t", "\r", "\x00", "\ufffd"))


def test_a_consultation_keeps_its_words_and_where_it_is_from() -> None:
    raw = a_raw(
        ("patient", "I have  a cough now."), ("doctor", "Do rest and drink a lot of water."), title="Cough&amp;cold "
    )
    assert clean(raw, CorpusConfig()) == Dialogue(
        "key",
        "test",
        "en",
        (Message("patient", "I have a cough now."), Message("doctor", "Do rest and drink a lot of water.")),
        "MIT",
        "train",
        "Cough&cold",
    )


def test_turns_of_one_side_in_a_row_are_joined_and_empty_ones_go() -> None:
    raw = a_raw(("patient", "a"), ("doctor", " <br> "), ("patient", "b"), ("doctor", "c"), ("doctor", "d"))
    assert turns_of(clean(raw, ANY_LENGTH)) == [("patient", "a\nb"), ("doctor", "c\nd")]


def test_a_greeting_before_the_patient_and_thanks_after_the_doctor_go() -> None:
    raw = a_raw(
        ("doctor", "hello"), ("patient", "a"), ("doctor", "b"), ("patient", "c"), ("doctor", "d"), ("patient", "x")
    )
    expected = [("patient", "a"), ("doctor", "b"), ("patient", "c"), ("doctor", "d")]
    assert turns_of(clean(raw, ANY_LENGTH)) == expected


@settings(max_examples=60, deadline=None)
@given(messages=TURNS)
def test_what_is_left_opens_with_the_patient_ends_with_the_doctor_and_alternates(messages: list[Message]) -> None:
    result = clean(Raw("test", "key", "file:7", tuple(messages), "MIT"), ANY_LENGTH)
    said = [m.role for m in messages if clean_text(m.content)]
    if "doctor" in said[said.index("patient") if "patient" in said else len(said) :]:
        if isinstance(result, Rejected):
            assert result.reason == "answer_cut_off"
            return
        roles = [m.role for m in result.messages]
        assert roles == ["patient", "doctor"] * (len(roles) // 2)
        assert all(m.content for m in result.messages)
    else:
        assert reason_of(result) == "no_exchange"


@pytest.mark.parametrize(
    "turns",
    [
        (),
        (("patient", "Is this a bad cough?"),),
        (("doctor", "Do rest and drink a lot of water."),),
        (("doctor", "Hello, how are you?"), ("patient", "I have a bad cough.")),
        (("patient", "Is this a bad cough?"), ("doctor", " \n ")),
    ],
)
def test_without_a_question_that_is_answered_there_is_no_consultation(turns: tuple[tuple[Role, str], ...]) -> None:
    assert reason_of(clean(a_raw(*turns), ANY_LENGTH)) == "no_exchange"


@pytest.mark.parametrize(
    ("patient", "doctor", "reason"),
    [(4, 8, None), (3, 8, "patient_too_short"), (4, 7, "doctor_too_short"), (3, 7, "patient_too_short")],
)
def test_both_sides_say_at_least_so_many_words(patient: int, doctor: int, reason: str | None) -> None:
    config = CorpusConfig(min_patient_words=4, min_doctor_words=8)
    result = clean(a_raw(("patient", "word " * patient), ("doctor", "word " * doctor)), config)
    assert (result.reason if isinstance(result, Rejected) else None) == reason


def test_words_are_counted_over_all_turns_of_a_side() -> None:
    raw = a_raw(("patient", "a b"), ("doctor", "a b c d"), ("patient", "c d"), ("doctor", "e f g h"))
    assert len(turns_of(clean(raw, CorpusConfig()))) == 4


@pytest.mark.parametrize(("end", "cut"), [("…", True), ("...", True), ("… ", True), (".", False), ("… yes.", False)])
def test_an_answer_that_was_cut_off_is_turned_down(end: str, cut: bool) -> None:
    result = clean(a_raw(("patient", "Is it bad?"), ("doctor", f"Do rest and drink water{end}")), ANY_LENGTH)
    assert isinstance(result, Rejected) == cut
    if cut:
        assert reason_of(result) == "answer_cut_off"


def test_a_rejected_row_says_where_it_stood_why_and_what_it_was() -> None:
    result = clean(a_raw(("patient", "Hi <b>"), ("doctor", "x" * 3000)), CorpusConfig())
    text = ("patient: Hi <b>\ndoctor: " + "x" * 3000)[:2000]
    detail = "1 words, at least 4 are asked"
    assert result == Rejected("test", "file:7", "patient_too_short", detail, text)


@pytest.mark.parametrize(
    ("asked", "given_language", "language"),
    [("头痛怎么办？", None, "zh"), ("What of my headache?", None, "en"), ("头痛怎么办？", "en", "en")],
)
def test_the_language_is_given_or_read_off_the_script(
    asked: str, given_language: Language | None, language: Language
) -> None:
    result = clean(a_raw(("patient", asked), ("doctor", asked), language=given_language), ANY_LENGTH)
    assert isinstance(result, Dialogue)
    assert result.language == language
