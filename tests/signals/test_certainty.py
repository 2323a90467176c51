"""A rewrite must not be surer than its original; it may doubt in other words."""

from __future__ import annotations

import pytest

from bedside.core.records import Language
from tests.signals.changes import told

CERTAINTY = ("certainty", "changed")
DOUBTED: list[tuple[Language, str, str, tuple[str, ...]]] = [
    # language, a doubt, the same without doubt, and the doubt in other words
    (
        "en",
        "It may be asthma.",
        "It is asthma.",
        ("It might be asthma.", "Perhaps it is asthma.", "I suspect asthma.", "It seems to be asthma."),
    ),
    ("en", "Grass pollen probably starts it.", "Grass pollen starts it.", ("Grass pollen likely starts it.",)),
    ("zh", "可能是哮喘。", "是哮喘。", ("也许是哮喘。", "怀疑是哮喘。", "估计是哮喘。")),
    ("zh", "花粉过敏的可能性大。", "花粉过敏。", ("多半是花粉过敏。", "花粉过敏的机会大。")),
]


@pytest.mark.parametrize(("language", "doubt", "sure", "others"), DOUBTED)
def test_a_lost_doubt_is_told_and_a_doubt_in_other_words_is_not(
    language: Language, doubt: str, sure: str, others: tuple[str, ...]
) -> None:
    assert CERTAINTY in told(doubt, sure, language)
    for other in (doubt, *others):
        assert CERTAINTY not in told(doubt, other, language), other


@pytest.mark.parametrize(
    ("language", "plain", "sure", "comfort"),
    [
        (
            "en",
            "Grass pollen starts it.",
            "Grass pollen definitely starts it.",
            "Grass pollen starts it. I surely hear you.",
        ),
        ("zh", "花粉是诱因。", "花粉肯定是诱因。", "花粉是诱因。我肯定陪着您。"),
    ],
)
def test_certainty_that_was_put_in_is_told(language: Language, plain: str, sure: str, comfort: str) -> None:
    assert CERTAINTY in told(plain, sure, language)
    assert CERTAINTY not in told(plain, comfort, language)
    assert CERTAINTY not in told(sure, sure, language)


@pytest.mark.parametrize(
    ("language", "question", "plain"),
    [("en", "Might it be asthma?", "Is it asthma?"), ("zh", "可能是哮喘吗？", "是哮喘吗？")],
)
def test_a_doubt_of_a_question_is_no_statement(language: Language, question: str, plain: str) -> None:
    assert CERTAINTY not in told(question, plain, language, "patient")


ASSERTED: list[tuple[Language, str, tuple[str, ...]]] = [
    # language, a diagnosis stated as so, and ways that state none
    (
        "en",
        "You have pneumonia.",
        ("It may be pneumonia.", "If you have pneumonia, ring.", "You do not have pneumonia.", "Is it pneumonia?"),
    ),
    ("zh", "您得了肺炎。", ("可能是肺炎。", "如果是肺炎，请来。", "您没有得肺炎。", "您得了肺炎吗？")),
]


@pytest.mark.parametrize(("language", "stated", "others"), ASSERTED)
def test_a_diagnosis_that_only_the_rewrite_states_as_so_is_added(
    language: Language, stated: str, others: tuple[str, ...]
) -> None:
    rest: dict[Language, str] = {"en": "Drink tea.", "zh": "多喝水。"}
    original = {"en": "It may be pneumonia. ", "zh": "可能是肺炎。"}[language] + rest[language]
    added = ("diagnosis", "added")
    assert added in told(original, stated + rest[language], language)
    for other in others:
        assert added not in told(original, other + rest[language], language), other
    assert added not in told(stated, stated, language)


@pytest.mark.parametrize(
    ("language", "stated", "patient"),
    [("en", "You have pneumonia.", "I have pneumonia."), ("zh", "您得了肺炎。", "我得了肺炎。")],
)
def test_what_the_patient_told_may_be_repeated(language: Language, stated: str, patient: str) -> None:
    assert ("diagnosis", "added") in told("", stated, language)
    assert told("", stated, language, context=(patient,)) == set()
