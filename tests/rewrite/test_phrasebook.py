"""The phrasebook keeps the doctor's and the patient's words and takes its own from the right lists."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.phrases import LEVEL_NAMES, phrase_bank
from bedside.core.records import EMOTIONS, Dialogue, Emotion, Language, Message, Mode, PlannedEmotion, Split, joined
from bedside.core.text import sentences
from bedside.rewrite.phrasebook import rewrite
from tests.rewrite.consultations import DOCTOR, PATIENT

MODES: dict[int, Mode] = {0: "none", 1: "implicit cue", 2: "explicit concern", 3: "explicit concern"}
TEXTS: dict[Language, tuple[str, str]] = {
    "en": (PATIENT, DOCTOR),
    "zh": ("我头痛3天了。布洛芬没有用。怎么办？", "布洛芬每日三次。不要饮酒。多休息。"),
}
CALM = PlannedEmotion("neutral", 0, "none")


def consultation(language: Language, split: Split = "train", name: str = "d") -> Dialogue:
    patient, doctor = TEXTS[language]
    return Dialogue(name, "here", language, (Message("patient", patient), Message("doctor", doctor)), split=split)


def planned(emotion: Emotion, intensity: int) -> PlannedEmotion:
    return PlannedEmotion(emotion, intensity, MODES[intensity])


def from_pool(text: str, language: Language, plan: PlannedEmotion, pool: str) -> int:
    phrases = phrase_bank(language).patient[plan.emotion][LEVEL_NAMES[plan.intensity]]
    return sum(line in text for line in (phrases.train if pool == "train" else phrases.held_out))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("intensity", [1, 2, 3])
def test_doctors_text_stays_word_for_word_behind_comfort(language: Language, intensity: int) -> None:
    for number, emotion in enumerate(EMOTIONS):
        plan = planned(emotion, intensity)
        doctor = rewrite(consultation(language), plan, "distressed query", seed=number)[1].content
        opening, found, closing = doctor.partition(TEXTS[language][1])
        assert found
        authored = phrase_bank(language).doctor[emotion]
        assert any(opening.startswith(line) for line in authored.names)
        answered = any(line in opening for line in (*authored.legitimises, *authored.respects))
        assert answered == (intensity >= 2)
        assert closing.strip() or intensity < 3


@pytest.mark.parametrize("language", ["en", "zh"])
def test_patients_sentences_all_stay_in_order(language: Language) -> None:
    for seed in range(30):
        text = rewrite(consultation(language), planned("fear", 3), "distressed query", seed)[0].content
        places = [text.find(sentence.strip()) for sentence in sentences(TEXTS[language][0])]
        assert len(places) >= 2
        assert -1 not in places
        assert places == sorted(places)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("split", "pool", "other"), [("train", "train", "held_out"), ("test", "held_out", "train")])
def test_each_split_is_given_lines_of_its_own_list_only(
    language: Language, split: Split, pool: str, other: str
) -> None:
    tried = 0
    for number, emotion in enumerate(EMOTIONS):
        for intensity in (1, 2, 3):
            plan = planned(emotion, intensity)
            text = rewrite(consultation(language, split), plan, "distressed query", seed=number)[0].content
            assert 1 <= from_pool(text, language, plan, pool) <= 2
            assert from_pool(text, language, plan, other) == 0
            tried += 1
    assert tried == 3 * len(EMOTIONS)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_lists_of_the_two_splits_share_no_line(language: Language) -> None:
    lists = [level for levels in phrase_bank(language).patient.values() for level in levels.values()]
    train, held_out = ({line for level in lists for line in getattr(level, pool)} for pool in ("train", "held_out"))
    assert len(lists) == 3 * len(EMOTIONS) + 1
    assert train.isdisjoint(held_out)


def test_the_calm_are_answered_plainly_and_say_at_most_one_remark() -> None:
    remarks = set()
    for seed in range(40):
        patient, doctor = rewrite(consultation("en"), CALM, "neutral control", seed)
        assert doctor.content == DOCTOR
        remarks.add(from_pool(patient.content, "en", CALM, "train"))
        assert from_pool(patient.content, "en", CALM, "held_out") == 0
    assert remarks == {0, 1}


def test_comforting_answer_leaves_the_patient_alone() -> None:
    patient, doctor = rewrite(consultation("en"), planned("anger", 2), "comforting answer", seed=1)
    assert patient.content == PATIENT
    assert doctor.content != DOCTOR
    assert DOCTOR in doctor.content


def test_same_seed_same_result_and_seed_and_dialogue_matter() -> None:
    plan = planned("guilt", 3)
    one = [rewrite(consultation("en", name=f"d{n}"), plan, "distressed query", seed=7) for n in range(10)]
    assert one == [rewrite(consultation("en", name=f"d{n}"), plan, "distressed query", seed=7) for n in range(10)]
    assert one != [rewrite(consultation("en", name=f"d{n}"), plan, "distressed query", seed=8) for n in range(10)]
    assert len(set(one)) > 1


def test_in_a_longer_consultation_comfort_opens_the_first_answer_and_closes_the_last() -> None:
    messages = tuple(Message("patient" if n % 2 == 0 else "doctor", f"Fact number {n} stands.") for n in range(6))
    dialogue = Dialogue("d", "here", "en", messages)
    done = rewrite(dialogue, planned("sadness", 3), "distressed query", seed=2)
    assert [m.role for m in done] == [m.role for m in messages]
    assert done[1].content.endswith(messages[1].content) and done[1] != messages[1]
    assert done[5].content.startswith(messages[5].content) and done[5] != messages[5]
    assert done[2:5] == messages[2:5]


WORDS = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=60).filter(str.strip)


@settings(max_examples=60, deadline=None)
@given(WORDS, WORDS, st.sampled_from(EMOTIONS), st.integers(1, 3), st.integers(0, 9))
def test_any_doctors_text_stays_word_for_word(
    patient: str, doctor: str, emotion: Emotion, intensity: int, seed: int
) -> None:
    dialogue = Dialogue("d", "here", "en", (Message("patient", patient), Message("doctor", doctor)))
    done = rewrite(dialogue, planned(emotion, intensity), "distressed query", seed)
    assert doctor.strip() in joined(done, "doctor")


def test_a_short_first_answer_keeps_its_place_in_a_longer_consultation() -> None:
    texts = ("我头痛3天了。", "不是", "那是什么？", "请服用布洛芬。")
    messages = tuple(Message("patient" if n % 2 == 0 else "doctor", text) for n, text in enumerate(texts))
    for emotion in EMOTIONS:
        for seed in range(20):
            done = rewrite(Dialogue("d", "here", "zh", messages), planned(emotion, 3), "comforting answer", seed)
            names = phrase_bank("zh").doctor[emotion].names
            assert any(done[1].content.startswith(line) for line in names)
