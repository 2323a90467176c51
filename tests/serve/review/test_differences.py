"""Where two versions differ."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.serve.review.differences import MOST_WORDS, differences


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_the_pieces_are_the_texts_and_what_is_in_both_is_the_same(one: str, two: str) -> None:
    left, right = differences(one, two)
    assert "".join(piece.text for piece in left) == one
    assert "".join(piece.text for piece in right) == two
    both = ["".join(piece.text for piece in side if piece.where == "both") for side in (left, right)]
    assert both[0] == both[1]


def test_words_differ_as_wholes_and_chinese_by_character() -> None:
    left, right = differences("Take ibuprofen 400 mg.", "Please take ibuprofen 40 mg.")
    assert [piece.text for piece in left if piece.where == "here"] == ["Take", "400"]
    assert [piece.text for piece in right if piece.where == "here"] == ["Please take", "40"]
    left, right = differences("每日两次", "每日三次")
    assert [piece.text for piece in left if piece.where == "here"] == ["两"]
    assert [piece.text for piece in right if piece.where == "here"] == ["三"]


@settings(max_examples=30, deadline=None)
@given(st.text("ab. 。\n!", max_size=60), st.text("ab. 。\n!", max_size=60))
def test_long_texts_are_compared_by_sentence_and_lose_nothing(one: str, two: str) -> None:
    long = "word " * MOST_WORDS
    left, right = differences(f"{one}. {long}.", f"{two}. {long}.")
    assert "".join(piece.text for piece in left) == f"{one}. {long}."
    assert "".join(piece.text for piece in right) == f"{two}. {long}."
    assert left[-1] == right[-1]
    assert left[-1].where == "both"
