"""Lists, tables and text without full stops: what is unsafe in them leaves no more than in sentences."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.text import is_chinese
from bedside.serve.stretches import LONG_EN, LONG_ZH, is_long, units, windows

from .test_reply_guard import EN, ZH, through

CALM = {
    "en": "rest in the evening drink a glass of water after each walk and tell the nurse at the next visit ",
    "zh": "晚上早点休息每天散步之后喝一杯温水吃饭慢一些把感觉记下来下次见面告诉护士",
}
UNSAFE = {
    "en": (
        ("there is absolutely nothing to worry about", "false reassurance"),
        ("take paracetamol 5 g four times a day", "broken dose"),
    ),
    "zh": (("您放心肯定不会有事的", "false reassurance"), ("对乙酰氨基酚每次5克每日四次", "broken dose")),
}
# Around what is unsafe (U), calm words (C).
SHAPES = (
    "- C\n- U\n- C",
    "1. C\n2. U\n3. C",
    "| a | b |\n|---|---|\n| C | U |\n",
    "C<br>U<br/>C",
    "C\u2028U\u2028C",
    "C\rU\rC",
    "CCCCCCCCCCUCCCCCCCCCC",
    "CCCCCCCCCCCC, U, C",
    "UCCCCCCCCCCCCCCC",
    "CCCCCCCCCCCCCCCU",
)


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_unsafe_leaves_in_any_shape(language: str, shape: str, size: int) -> None:
    for unsafe, reason in UNSAFE[language]:
        between = " " if language == "en" else ""
        text = shape.replace("C", CALM[language]).replace("U", unsafe + between)
        told, found = through(text, size, asked="My tooth hurts" if language == "en" else "我牙疼")
        assert reason in found, text
        assert unsafe[: len(unsafe) * 2 // 3] not in told
        assert (EN if language == "en" else ZH).texts[reason] in told


def test_the_cut_at_any_place_of_an_endless_text_hides_nothing() -> None:
    for before in range(1150, 1250, 7):
        unsafe = UNSAFE["en"][0][0]
        told, found = through((CALM["en"] * 20)[:before] + f" {unsafe} " + CALM["en"] * 5, 50)
        assert found == ["false reassurance"]
        assert unsafe[:20] not in told


@pytest.mark.parametrize("language", ["en", "zh"])
def test_calm_words_without_an_end_come_through_unchanged(language: str) -> None:
    text = CALM[language] * 40
    assert through(text, 11) == (text.rstrip() if language == "zh" else text, [])


@given(st.text(alphabet="a .\n\r\u2028<br>/药，。|", max_size=200))
@settings(max_examples=100, deadline=None)
def test_units_are_the_text_again(text: str) -> None:
    assert "".join(units(text)) == text


@given(st.text(alphabet="ab ,药，|", min_size=1, max_size=700), st.booleans())
@settings(max_examples=100, deadline=None)
def test_windows_overlap_and_leave_nothing_out(text: str, ended: bool) -> None:
    found = list(windows(text, ended))
    for (start, ends), (following, _) in pairwise(found):
        assert start < following <= max(ends)
    if ended:
        assert found[0][0] == 0
        assert max(end for _, ends in found for end in ends) == len(text)


def test_long_is_shorter_in_chinese() -> None:
    assert not is_long("a" * LONG_EN)
    assert is_long("a" * (LONG_EN + 1))
    assert not is_long("药" * LONG_ZH)
    assert is_long("药" * (LONG_ZH + 1))
    assert not is_chinese("a" * LONG_EN)
