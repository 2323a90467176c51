"""Copies are found, what only resembles is kept, and which copy stays never depends on what comes later."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.corpus.duplicates import PERMUTATIONS, earlier_copies, like_any, shingles, signatures

WORDS = [a + b for a in ("ba", "ke", "lo", "mi", "nu", "ra", "se", "to") for b in ("den", "fir", "gas", "hul", "jot")]


def text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(words))


def changed(words: str, rng: random.Random, share: float) -> str:
    return " ".join("other" if rng.random() < share else word for word in words.split())


def test_shingles_are_pairs_of_words_and_runs_of_three_characters() -> None:
    assert shingles("Take 400 mg, twice.") == ["take 400", "400 mg", "mg twice"]
    assert shingles("每日两次。") == ["每日两", "日两次"]
    assert shingles("Rest") == ["rest"]
    assert shingles("…") == []


@pytest.mark.parametrize("share", [0.02, 0.05])
def test_texts_with_few_words_changed_are_copies_of_their_original(share: float) -> None:
    rng = random.Random(0)
    originals = [text(rng, 120) for _ in range(300)]
    found = earlier_copies(signatures(originals + [changed(t, rng, share) for t in originals]), 0.6)
    assert (found[:300] == -1).all()
    assert (found[300:] == np.arange(300)).mean() >= 0.99


def test_texts_of_the_same_words_in_another_order_are_no_copies() -> None:
    rng = random.Random(1)
    assert (earlier_copies(signatures([text(rng, 120) for _ in range(1000)]), 0.6) == -1).all()


def test_chinese_copies_are_found() -> None:
    first = "孩子三岁，发烧三十九度，吃了布洛芬混悬液，夜里又烧起来，要不要去医院验血？"
    other = "我父亲血压一直偏高，吃着氨氯地平，最近头晕得厉害，想问问是不是药量不够。"
    found = earlier_copies(signatures([first, other, first.replace("夜里", "晚上")]), 0.6)
    assert found.tolist() == [-1, -1, 0]


def test_the_earlier_stays_and_a_copy_is_no_original() -> None:
    values = np.arange(3 * PERMUTATIONS, dtype=np.uint32).reshape(3, PERMUTATIONS)
    # The second is 70 % the first; the third is 70 % the second, but only 40 % the first.
    values[1, : int(0.7 * PERMUTATIONS)] = values[0, : int(0.7 * PERMUTATIONS)]
    values[2, int(0.3 * PERMUTATIONS) :] = values[1, int(0.3 * PERMUTATIONS) :]
    assert earlier_copies(values, 0.6).tolist() == [-1, 0, -1]


def test_what_is_like_the_copy_of_another_item_is_found_too() -> None:
    values = np.arange(3 * PERMUTATIONS, dtype=np.uint32).reshape(3, PERMUTATIONS)
    values[1, : int(0.7 * PERMUTATIONS)] = values[0, : int(0.7 * PERMUTATIONS)]
    values[2, int(0.3 * PERMUTATIONS) :] = values[1, int(0.3 * PERMUTATIONS) :]
    assert like_any(values[2:], values[:2], 0.6).tolist() == [True]
    assert like_any(values[2:], values[:1], 0.6).tolist() == [False]
    assert like_any(values[:0], values[:1], 0.6).tolist() == []


def test_a_crowd_of_copies_keeps_one() -> None:
    found = earlier_copies(signatures(["the very same words as ever " * 4] * 200), 0.6)
    assert found.tolist() == [-1] + [0] * 199


def test_nothing_and_one() -> None:
    assert earlier_copies(np.empty((0, PERMUTATIONS), np.uint32), 0.6).tolist() == []
    assert earlier_copies(signatures(["alone"]), 0.6).tolist() == [-1]


@given(st.lists(st.text(max_size=60), max_size=12), st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_data_added_at_the_end_changes_nothing_before(texts: list[str], more: str) -> None:
    before = earlier_copies(signatures(texts), 0.6) if texts else np.empty(0)
    after = earlier_copies(signatures([*texts, more]), 0.6)
    assert after[: len(texts)].tolist() == before.tolist()
