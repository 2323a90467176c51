"""A mutation breaks one thing of a named kind, keeps all else, and gives up where there is nothing to break."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.records import Language
from bedside.core.text import is_chinese, sentences
from bedside.pairs.mutations import break_fact, reassure_falsely
from bedside.signals import anti_acts, comforts, compare, extract

BREAKABLE = ("dose", "frequency", "duration", "drug", "prohibition")
ONE_FACT: list[tuple[Language, str, str]] = [
    ("en", "dose", "The dose is 400 mg each time."),
    ("en", "dose", "It takes two tablets."),
    ("en", "frequency", "Rinse twice a day."),
    ("en", "frequency", "Rinse every 8 hours."),
    ("en", "duration", "Rest for 5 days."),
    ("en", "duration", "Rest for two weeks."),
    ("en", "drug", "You can go on with Tylenol."),
    ("en", "prohibition", "Rest well. Please do not drive."),
    ("zh", "dose", "每次 500 毫克。"),
    ("zh", "frequency", "每日两次。"),
    ("zh", "duration", "休息5天。"),
    ("zh", "drug", "可以用布洛芬。"),
    ("zh", "prohibition", "多休息，避免饮酒。"),
]


@pytest.mark.parametrize(("language", "kind", "answer"), ONE_FACT)
def test_a_fact_is_broken_and_nothing_else(language: Language, kind: str, answer: str) -> None:
    (fact,) = (fact for fact in extract(answer, language) if fact.kind in BREAKABLE)
    for seed in range(15):
        broken = break_fact(answer, language, random.Random(seed))
        assert broken is not None
        assert (broken.kind, broken.text != answer) == (kind, True)
        assert broken.text.startswith(answer[: fact.start])
        assert broken.text.endswith(answer[fact.end :])
        outcomes = {(e.kind, e.outcome) for e in compare(answer, broken.text, language, "doctor")}
        assert outcomes in ({(kind, "changed")}, {(kind, "lost")})


def test_every_kind_is_tried_in_both_languages() -> None:
    for language in ("en", "zh"):
        assert {kind for spoken, kind, _ in ONE_FACT if spoken == language} == set(BREAKABLE)


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("en", "Rest well, and drink tea."),
        ("en", "Go to the emergency room at once."),
        ("en", "Have a chest x-ray."),
        ("zh", "多喝水。"),
        ("zh", "做个心电图。"),
    ],
)
def test_where_there_is_nothing_to_break_there_is_no_mutation(language: Language, answer: str) -> None:
    assert {break_fact(answer, language, random.Random(seed)) for seed in range(10)} == {None}


PARTS = [
    "Take ibuprofen with water.",
    "The dose is 400 mg each time.",
    "Rinse twice a day.",
    "Rest for 5 days.",
    "Please do not drive, though.",
    "I can hear how worried you are.",
    "Drink tea.",
]


@settings(max_examples=60, deadline=None)
@given(st.permutations(PARTS), st.integers(0, 10_000))
def test_one_sentence_of_an_answer_changes(parts: list[str], seed: int) -> None:
    answer = " ".join(parts)
    broken = break_fact(answer, "en", random.Random(seed))
    assert broken is not None
    before, after = sentences(answer), sentences(broken.text)
    assert len(before) == len(after)
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1
    outcomes = [(e.kind, e.outcome) for e in compare(answer, broken.text, "en", "doctor") if e.outcome != "kept"]
    assert [kind for kind, _ in outcomes] == [broken.kind]


def test_all_kinds_come_up() -> None:
    kinds = set()
    for seed in range(80):
        broken = break_fact(" ".join(PARTS), "en", random.Random(seed))
        assert broken is not None
        kinds.add(broken.kind)
    assert kinds == set(BREAKABLE)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("position", [0, 1, 2])
def test_advice_on_danger_gives_way_to_reassurance(language: Language, position: int) -> None:
    parts = {
        "en": ["Rest well. ", "Drink tea. ", "Sleep long. "],
        "zh": ["多休息。", "多喝水。", "早点睡。"],
    }[language]
    danger = {"en": "Go to the emergency room if you faint. ", "zh": "晕倒请立即就医。"}[language]
    parts.insert(position, danger)
    for seed in range(20):
        text, kind = reassure_falsely("".join(parts).strip(), language, random.Random(seed))
        assert kind == "false reassurance"
        assert danger.strip() not in text
        assert all(part.strip() in text for part in parts if part != danger)
        assert not any(fact.kind == "urgency" for fact in extract(text, language))


def test_without_danger_the_reassurance_stands_before_the_last_sentence() -> None:
    for seed in range(20):
        text = reassure_falsely("Rest well. Drink tea. Sleep long.", "en", random.Random(seed)).text
        assert text.startswith("Rest well. Drink tea. ")
        assert text.endswith(" Sleep long.")
        assert len(text) > len("Rest well. Drink tea. Sleep long.")
        assert reassure_falsely("Rest well.", "en", random.Random(seed)).text.startswith("Rest well. ")


def test_comfort_and_facts_stay_under_a_false_reassurance() -> None:
    answer = "I can hear how worried you are. Take ibuprofen 400 mg. Sleep long."
    for seed in range(20):
        text = reassure_falsely(answer, "en", random.Random(seed)).text
        assert comforts(text, "en")
        assert {e.outcome for e in compare(answer, text, "en", "doctor") if e.kind in ("drug", "dose")} == {"kept"}


@pytest.mark.parametrize(("language", "answer"), [("en", "Rest well."), ("zh", "多休息。")])
def test_most_planted_reassurances_are_read_as_false(language: Language, answer: str) -> None:
    texts = {reassure_falsely(answer, language, random.Random(seed)).text for seed in range(300)}
    read = [any(f.kind == "false_reassurance" for f in anti_acts(text, language)) for text in texts]
    assert len(texts) >= 12
    assert sum(read) >= 0.6 * len(read)


def test_same_seed_same_mutation() -> None:
    answer = " ".join(PARTS)
    made = [break_fact(answer, "en", random.Random(seed)) for seed in range(20)]
    assert made == [break_fact(answer, "en", random.Random(seed)) for seed in range(20)]
    assert len(set(made)) > 5


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["en", "zh"]), st.integers(0, 99))
def test_any_text_can_be_tried(text: str, language: Language, seed: int) -> None:
    broken = break_fact(text, language, random.Random(seed))
    assert broken is None or broken.text != text
    assert reassure_falsely(text, language, random.Random(seed)).text


def test_a_small_first_letter_stays() -> None:
    broken = break_fact("well, the dose is 400 mg.", "en", random.Random(0))
    assert broken is not None
    assert broken.text.startswith("well")


def test_a_sentence_that_loses_its_prohibition_opens_with_a_capital() -> None:
    broken = break_fact("Rest well. Do not drink alcohol.", "en", random.Random(0))
    assert broken is not None
    assert broken.text == "Rest well. Drink alcohol."


def test_the_space_behind_a_prohibition_stays() -> None:
    broken = break_fact("Rest well, and please do not drive (at all).", "en", random.Random(0))
    assert broken is not None
    assert broken.text.endswith(" (at all).")


def test_a_chinese_drug_is_swapped_for_a_chinese_name() -> None:
    broken = break_fact("可以用布洛芬。", "zh", random.Random(0))
    assert broken is not None
    assert all(is_chinese(character) for character in broken.text if character.isalpha())


def test_a_broken_range_still_rises() -> None:
    for seed in range(5):
        broken = break_fact("It takes 2-3 tablets.", "en", random.Random(seed))
        assert broken is not None
        low, high = broken.text.removeprefix("It takes ").removesuffix(" tablets.").split("-")
        assert float(low) <= float(high)


def test_a_broken_chinese_number_is_a_number() -> None:
    broken = break_fact("休息十二天。", "zh", random.Random(0))
    assert broken is not None
    assert "三二" not in broken.text
