from __future__ import annotations

import random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.phrases import LEVEL_NAMES, PhraseBank, phrase_bank, surround, weave
from bedside.core.records import EMOTIONS, Language, PlannedEmotion
from bedside.core.text import is_chinese, sentences

LANGUAGES: tuple[Language, ...] = get_args(Language)
# What the bank was written to: lines to train on and lines held out.
PATIENT_COUNTS = {"implicit": (14, 6), "explicit_2": (14, 6), "explicit_3": (10, 5), "calm": (24, 10)}
ANSWERS = {"en": "Take 5 mg daily.\n1. Rest.  2. Drink.", "zh": "每天5mg。多休息，多喝水。"}
MARKS = ("⟦a⟧", "⟦b⟧")


def patient_lines(bank: PhraseBank) -> list[str]:
    pools = [phrases for levels in bank.patient.values() for phrases in levels.values()]
    return [line for phrases in pools for line in (*phrases.train, *phrases.held_out)]


def doctor_lines(bank: PhraseBank) -> list[str]:
    lists = [words for d in bank.doctor.values() for words in (d.names, d.legitimises, d.respects, d.supports)]
    return [line for words in (*lists, bank.any.supports, bank.any.invites) for line in words]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_patient_bank_has_all_emotions_levels_and_lines(language: Language) -> None:
    bank = phrase_bank(language)
    assert set(bank.patient) == {*EMOTIONS, "neutral"}
    assert len(bank.patient) == 12
    for emotion, levels in bank.patient.items():
        expected = {"calm"} if emotion == "neutral" else {"implicit", "explicit_2", "explicit_3"}
        assert set(levels) == expected
        for level, phrases in levels.items():
            assert (len(phrases.train), len(phrases.held_out)) == PATIENT_COUNTS[level]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_doctor_bank_has_all_emotions_and_lines(language: Language) -> None:
    bank = phrase_bank(language)
    assert set(bank.doctor) == set(EMOTIONS)
    assert len(bank.doctor) == 11
    for words in bank.doctor.values():
        counts = (len(words.names), len(words.legitimises), len(words.respects), len(words.supports))
        assert counts == (9, 8, 6, 4)
    assert (len(bank.any.supports), len(bank.any.invites)) == (12, 14)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_held_out_is_nowhere_trained_on(language: Language) -> None:
    pools = [phrases for levels in phrase_bank(language).patient.values() for phrases in levels.values()]
    train = {line.lower().strip() for phrases in pools for line in phrases.pool("train")}
    held_out = {line.lower().strip() for phrases in pools for line in phrases.pool("held_out")}
    assert (len(train), len(held_out)) == (11 * (14 + 14 + 10) + 24, 11 * (6 + 6 + 5) + 10)
    assert train & held_out == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_there_twice_and_each_is_text_of_its_language(language: Language) -> None:
    bank = phrase_bank(language)
    lines = patient_lines(bank) + doctor_lines(bank)
    doctor = 11 * (9 + 8 + 6 + 4) + 12 + 14
    assert len(lines) == 11 * (14 + 6 + 14 + 6 + 10 + 5) + 24 + 10 + doctor
    assert len({" ".join(line.lower().split()) for line in lines}) == len(lines)
    for line in lines:
        assert line == line.strip()
        assert "\n" not in line
        assert is_chinese(line) == (language == "zh"), line


def test_a_level_name_is_known_for_every_intensity() -> None:
    assert [LEVEL_NAMES[intensity] for intensity in range(4)] == ["calm", "implicit", "explicit_2", "explicit_3"]
    assert len(LEVEL_NAMES) == 4


@settings(max_examples=60, deadline=None)
@given(text=st.text().filter(lambda t: "⟦" not in t), seed=st.integers(0, 99))
def test_weaving_keeps_every_sentence_of_the_text_word_for_word(text: str, seed: int) -> None:
    woven = weave(text, MARKS, random.Random(seed))
    assert all(woven.count(mark) == 1 for mark in MARKS)
    place = 0
    for part in sentences(text):
        place = woven.index(part.strip(), place) + len(part.strip())
    left = woven.replace(MARKS[0], "").replace(MARKS[1], "")
    assert "".join(left.split()) == "".join(text.split())


def test_weaving_puts_a_line_before_between_or_after_never_inside() -> None:
    text = "It hurts. Is it bad? I took 2.5 mg."
    found = {weave(text, ["I am scared."], random.Random(seed)) for seed in range(200)}
    assert found == {
        "I am scared. It hurts. Is it bad? I took 2.5 mg.",
        "It hurts. I am scared. Is it bad? I took 2.5 mg.",
        "It hurts. Is it bad? I am scared. I took 2.5 mg.",
        "It hurts. Is it bad? I took 2.5 mg. I am scared.",
    }


def test_weaving_puts_no_space_into_chinese() -> None:
    found = {weave("头痛三天。怎么办？", ["我很害怕。"], random.Random(seed)) for seed in range(50)}
    assert found == {
        "我很害怕。头痛三天。怎么办？",
        "头痛三天。我很害怕。怎么办？",
        "头痛三天。怎么办？我很害怕。",
    }


def test_weaving_does_not_part_a_list_number_from_its_words() -> None:
    text = "My drugs:\n1. Aspirin.\n2. Metformin."
    found = {weave(text, ["I am scared."], random.Random(seed)) for seed in range(200)}
    assert all("1. Aspirin." in woven and "2. Metformin." in woven for woven in found)


def test_weaving_is_the_same_for_the_same_seed() -> None:
    woven = [weave("One. Two. Three.", MARKS, random.Random(5)) for _ in range(2)]
    assert woven[0] == woven[1]


def comfort(language: Language, intensity: int, seed: int) -> tuple[str, str]:
    """What stands before and after the answer."""
    planned = PlannedEmotion("fear", intensity, "implicit cue" if intensity == 1 else "explicit concern")
    text = surround(f"  {ANSWERS[language]}\n", phrase_bank(language), planned, random.Random(seed))
    assert text.count(ANSWERS[language]) == 1
    *_, answer, after = parts = [*text.split("\n\n"), *[""] * (2 - text.count("\n\n"))]
    assert (len(parts), answer) == (3, ANSWERS[language]), "comfort, answer and what follows are paragraphs"
    return parts[0], after


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("intensity", [1, 2, 3])
def test_an_answer_stands_word_for_word_in_comfort_of_the_right_measure(language: Language, intensity: int) -> None:
    bank = phrase_bank(language)
    fear = bank.doctor["fear"]
    parted = [comfort(language, intensity, seed) for seed in range(100)]
    space = "" if language == "zh" else " "
    more = {space + line for line in (*fear.legitimises, *fear.respects)} if intensity > 1 else {""}
    assert {before for before, _ in parted} <= {name + second for name in fear.names for second in more}
    closings = {*fear.supports, *bank.any.supports, *bank.any.invites}
    followed = [after for _, after in parted if after]
    assert set(followed) <= closings
    # Every other time: 100 fair throws lie within 4 standard deviations (5) of 50.
    assert len(followed) == 100 if intensity == 3 else abs(len(followed) - 50) <= 4 * 5
    assert {fear.supports, bank.any.supports, bank.any.invites} == {
        words for words in (fear.supports, bank.any.supports, bank.any.invites) if set(words) & set(followed)
    }
