"""`read` gathers every finding as plain data and recognises the language."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.records import Language
from bedside.signals.read import read
from tests.shared_data import shared_data


def test_all_findings_of_an_english_text() -> None:
    found = read("I can hear how worried you are. Take ibuprofen 400 mg. You will be fine.")
    assert (found["language"], found["words"]) == ("en", 7 + 4 + 4)
    assert [f["norm"] for f in found["facts"]] == ["ibuprofen", "400 mg"]
    assert [f["label"] for f in found["feelings"]] == ["anxiety"]
    assert [f["kind"] for f in found["comfort_acts"]] == ["names"]
    assert [f["kind"] for f in found["anti_acts"]] == ["false_reassurance"]


def test_danger_is_read_too() -> None:
    found = read("I do not want to live any more. My face droops and my arm went weak an hour ago.")
    assert len(found["crisis"]) == 1
    assert len(found["red_flags"]) == 1


def test_chinese_is_recognised() -> None:
    found = read("听得出您很担心。每日两次。")
    assert (found["language"], found["words"]) == ("zh", 7 + 4)
    assert [f["norm"] for f in found["facts"]] == ["2 a day"]


def test_a_given_language_is_not_second_guessed() -> None:
    assert [f["norm"] for f in read("布洛芬。", "zh")["facts"]] == ["ibuprofen"]
    assert len(read("布洛芬。", "en")["facts"]) == 0


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80), st.sampled_from([None, "en", "zh"]))
def test_any_text_gives_plain_data(text: str, language: Language | None) -> None:
    found = read(text, language)
    assert found["language"] in ("en", "zh") if language is None else found["language"] == language
    assert set(json.loads(json.dumps(found))) == {
        "language",
        "words",
        "facts",
        "feelings",
        "emotion",
        "comfort_need",
        "comfort_acts",
        "anti_acts",
        "crisis",
        "red_flags",
        "urgent_advice",
        "burden",
    }


@pytest.mark.parametrize("field", ["patient", "doctor", "patient_rewrite", "doctor_rewrite"])
def test_places_are_true_in_real_consultations(field: str) -> None:
    rows = [json.loads(line) for line in shared_data("rewrites/dev.jsonl").read_text("utf-8").splitlines()]
    texts = [row[field] for row in rows if field in row]
    assert len(texts) >= 50
    for text in texts:
        found = read(f"{text} .")
        for finding in (*found["facts"], *found["feelings"], *found["comfort_acts"], *found["anti_acts"]):
            assert text[finding["start"] : finding["end"]].strip() == finding["text"]
