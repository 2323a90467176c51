"""Emotion, comfort need, reply levels and burden: what is one, what is none, what only looks like one; en and zh."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.records import EMOTIONS, Language
from bedside.signals.burden import burden, syllables
from bedside.signals.comfort import anti_acts, comfort_acts
from bedside.signals.emotion import MAPPED, comfort_need, emotion_of, labels_of
from bedside.signals.linear import load, pieces, words
from bedside.signals.response_levels import exploration_level, reaction_level

NAMED: list[tuple[Language, str, str, str]] = [
    # language, emotion, a sentence that names it, a sentence with the same word that does not
    ("en", "anxiety", "I am worried about this rash.", "I had a stress test in May."),
    ("en", "fear", "I'm terrified.", "The scan shows scarring."),
    ("en", "sadness", "I feel so sad.", "The nails turn blue."),
    ("en", "hopelessness", "I have lost all hope.", "I have lost 5 kg."),
    ("en", "anger", "I am furious with the clinic.", "There is a bitter taste."),
    ("en", "shame", "I'm ashamed of it.", "I took it out of the box."),
    ("en", "guilt", "I feel guilty.", "The default dose is 5 mg."),
    ("en", "loneliness", "I feel lonely.", "It is an isolated finding."),
    ("en", "confusion", "I'm baffled.", "The cause is unclear."),
    ("en", "distrust", "I don't trust this advice.", "I trust this advice."),
    ("en", "exhaustion", "I am worn out.", "They drained the abscess."),
    ("zh", "anxiety", "我很焦虑。", "我有焦虑症。"),
    ("zh", "fear", "我很害怕。", "他怕冷。"),
    ("zh", "sadness", "我心里很难过。", "宝宝夜里哭闹。"),
    ("zh", "hopelessness", "我觉得绝望。", "皮肤有点暗沉。"),
    ("zh", "anger", "我很生气。", "走路就气短。"),
    ("zh", "shame", "我觉得很丢人。", "耻骨有点疼。"),
    ("zh", "guilt", "我很内疚。", "他是罪犯。"),
    ("zh", "loneliness", "我很孤独。", "他是独生子。"),
    ("zh", "confusion", "我很困惑。", "月经有点乱。"),
    ("zh", "distrust", "我不信任他们。", "医生怀疑是胃炎。"),
    ("zh", "exhaustion", "我身心俱疲。", "肿瘤累及淋巴结。"),
]


@pytest.mark.parametrize(("language", "emotion", "named", "trap"), NAMED)
def test_a_named_feeling_is_read_and_its_trap_is_not(language: Language, emotion: str, named: str, trap: str) -> None:
    reading = emotion_of(named, language)
    assert (reading.emotion, reading.mode) == (emotion, "explicit concern")
    assert reading.intensity >= 2
    assert emotion_of(trap, language).mode != "explicit concern"


def test_every_emotion_is_tried_in_both_languages() -> None:
    assert {(language, emotion) for language, emotion, _, _ in NAMED} == {
        (la, e) for la in ("en", "zh") for e in EMOTIONS
    }


@pytest.mark.parametrize(
    ("language", "text", "intensity"),
    [
        ("en", "I take 5 mg twice a day.", 0),
        ("en", "I keep checking my phone.", 1),
        ("en", "I'm a little worried.", 1),
        ("en", "I'm worried.", 2),
        ("en", "I'm so worried.", 3),
        ("en", "I am not worried.", 0),
        ("en", "I can't help being worried.", 2),
        ("zh", "每天两次，每次一片。", 0),
        ("zh", "我放不下。", 1),
        ("zh", "我很担心。", 2),
        ("zh", "我担心极了。", 3),
        ("zh", "我不担心。", 0),
        ("zh", "我忍不住担心。", 2),
    ],
)
def test_intensity(language: Language, text: str, intensity: int) -> None:
    assert emotion_of(text, language).intensity == intensity


@pytest.mark.parametrize(("language", "text"), [("en", "My wife is worried."), ("zh", "妈妈很担心。")])
def test_another_persons_feeling_is_a_cue(language: Language, text: str) -> None:
    reading = emotion_of(text, language)
    assert (reading.emotion, reading.intensity, reading.mode) == ("anxiety", 1, "implicit cue")


def test_a_worried_patient_needs_comfort_more_than_a_curious_one() -> None:
    worried = "I am so scared that this lump is cancer and I cannot stop crying. Please help me."
    curious = "Which vitamin D dose is usual for adults, and can it be taken with food?"
    assert comfort_need(worried, "en") > 0.5 > comfort_need(curious, "en")
    assert comfort_need("我吓坏了，怕得要命。", "zh") > comfort_need("维生素D一天吃多少？", "zh")


def test_labels_are_those_of_go_emotions() -> None:
    model = load("emotions")
    assert len(model.labels) == 28
    assert set(MAPPED) <= set(model.labels)
    assert "fear" in labels_of("I am terrified of spiders.")
    assert "fear" not in labels_of("The meeting is at noon.")


def test_the_weights_hold_no_objects_and_are_small() -> None:
    for name in ("emotions", "need"):
        model = load(name)
        assert model.weights.dtype.itemsize == 1
        assert model.weights.shape == (len(model.words.rows) + len(model.pieces.rows), len(model.labels))


def test_terms_of_a_text() -> None:
    assert list(words("Don’t go!")) == ["don't", "go", "don't go", "!", "go !"]
    assert list(pieces("ab")) == [" a", "ab", "b ", " ab", "ab ", " ab ", " ab "]


@pytest.mark.parametrize(
    ("language", "text", "level"),
    [
        ("en", "I'm so sorry you are going through this.", 2),
        ("en", "Sorry for the long post.", 0),
        ("en", "I hope you feel better soon.", 1),
        ("en", "Take one tablet a day.", 0),
        ("zh", "听到这些我很难过。", 2),
        ("zh", "祝您早日康复。", 1),
        ("zh", "饭后服用。", 0),
    ],
)
def test_reaction_level(language: Language, text: str, level: int) -> None:
    assert reaction_level(text, language) == level


@pytest.mark.parametrize(
    ("language", "text", "level"),
    [
        ("en", "Have you spoken to your wife about it?", 2),
        ("en", "What happened?", 1),
        ("en", "Who knows?", 0),
        ("en", "Rest well.", 0),
        ("zh", "您从什么时候开始担心的？", 2),
        ("zh", "怎么了？", 1),
        ("zh", "谁知道呢？", 0),
        ("zh", "多休息。", 0),
    ],
)
def test_exploration_level(language: Language, text: str, level: int) -> None:
    assert exploration_level(text, language) == level


def test_burden_counts_the_words_before_the_first_action() -> None:
    text = "The cat sat. Take one pill."
    read = burden(text, "en")
    assert (read.characters, read.words, read.sentences, read.words_before_action) == (27, 6, 2, 3)
    assert read.difficulty == round(0.39 * 6 / 2 + 11.8 * 6 / 6 - 15.59, 2)
    assert burden("The cat sat.", "en").words_before_action is None
    chinese = burden("这很常见。建议多喝水。", "zh")
    assert (chinese.words, chinese.words_before_action, chinese.difficulty) == (9, 4, (4 + 5) / 2)
    assert burden("", "en").difficulty == burden("", "zh").difficulty == 0.0


def test_syllables() -> None:
    known = {"cat": 1, "table": 2, "diet": 2, "medicine": 3, "headache": 2, "antibiotic": 5, "walked": 1, "wanted": 2}
    known |= {"pressure": 2, "patient": 2, "takes": 1, "ibuprofen": 4, "doing": 2, "hospital": 3, "fluid": 2}
    assert {word: syllables(word) for word in known} == known


PATTERNS = ["worried ", "you ", "?", "I'm not ", "担心", "您", "不", "怕", "a"]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_long_repetition_is_read_in_time(pattern: str, language: Language) -> None:
    text = pattern * (20_000 // len(pattern))
    started = time.process_time()
    emotion_of(text, language)
    comfort_acts(text, language)
    anti_acts(text, language)
    reaction_level(text, language)
    exploration_level(text, language)
    burden(text, language)
    assert time.process_time() - started < 15  # a quadratic rule takes minutes


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(st.sampled_from(["I'm", "İ", "scared", "not", "so", ".", "我", "害怕", "！", "’"])).map(" ".join),
    ),
    st.sampled_from(["en", "zh"]),
)
def test_places_are_true_and_the_scale_is_kept(text: str, language: Language) -> None:
    reading = emotion_of(text, language)
    for finding in reading.findings:
        assert text[finding.start : finding.end] == finding.text != ""
    assert (reading.intensity == 0) == (reading.emotion == "neutral") == (reading.mode == "none")
    assert 0 <= reading.intensity <= 3
    assert 0 <= comfort_need(text, language) <= 1
