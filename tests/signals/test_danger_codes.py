"""The models of danger read terms as numbers: the scores are those of the terms as text, window by window."""

from __future__ import annotations

import json
from importlib import resources
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.records import Language
from bedside.signals.danger_codes import scores
from bedside.signals.danger_model import TOGETHER, WEIGHTS, Danger, windows
from bedside.signals.danger_terms import pieces, words
from bedside.signals.linear import Linear, load
from bedside.signals.number_tables import key_of, keys_of, table
from bedside.signals.patterns import flat

ODD = (
    "no not, x :) y u:x s:a_b ! !a _ __ # 12 3.4 a'b not never. no",
    "\0不没 有_ _ab 1.5mg！！？？",
    "x" * 90,
    "|",
    "𠮷不",
)


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("danger", get_args(Danger))
def test_scores_are_those_of_the_terms(danger: Danger, language: Language) -> None:
    model = load(f"{danger}.{language}", WEIGHTS)
    texts = [flat(text) for text in (*_probes(danger, language), *ODD)]
    assert len(texts) > 50
    for text in texts:
        cut = [text[a:b] for a, b in windows(text, TOGETHER[danger, language])]
        if cut:
            found = scores(f"{danger}.{language}", WEIGHTS, cut, language)
            assert np.allclose(found, [_by_terms(model, part, language) for part in cut], atol=1e-5), text


WORDS = (
    "not",
    "no",
    "never",
    "worry",
    "you",
    "don't",
    "fine",
    "100%",
    ".",
    ",",
    "!",
    "不",
    "没",
    "放心",
    "，",
    "。",
    "9",
    " ",
)


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9), min_size=1, max_size=4))
@pytest.mark.parametrize("language", get_args(Language))
def test_texts_read_together_are_read_as_each_alone(language: Language, parts: list[list[str]]) -> None:
    name = f"false_reassurance.{language}"
    texts = [(" " if language == "en" else "").join(part) for part in parts]
    found = scores(name, WEIGHTS, texts, language)
    assert np.allclose(found, [_by_terms(load(name, WEIGHTS), text, language) for text in texts], atol=1e-5)


def test_a_table_finds_what_it_holds_and_nothing_else() -> None:
    known = table({key_of(1, [1, 2]): 7, key_of(2, [1, 2]): 8, key_of(0, [1, 2, 3, 4]): 9})
    first, second = np.array([1, 0, 2, 1]), np.array([2, 2, 1, 2])
    base = np.array([100, 200, 300, 400])
    assert known.rows_of(keys_of(1, first, second), base).tolist() == [107, 407]
    assert known.rows_of(keys_of(2, first, second), base).tolist() == [108, 408]
    assert known.rows_of(keys_of(3, first, second), base).tolist() == []
    assert known.rows_of(keys_of(0, first, second, first + 2, second + 2), base).tolist() == [109, 409]


def _by_terms(model: Linear, text: str, language: Language) -> float:
    return float(model.scores_of(words(text, language), pieces(text, language))[0])


def _probes(danger: Danger, language: Language) -> list[str]:
    lines = resources.files("bedside").joinpath(f"probes/{danger}.jsonl").read_text(encoding="utf-8").splitlines()
    return [row["text"] for row in map(json.loads, lines) if row["language"] == language]
