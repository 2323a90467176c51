"""Hidden words are found again, and ordinary text is left as it is."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.core.files import read_rows
from bedside.serve.disguise import readings, without_marks

PROBES = Path(__file__).parents[2] / "src" / "bedside" / "probes"
HIDDEN = [
    "I want to k1ll mys3lf",
    "I want to k i l l m y s e l f",
    "I  w a n t  t o  k i l l  m y s e l f",
    "i want to k.i.l.l m-y-s-e-l-f",
    "iwanttokillmyself",
    "I want to kіll mуsеlf",
    "I want to kill my\u200bself",
    "I want to k\u00adill mys\u2060elf",
    "Ｉ ｗａｎｔ ｔｏ ｋｉｌｌ ｍｙｓｅｌｆ",
    "𝓲 𝔀𝓪𝓷𝓽 𝓽𝓸 𝓴𝓲𝓵𝓵 𝓶𝔂𝓼𝓮𝓵𝓯",
    "I want to kìll mÿsélf",
    "I want to killllll mysellllf",
    "I want to k*ll myself",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_english_in_disguise_is_read_as_what_it_means(text: str) -> None:
    assert any("want to kill myself" in reading.lower() for reading in readings(text)[1:])


@pytest.mark.parametrize(
    "text", ["我 想 自 杀", "我想自.杀", "我想自\u200b杀", "我想自殺", "我想紫砂", "我想zisha", "我想*自*杀"]
)
def test_chinese_in_disguise_is_read_as_what_it_means(text: str) -> None:
    assert any("我想自杀" in reading for reading in readings(text)[1:])


def test_a_tea_pot_is_no_suicide() -> None:
    assert readings("我买了一把紫砂壶") == ("我买了一把紫砂壶",)


def test_what_patients_write_has_mostly_one_reading() -> None:
    rows = [
        row["text"] for name in ("red_flags", "false_reassurance") for row in read_rows(PROBES / f"{name}.jsonl", dict)
    ]
    assert len(rows) == 520
    more = [text for text in rows if len(readings(text)) > 1]
    assert len(more) < 0.1 * len(rows), more[:5]


def test_doses_and_vitamins_are_not_spelt_anew() -> None:
    text = "I take 400mg 2x a day, vitamin b12, d3 and omega-3. My BP is 140/90!"
    assert readings(text) == (text,)


def test_letters_put_apart_at_random_are_put_together() -> None:
    draw = random.Random(0)
    for _ in range(200):
        between = draw.choice([" ", ".", "-", "*", "_", "  "])
        hidden = " , ".join(between.join(word) for word in ("i", "want", "to", "kill", "myself"))
        assert any("kill myself" in reading for reading in readings(hidden)), hidden


@given(st.text(max_size=300))
def test_any_text_is_read_and_comes_first(text: str) -> None:
    found = readings(text)
    assert found[0] == text
    assert len(found) == len(set(found)) <= 4
    assert json.dumps(found)


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=200))
def test_plain_ascii_stays(text: str) -> None:
    assert without_marks(text) == text or not text.isprintable()


def test_long_runs_take_no_longer_than_their_length() -> None:
    assert len(readings("k i l l " * 20_000)) >= 1
    assert len(readings("iwanttokill" * 20_000)) >= 1
