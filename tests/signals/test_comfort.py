"""Comfort acts and anti-acts: for each kind what is one, what is none, and what only looks like one; both languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.phrases import phrase_bank
from bedside.core.records import EMOTIONS, Language
from bedside.signals.comfort import (
    ACTS,
    ANTI_ACTS,
    COMFORTING,
    Kind,
    anti_acts,
    comfort_acts,
    comforts,
    emotion_words,
)


def acts(text: str, language: Language) -> list[Kind]:
    return [finding.kind for finding in comfort_acts(text, language)]


def antis(text: str, language: Language) -> list[Kind]:
    return [finding.kind for finding in anti_acts(text, language)]


def feelings(text: str, language: Language) -> list[str]:
    return [finding.label for finding in emotion_words(text, language)]


ACT_CASES: list[tuple[Language, Kind, str, str]] = [
    # language, act, a sentence that performs it, a sentence with the same words that does not
    ("en", "names", "I can hear how worried you are.", "The ward is on the second floor, as you wrote."),
    ("en", "names", "Underneath the question there is fear.", "You may have an anxiety disorder."),
    ("en", "legitimises", "It is understandable to feel this way.", "The report is hard to understand."),
    ("en", "legitimises", "Anyone would feel the same in your place.", "Most people take one tablet."),
    ("en", "respects", "Thank you for telling me this.", "Tell me this first."),
    ("en", "respects", "Writing this took courage.", "It took 3 days."),
    ("en", "supports", "You do not have to manage every step.", "You have to take every dose."),
    ("en", "supports", "Read this again when you are calm.", "Read the leaflet."),
    ("en", "explores", "Tell me more about that.", "The leaflet tells more."),
    ("en", "explores", "Write again whenever you like.", "She could not write."),
    ("zh", "names", "听得出您很担心。", "这是治疗焦虑症的药。"),
    ("zh", "legitimises", "换作谁都会这样。", "这种药很便宜。"),
    ("zh", "respects", "谢谢您说出来。", "请说出来。"),
    ("zh", "supports", "我会陪着您。", "请服药。"),
    ("zh", "explores", "您可以随时告诉我。", "医生告诉他结果。"),
]


@pytest.mark.parametrize(("language", "kind", "comforting", "plain"), ACT_CASES)
def test_an_act_is_found_and_its_trap_is_not(language: Language, kind: Kind, comforting: str, plain: str) -> None:
    assert kind in acts(comforting, language)
    assert kind not in acts(plain, language)


ANTI_CASES: list[tuple[Language, Kind, str, str]] = [
    ("en", "false_reassurance", "There is nothing to worry about.", "There is nothing in the stomach."),
    ("en", "false_reassurance", "Do not worry.", "Do not drive."),
    ("en", "false_reassurance", "Everything will be fine.", "The fine print is on the box."),
    ("en", "false_reassurance", "I promise you this is harmless.", "The drug is promising."),
    ("en", "minimises", "It is only a small rash.", "It is only on the left arm."),
    ("en", "minimises", "At least it is benign.", "Drink at least 2 litres."),
    ("en", "minimises", "You are overreacting.", "The thyroid is overactive."),
    ("en", "claims_experience", "I have been there too.", "I have been a doctor for years."),
    ("en", "claims_experience", "I know exactly how this feels.", "I know exactly one cause."),
    ("en", "formulaic", "I understand your concern.", "Few people understand the cause."),
    ("en", "formulaic", "I'm so sorry to hear that.", "Your sore throat is better."),
    ("zh", "false_reassurance", "不用担心。", "不用空腹。"),
    ("zh", "false_reassurance", "肯定没事。", "医生肯定了结果。"),
    ("zh", "minimises", "您只是想多了。", "这只是初步检查。"),
    ("zh", "claims_experience", "我也经历过。", "我也建议复查。"),
    ("zh", "formulaic", "我理解您的心情。", "我理解这份报告。"),
]


@pytest.mark.parametrize(("language", "kind", "text", "trap"), ANTI_CASES)
def test_an_anti_act_is_found_and_its_trap_is_not(language: Language, kind: Kind, text: str, trap: str) -> None:
    assert set(antis(text, language)) in ({kind}, {kind, "false_reassurance"}), "a dismissal reassures falsely too"
    assert antis(trap, language) == []


def test_every_kind_is_tried_in_both_languages() -> None:
    for language in ("en", "zh"):
        assert {kind for spoken, kind, _, _ in ACT_CASES if spoken == language} == set(ACTS)
        assert {kind for spoken, kind, _, _ in ANTI_CASES if spoken == language} == set(ANTI_ACTS)


@pytest.mark.parametrize(
    ("language", "false", "conditional"),
    [
        ("en", "You will be fine.", "You will be fine once the swelling is gone."),
        ("en", "There is nothing to worry about.", "There is nothing to worry about if the scan is clear."),
        ("en", "Do not worry.", "Do not worry, because this rash leaves no scar."),
        ("en", "All will be well.", "All will be well unless it spreads."),
        ("zh", "不用担心。", "如果片子正常，就不用担心。"),
        ("zh", "肯定没事。", "只要按时服药，肯定没事。"),
        ("zh", "不必紧张。", "不必紧张，因为这是正常反应。"),
    ],
)
def test_a_conditional_or_explained_reassurance_is_not_false(language: Language, false: str, conditional: str) -> None:
    assert antis(false, language) == ["false_reassurance"]
    assert antis(conditional, language) == []


def test_a_condition_in_another_sentence_does_not_excuse() -> None:
    assert antis("If it bleeds, come back. You will be fine.", "en") == ["false_reassurance"]
    assert antis("如果出血请复诊。肯定没事。", "zh") == ["false_reassurance"]


def test_a_condition_excuses_no_other_anti_act() -> None:
    assert antis("If you look closely, it is only a small rash.", "en") == ["minimises"]


def test_a_stock_opener_counts_only_where_a_sentence_opens() -> None:
    assert antis("As a doctor I understand your concern.", "en") == []


@pytest.mark.parametrize(
    ("language", "term", "feeling", "label"),
    [
        ("en", "I have an anxiety disorder.", "I have so much anxiety.", "anxiety"),
        ("en", "I had a panic attack in May.", "I am in a panic.", "fear"),
        ("en", "I was diagnosed with depression and stress.", "I am under so much stress.", "anxiety"),
        ("en", "He becomes confused.", "I find all this confusing.", "confusion"),
        ("en", "I have chronic fatigue.", "I am worn out.", "exhaustion"),
        ("zh", "我有焦虑症。", "我很焦虑。", "anxiety"),
        ("zh", "我患有恐惧症。", "我感到恐惧。", "fear"),
        ("zh", "我有慢性疲劳综合征。", "我觉得疲惫。", "exhaustion"),
    ],
)
def test_a_medical_term_is_no_feeling(language: Language, term: str, feeling: str, label: str) -> None:
    assert feelings(term, language) == []
    assert label in feelings(feeling, language)


def test_a_feeling_beside_a_medical_term_is_found_at_its_place() -> None:
    text = "I have an anxiety disorder and I am scared of it."
    (finding,) = emotion_words(text, "en")
    assert (finding.label, text[finding.start : finding.end]) == ("fear", "scared")


def test_a_doctor_who_names_a_condition_does_not_comfort() -> None:
    assert not comforts("You take sertraline for your anxiety disorder.", "en")
    assert not comforts("您服用的是治疗焦虑症的药。", "zh")


@pytest.mark.parametrize(
    ("language", "text", "comforting"),
    [
        ("en", "I can hear how worried you are.", True),
        ("en", "Come back if the fever lasts.", False),
        ("en", "Take paracetamol 500 mg twice a day.", False),
        ("zh", "听得出您很担心。", True),
        ("zh", "随时告诉我。", False),
        ("zh", "每日两次，每次一片。", False),
    ],
)
def test_to_support_or_explore_alone_is_no_answer_to_a_feeling(language: Language, text: str, comforting: bool) -> None:
    assert comforts(text, language) is comforting


def test_at_most_one_finding_of_a_kind_a_sentence() -> None:
    once = "Thank you for telling me, and thank you for asking."
    assert acts(once, "en").count("respects") == 1
    assert acts(f"{once} {once}", "en").count("respects") == 2


def test_the_second_sentence_keeps_its_place_in_the_whole_text() -> None:
    text = "Take one tablet. You will be fine. Rest."
    (finding,) = anti_acts(text, "en")
    assert text[finding.start : finding.end] == finding.text == "You will be fine"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_authored_comfort_is_no_anti_act_and_mostly_read_as_comfort(language: Language) -> None:
    doctor = [phrase_bank(language).doctor[emotion] for emotion in EMOTIONS]
    naming = [line for phrases in doctor for line in phrases.names]
    lines = naming + [line for p in doctor for line in (*p.legitimises, *p.respects, *p.supports)]
    assert len(naming) >= 5 * len(EMOTIONS)
    assert [line for line in lines if antis(line, language)] == []
    # Not all: the rules know words, and some authored lines name a feeling by an image.
    assert sum(comforts(line, language) for line in naming) >= 0.8 * len(naming)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(
            st.sampled_from(
                [
                    "You will be fine",
                    ". ",
                    "worried",
                    "you are",
                    "understandable",
                    "if",
                    "\n",
                    "您",
                    "担心",
                    "。",
                    "没事",
                ]
            )
        ).map(" ".join),
    ),
    st.sampled_from(["en", "zh"]),
)
def test_places_are_true_for_any_text(text: str, language: Language) -> None:
    acts_found, antis_found = comfort_acts(text, language), anti_acts(text, language)
    assert {finding.kind for finding in acts_found} <= set(ACTS)
    assert {finding.kind for finding in antis_found} <= set(ANTI_ACTS)
    for finding in (*acts_found, *antis_found, *emotion_words(text, language)):
        assert text[finding.start : finding.end] == finding.text != ""
    assert comforts(text, language) == any(finding.kind in COMFORTING for finding in acts_found)


def test_false_reassurance_alone_is_no_comfort() -> None:
    assert not comforts("There is nothing to worry about.", "en")
