"""Statements: a dropped sentence, a word turned into its opposite, a lost referral, each departure of a copy."""

from __future__ import annotations

import pytest

from bedside.core.records import Language
from bedside.signals.reading import read_text
from bedside.signals.statements import departures, statements
from tests.signals.changes import told

ADVICE: dict[Language, str] = {
    "en": "Elevate the foot on a cushion. Rinse your mouth with salt. Sleep long. Rest the arm.",
    "zh": "把脚垫高放在枕头上。用盐水漱口。早点睡。手臂不要用力。",
}
WHOLE: dict[Language, str] = {
    "en": "Rest the arm, and sleep for long. Rinse your mouth with salty water. Your foot: elevated on a cushion.",
    "zh": "手臂不要用力，早点睡，用盐水来漱口，脚要放在枕头上垫高。",
}
WITHOUT: dict[Language, str] = {
    "en": "Rest the arm, and sleep for long. Rinse your mouth with salty water.",
    "zh": "手臂不要用力，早点睡，用盐水来漱口。",
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_statement_is_lost_where_hardly_a_word_of_it_is_left(language: Language) -> None:
    original = ADVICE[language]
    (change,) = statements(
        read_text(original, language), read_text(WITHOUT[language], language), known=(), side="doctor"
    )
    assert (change.kind, change.outcome) == ("statement", "lost")
    assert {"en": "cushion", "zh": "枕头"}[language] in original[change.start : change.end]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_statements_in_another_order_and_other_words_are_kept(language: Language) -> None:
    assert told(ADVICE[language], WHOLE[language], language) == set()


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "Take 0.5 g.", "Take 500 mg."),
        ("en", "Sleep for ten hours.", "Sleep for 10 hours."),
        ("zh", "每次0.5克。", "每次500毫克。"),
    ],
)
def test_a_number_in_another_unit_loses_no_statement(language: Language, one: str, other: str) -> None:
    assert told(one, other, language) == told(other, one, language) == set()


DIRECTIONS: list[tuple[Language, str, str, str]] = [
    # language, the original, turned round, the same in other words
    ("en", "Increase the dose slowly.", "Slowly reduce the dose.", "Slowly raise the dose."),
    ("en", "Your liver is normal.", "Your liver is abnormal.", "A normal liver, then."),
    ("en", "The lump is benign.", "The lump is malignant.", "It is a benign lump."),
    ("en", "The upper lobe is clear.", "The lower lobe is clear.", "Clear is the upper lobe."),
    ("zh", "逐渐增加药量。", "药量逐渐减少。", "药量要逐渐增加。"),
    ("zh", "肝功能正常。", "肝功能异常。", "您的肝功能是正常的。"),
    ("zh", "这是良性肿块。", "这是恶性肿块。", "肿块是良性的。"),
]


@pytest.mark.parametrize(("language", "original", "turned", "same"), DIRECTIONS)
def test_a_word_that_became_its_opposite_is_a_changed_direction(
    language: Language, original: str, turned: str, same: str
) -> None:
    before = read_text(original, language)
    kinds = {
        text: {c.kind for c in statements(before, read_text(text, language), (), "doctor")} for text in (turned, same)
    }
    assert "direction" in kinds[turned]
    assert "direction" not in kinds[same]


REFERRALS: list[tuple[Language, str, str, str]] = [
    # language, the original, sent to nobody, sent in other words
    ("en", "See a cardiologist. Drink water.", "Drink water, and rest.", "I would consult a heart specialist. Water."),
    ("en", "Please visit the hospital.", "Please rest at home.", "Do go and see the hospital doctor."),
    ("zh", "建议去医院看心内科。多喝水。", "多喝水，多休息。", "多喝水，请到心内科就诊。"),
    ("zh", "去找医生面诊。", "在家休息。", "建议面诊，请到门诊就诊。"),
]


@pytest.mark.parametrize(("language", "original", "nobody", "somebody"), REFERRALS)
def test_a_referral_is_lost_where_the_patient_is_sent_to_nobody(
    language: Language, original: str, nobody: str, somebody: str
) -> None:
    assert ("referral", "lost") in told(original, nobody, language)
    assert ("referral", "lost") not in told(original, somebody, language)


def test_a_site_that_welcomes_questions_sends_nobody_anywhere() -> None:
    assert ("referral", "lost") not in told("Consult our doctor online.", "Rest well.", "en")


COPIES: list[tuple[Language, str, str, str, str]] = [
    # language, the original, one word of it changed, comfort put in, a fact in other words
    (
        "en",
        "Rest well. Take 500 mg twice a day. Drink warm tea. Eat soup.",
        "Rest well. Take 500 mg twice a day. Drink cold tea. Eat soup.",
        "I hear you. Rest well. Take 500 mg twice a day. Drink warm tea. Eat soup.",
        "Rest well. Take 0.5 g BD. Drink warm tea. Eat soup.",
    ),
    (
        "zh",
        "多休息。每次500毫克，每日两次。喝温水。喝汤。",
        "多休息。每次500毫克，每日两次。喝冰水。喝汤。",
        "我懂您。多休息。每次500毫克，每日两次。喝温水。喝汤。",
        "多休息。每次0.5克，一日2次。喝温水。喝汤。",
    ),
]


@pytest.mark.parametrize(("language", "original", "changed", "comforted", "reworded"), COPIES)
def test_each_departure_of_a_copy_is_told(
    language: Language, original: str, changed: str, comforted: str, reworded: str
) -> None:
    before = read_text(original, language)
    (change,) = departures(before, read_text(changed, language))
    assert {"en": "warm", "zh": "温"}[language] in original[change.start : change.end]
    assert list(departures(before, read_text(comforted, language))) == []
    assert list(departures(before, read_text(reworded, language))) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_free_rewrite_is_no_copy(language: Language) -> None:
    assert list(departures(read_text(ADVICE[language], language), read_text(WHOLE[language], language))) == []


@pytest.mark.xfail(strict=True, reason="a synonym in a text that is copied otherwise is told as a departure")
def test_a_synonym_in_a_copy_is_no_departure() -> None:
    assert told("Rest well. Increase the dose.", "Rest well. Raise the dose.", "en") == set()


@pytest.mark.xfail(strict=True, reason="conditions are compared in copies only: if and unless are words of function")
def test_a_condition_turned_round_in_a_free_rewrite_is_told() -> None:
    original = "Drink water. Unless your doctor agrees, keep the tablets going."
    assert told(original, "If your doctor agrees, keep the tablets going, and it helps to drink water.", "en")
