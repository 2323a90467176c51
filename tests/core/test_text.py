from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bedside.core.text import is_chinese, join_sentences, sentences, word_count

TEXTS = st.text(
    alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from(list("a B.!?。！？；”\"')\n \t1头痛")))
)


@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
@example(text="\n\n Hi. \n")
@example(text="Hi\n ")
@example(text="...! Dr. No?\n\n1. 2.")
def test_the_sentences_joined_are_the_text(text: str) -> None:
    parts = sentences(text)
    assert "".join(parts) == text
    assert all(part.strip() for part in parts) or not text.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It hurts. Is it bad? Help!", ["It hurts. ", "Is it bad? ", "Help!"]),
        ("It hurts...  Really?!", ["It hurts...  ", "Really?!"]),
        ("I took 2.5 mg of it.", ["I took 2.5 mg of it."]),
        ("See Dr. Gray, e.g. today, i.e. soon. Bye.", ["See Dr. Gray, e.g. today, i.e. soon. ", "Bye."]),
        ("Drug A vs. drug B. Which?", ["Drug A vs. drug B. ", "Which?"]),
        ('He said "no." Then left.', ['He said "no." ', "Then left."]),
        ("First line\nsecond line\n", ["First line\n", "second line\n"]),
        ("头痛。发烧！怎么办？谢谢", ["头痛。", "发烧！", "怎么办？", "谢谢"]),
        ("他说“没事。”我不信。", ["他说“没事。”", "我不信。"]),
        ("1. Rest well.", ["1. Rest well."]),
        ("no end", ["no end"]),
        ("", []),
    ],
)
def test_a_text_is_cut_where_its_sentences_end(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Do this:\n1. Rest well.\n2. Drink.", ["Do this:\n", "1. Rest well.\n", "2. Drink."]),
        ("10. Rest well.", ["10. Rest well."]),
    ],
)
def test_a_list_number_stays_with_its_line(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_sentences_are_joined_with_a_space_unless_they_have_one_or_are_chinese() -> None:
    assert join_sentences(["One.", "Two. ", "Three.\n", "Four."]) == "One. Two. Three.\nFour."
    assert join_sentences(["头痛。", "发烧。"]) == "头痛。发烧。"
    assert join_sentences(["", "One.", ""]) == "One."
    assert join_sentences([]) == ""


@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_cutting_and_joining_changes_only_spaces(text: str) -> None:
    assert "".join(join_sentences(sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize("text", ["It hurts. Is it bad?\n\nHelp!  Now.", "头痛三天。怎么办？", "One line"])
def test_cutting_and_joining_gives_the_text_again(text: str) -> None:
    assert join_sentences(sentences(text)) == text


def test_cutting_and_joining_gives_a_text_of_mixed_script_again() -> None:
    text = "查了CA153，NSE，PSA；血压120/80mmHg。还有头痛。"
    assert join_sentences(sentences(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("头痛", True),
        ("abcd头", True),
        ("abcde头", False),
        ("  头abcd  ", True),
        ("headache", False),
        ("", False),
        ("   ", False),
    ],
)
def test_a_text_is_chinese_from_a_fifth_of_its_characters(text: str, expected: bool) -> None:
    assert is_chinese(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's a 2-day-old cough, isn’t it?", 6),
        ("snake_case", 2),
        ("头痛三天", 4),
        ("拍了CT", 3),
        ("naïve café", 2),
        ("... ?! --", 0),
        ("", 0),
    ],
)
def test_words_are_counted(text: str, expected: int) -> None:
    assert word_count(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("头痛3天", 2 + 1 + 1), ("CT片显示肺部感染", 1 + 7)])
def test_chinese_after_latin_counts_by_character_too(text: str, expected: int) -> None:
    assert word_count(text) == expected
