"""The models of danger read terms as numbers: the scores are those of the terms as text, window by window."""

from __future__ import annotations

import json
from importlib import resources
from itertools import accumulate, pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.records import Language
from bedside.signals.danger_codes import label_scores, scores
from bedside.signals.danger_model import READ_TOGETHER, TOGETHER, WEIGHTS, Danger, windows
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
@pytest.mark.parametrize("together", READ_TOGETHER)
def test_scores_are_those_of_the_terms_of_each_window(together: tuple[Danger, ...], language: Language) -> None:
    names = tuple(f"{danger}.{language}" for danger in together)
    texts = [flat(text) for danger in together for text in (*_probes(danger, language), *ODD)]
    texts += [" ".join(texts[place : place + 4]) for place in range(0, 40, 4)]
    assert len(texts) > 60
    for text in texts:
        cuts = [windows(text, TOGETHER[danger, language]) for danger in together]
        if cuts[0]:
            for name, places, found in zip(names, cuts, scores(names, WEIGHTS, text, cuts, language), strict=True):
                wanted = [_by_terms(load(name, WEIGHTS), text[a:b], language) for a, b in places]
                assert np.allclose(found, wanted, atol=1e-5), text


@pytest.mark.parametrize("language", get_args(Language))
def test_label_scores_are_those_of_the_terms(language: Language) -> None:
    name = f"crisis.{language}"
    for text in map(flat, _probes("crisis", language)):
        wanted = load(name, WEIGHTS).scores_of(words(text, language), pieces(text, language))
        assert np.allclose(label_scores(name, WEIGHTS, text, language), wanted, atol=1e-5)


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
def test_windows_read_together_are_read_as_each_alone(language: Language, parts: list[list[str]]) -> None:
    name = f"false_reassurance.{language}"
    texts = [(" " if language == "en" else "").join(part) + "\n" for part in parts]
    ends = list(accumulate(map(len, texts)))
    places = list(pairwise([0, *ends]))
    found = scores((name,), WEIGHTS, "".join(texts), [places], language)[0]
    assert np.allclose(found, [_by_terms(load(name, WEIGHTS), text, language) for text in texts], atol=1e-5)


def test_a_table_finds_what_it_holds_and_nothing_else() -> None:
    known = table({key_of(1, [1, 2]), key_of(2, [1, 2]), key_of(0, [1, 2, 3, 4])})
    first, second = np.array([1, 0, 2, 1]), np.array([2, 2, 1, 2])
    for kind, more, held in ((1, (), [0, 3]), (2, (), [0, 3]), (3, (), []), (0, (first + 2, second + 2), [0, 3])):
        which, places = known.find(keys_of(kind, first, second, *more))
        assert which.tolist() == held
        wanted = key_of(kind, [1, 2, 3, 4] if more else [1, 2])
        assert known.keys[places].tolist() == [wanted] * len(held)


def _by_terms(model: Linear, text: str, language: Language) -> float:
    return float(model.scores_of(words(text, language), pieces(text, language))[0])


def _probes(danger: Danger, language: Language) -> list[str]:
    lines = resources.files("bedside").joinpath(f"probes/{danger}.jsonl").read_text(encoding="utf-8").splitlines()
    return [row["text"] for row in map(json.loads, lines) if row["language"] == language]
