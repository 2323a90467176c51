"""Clauses: where they end, what a "not" reaches, and what turns their meaning."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from bedside.core.records import Language
from bedside.signals.terms import terms
from bedside.signals.words import CONTENT, LIGHT, NAMED, Clause, clauses, unit, vocabulary
from tests.signals.texts import TEXTS


def cut(text: str, language: Language) -> tuple[Clause, ...]:
    return clauses(text, language, terms(text, language))


def units(text: str, language: Language) -> list[list[str]]:
    return [[w.term or w.unit for w in c.words] for c in cut(text, language)]


def denied(text: str, language: Language) -> set[str]:
    """The words right after a "not"."""
    return {w.term or w.unit for c in cut(text, language) for w in c.words if w.denied == 1}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Fever, and a cough. Rash!", [["fever"], ["cough"], ["rash"]]),
        ("en", "Fever because of asthma", [["fever"], ["asthma"]]),
        ("en", "A fever of asthma", [["fever", "asthma"]]),
        ("en", "Fever of 38.5", [["fever", "#38.5"]]),
        ("zh", "发烧，咳嗽。皮疹", [["fever"], ["cough"], ["rash"]]),
        ("zh", "发烧因为哮喘", [["fever"], ["asthma"]]),
        ("zh", "发烧的哮喘", [["fever", "asthma"]]),
        ("zh", "哮喘0.5", [["asthma", "#0.5"]]),
    ],
)
def test_a_clause_ends_at_a_mark_or_before_a_conjunction(
    language: Language, text: str, expected: list[list[str]]
) -> None:
    assert units(text, language) == expected


@pytest.mark.parametrize(("language", "text"), [("en", "Fever. Cough, rash?"), ("zh", "发烧。咳嗽，皮疹？")])
def test_sentences_are_counted_and_the_last_asks(language: Language, text: str) -> None:
    found = cut(text, language)
    assert [c.sentence for c in found] == [0, 1, 1]
    assert [c.asks for c in found] == [False, False, True]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "I have no fever.", {"fever"}),
        ("en", "I have fever.", set()),
        ("en", "I have no fever, cough or rash.", {"fever"}),
        ("en", "I don't have it and I cough.", set()),
        ("en", "It isn’t asthma.", {"asthma"}),
        ("zh", "没有发烧。", {"fever"}),
        ("zh", "有发烧。", set()),
        ("zh", "请勿抽烟。", {unit("抽烟", "zh")}),
        ("zh", "会不会复发？", set()),
        ("zh", "有没有哮喘？", set()),
    ],
)
def test_a_not_denies_the_word_right_after_it(language: Language, text: str, expected: set[str]) -> None:
    assert denied(text, language) == expected


@pytest.mark.parametrize(
    ("language", "listed", "apart"),
    [
        ("en", "No fever, cough or rash.", "No fever. Cough and rash."),
        ("zh", "没有发烧、咳嗽、皮疹。", "没有发烧。咳嗽、皮疹。"),
        ("zh", "咳嗽、皮疹都没有。", "咳嗽。皮疹。"),
    ],
)
def test_a_list_goes_on_with_its_not_up_to_the_end_of_the_sentence(language: Language, listed: str, apart: str) -> None:
    names = {"cough", "rash"}
    for text, expected in ((listed, True), (apart, False)):
        items = [c for c in cut(text, language) if names & {w.term for w in c.words}]
        assert len(items) == 2
        assert {bool(c.half_negators) for c in items} == {expected}


@pytest.mark.parametrize("text", ["会不会复发？", "有没有传染性？", "能不能治？"])
def test_a_not_a_asks_and_denies_nothing(text: str) -> None:
    (clause,) = cut(text, "zh")
    assert clause.asks
    assert clause.negations == 0


@pytest.mark.parametrize("text", ["我不停咳嗽。", "不到3天。", "不断咳嗽。", "不小心摔倒。"])
def test_a_not_that_is_part_of_a_word_denies_nothing(text: str) -> None:
    assert {c.negations for c in cut(text, "zh")} == {0}


@pytest.mark.parametrize(
    ("language", "text", "turn"),
    [
        ("en", "It may be asthma.", "hedges"),
        ("en", "It is definitely asthma.", "absolute"),
        ("en", "If it bleeds.", "conditional"),
        ("en", "Is it asthma.", "begins_asking"),
        ("en", "You got asthma.", "asserts"),
        ("en", "An unaffected lung.", "half_negators"),
        ("zh", "可能是哮喘。", "hedges"),
        ("zh", "肯定是哮喘。", "absolute"),
        ("zh", "如果出血。", "conditional"),
        ("zh", "为什么咳嗽。", "begins_asking"),
        ("zh", "您得了哮喘。", "asserts"),
        ("zh", "阴性。", "half_negators"),
    ],
)
def test_what_turns_a_clause_is_seen_and_is_not_seen_without_it(language: Language, text: str, turn: str) -> None:
    plain = {"en": "A lung with asthma.", "zh": "哮喘的肺。"}[language]
    (turned,), (other,) = cut(text, language), cut(plain, language)
    assert getattr(turned, turn)
    assert not getattr(other, turn)


def test_words_that_only_begin_like_turned_ones_are_not_turned() -> None:
    assert [c.half_negators for c in cut("The underarm and the university.", "en")] == [frozenset(), frozenset()]


@pytest.mark.parametrize(
    ("language", "one", "other", "another"),
    [("en", "reduce", "reduced", "increase"), ("zh", "饮酒", "喝酒", "吸烟")],
)
def test_synonyms_and_forms_are_one_unit(language: Language, one: str, other: str, another: str) -> None:
    assert unit(one, language) == unit(other, language) != ""
    assert unit(another, language) != unit(one, language)


def test_two_words_of_a_phrase_are_one_unit_only_together() -> None:
    assert units("Cut down salt.", "en") == [[unit("reduce", "en"), "salt"]]
    assert units("Cut bread.", "en")[0][0] != unit("reduce", "en")


@pytest.mark.parametrize(
    ("language", "word", "weight"),
    [
        ("en", "asthma", NAMED),
        ("en", "pollen", CONTENT),
        ("en", "seven", CONTENT),
        ("en", "patient", LIGHT),
        ("zh", "哮喘", NAMED),
        ("zh", "花粉", CONTENT),
        ("zh", "医院", LIGHT),
    ],
)
def test_a_word_weighs_by_what_it_tells(language: Language, word: str, weight: float) -> None:
    ((found,),) = (c.words for c in cut(word, language))
    assert found.weight == weight


@pytest.mark.parametrize(
    ("language", "word"), [("en", "the"), ("en", "doctor"), ("en", "not"), ("zh", "的"), ("zh", "不")]
)
def test_a_word_of_function_is_no_unit(language: Language, word: str) -> None:
    assert unit(word, language) == ""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_opposite_is_mutual(language: Language) -> None:
    opposites = vocabulary(language).opposites
    assert len(opposites) >= 20
    assert all(word in opposites[other] for word, others in opposites.items() for other in others)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_clauses_and_words_lie_in_the_text_in_order(text: str) -> None:
    for language in ("en", "zh"):
        end = 0
        for clause in cut(text, language):
            assert end <= clause.start <= clause.end <= len(text)
            assert all(clause.start <= w.start < clause.end for w in clause.words)
            end = clause.end
