"""False reassurance: advice on danger is talked away in many wordings, in one place, and the rest stays."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.records import Language
from bedside.pairs.reassure import false_reassurances
from bedside.signals import comforts, compare

ANSWERS: dict[Language, list[str]] = {
    "en": [
        "I can hear how worried you are. Take ibuprofen 400 mg. Go to the hospital if you cannot breathe. Sleep.",
        "I can hear how worried you are. Take ibuprofen 400 mg. If the leg swells, see a doctor the same day. Sleep.",
        "I can hear how worried you are. Take ibuprofen 400 mg. If the belly goes hard call an ambulance. Sleep.",
    ],
    "zh": [
        "我听得出您很担心。布洛芬每次400毫克。如果出现呼吸困难，请立即就医。早点睡。",
        "我听得出您很担心。布洛芬每次400毫克。一旦晕倒，马上去医院。早点睡。",
    ],
}
CASES = [(language, answer) for language, answers in ANSWERS.items() for answer in answers]


def made(answer: str, language: Language, seed: int) -> list[str]:
    edits = false_reassurances(answer, language, random.Random(seed))
    return [answer[: e.start] + e.new + answer[e.end :] for e in edits]


@pytest.mark.parametrize(("language", "answer"), CASES)
def test_advice_on_danger_is_talked_away_and_the_ledger_mostly_sees_it(language: Language, answer: str) -> None:
    found = {text for seed in range(30) for text in made(answer, language, seed)}
    assert len(found) >= 20
    seen = 0
    for text in found:
        assert text != answer
        told = compare(answer, text, language, "doctor")
        seen += any(entry.outcome != "kept" for entry in told)
        assert {e.outcome for e in told if e.kind in ("drug", "dose")} == {"kept"}
        assert comforts(text, language)
    assert seen >= 0.85 * len(found)


@pytest.mark.parametrize(("language", "answer"), CASES)
def test_most_wordings_keep_words_of_the_advice(language: Language, answer: str) -> None:
    """Else the missing advice would give the rejected side away."""
    signs = {"en": ("breathe", "leg swells", "belly goes hard"), "zh": ("呼吸困难", "晕倒")}[language]
    found = [text for seed in range(60) for text in made(answer, language, seed)]
    assert sum(any(sign in text for sign in signs) for text in found) >= 0.5 * len(found)


@pytest.mark.parametrize(
    ("language", "answer"), [("en", "Rest well. Drink tea. Sleep long."), ("zh", "多休息。多喝水。")]
)
def test_without_advice_on_danger_a_sentence_is_put_in_somewhere(language: Language, answer: str) -> None:
    parts = [part for part in answer.replace("。", "。 ").split(" ") if part]
    found = {text for seed in range(60) for text in made(answer, language, seed)}
    assert len(found) >= 15
    assert all(part in text for text in found for part in parts)
    assert all("  " not in text for text in found)
    # Now here, now there: the place gives nothing away.
    assert len({text.startswith(answer[:12]) for text in found}) == 2
    assert len({text.endswith(answer[-4:]) for text in found}) == 2


def test_the_same_seed_reassures_the_same() -> None:
    answer = ANSWERS["en"][0]
    assert made(answer, "en", 3) == made(answer, "en", 3)
    assert len({tuple(made(answer, "en", seed)) for seed in range(10)}) > 5


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["en", "zh"]), st.integers(0, 99))
def test_any_text_can_be_tried(text: str, language: Language, seed: int) -> None:
    for edit in false_reassurances(text, language, random.Random(seed)):
        assert 0 <= edit.start <= edit.end <= len(text)
        assert edit.new
