"""Names: all wordings share a normal form, the longest name wins, and a part of a word is no name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from bedside.core.records import Language
from bedside.signals.terms import LISTS, lower, terms
from tests.signals.texts import TEXTS


def named(text: str, language: Language) -> list[tuple[str, str, str]]:
    """Kind, normal form and place of each name."""
    return [(t.kind, t.norm, text[t.start : t.end]) for t in terms(text, language)]


NAMES: list[tuple[Language, str, str, str, str]] = [
    # language, kind, a wording, another wording, what only looks like it
    ("en", "drug", "Tylenol", "acetaminophen", "The tylenolist left."),
    ("en", "test", "full blood count", "CBC", "A full room."),
    ("en", "diagnosis", "high blood pressure", "hypertension", "The pressure is high at work."),
    ("en", "symptom", "throwing up", "vomiting", "I was throwing a ball."),
    ("en", "relation", "mum", "mother", "The motherboard broke."),
    ("en", "timing", "before food", "before meals", "Think about food."),
    ("en", "laterality", "left-sided", "left knee", "She left early."),
    ("zh", "drug", "芬必得", "布洛芬", "布洛克先生。"),
    ("zh", "test", "头颅核磁", "头颅MRI", "头很大。"),
    ("zh", "diagnosis", "心梗", "心肌梗死", "心里有梗。"),
    ("zh", "symptom", "发烧", "发热", "热烈欢迎。"),
    ("zh", "relation", "妈妈", "母亲", "母校。"),
    ("zh", "timing", "饭前", "餐前", "午饭。"),
    ("zh", "laterality", "左膝", "左侧", "三天左右。"),
]


@pytest.mark.parametrize(("language", "kind", "one", "other", "trap"), NAMES)
def test_wordings_share_a_normal_form(language: Language, kind: str, one: str, other: str, trap: str) -> None:
    ((first, norm, place),) = named(one, language)
    ((second, same, _),) = named(other, language)
    assert (first, second, place) == (kind, kind, one)
    assert norm == same
    assert (kind, norm) not in {(k, n) for k, n, _ in named(trap, language)}


def test_every_kind_is_tried_in_both_languages() -> None:
    for language in ("en", "zh"):
        assert {kind for spoken, kind, *_ in NAMES if spoken == language} == set(LISTS)


@pytest.mark.parametrize(
    ("language", "text", "places"),
    [
        ("en", "Chest pain, then pain.", ["Chest pain", "pain"]),
        ("en", "Take dexlansoprazole.", ["dexlansoprazole"]),
        ("en", "My mother's aspirin", ["mother", "aspirin"]),
        ("zh", "头颅MRI和MRI", ["头颅MRI", "MRI"]),
        ("zh", "芬必得就是ibuprofen", ["芬必得", "ibuprofen"]),
    ],
)
def test_the_longest_name_at_a_place_is_read_once(language: Language, text: str, places: list[str]) -> None:
    assert [place for _, _, place in named(text, language)] == places


def test_chinese_names_are_read_in_chinese_text_only() -> None:
    assert named("布洛芬", "en") == []
    assert [norm for _, norm, _ in named("布洛芬", "zh")] == ["ibuprofen"]


@pytest.mark.parametrize("text", ["去急诊", "他发烧", "吃布洛芬"])
def test_a_name_at_the_end_of_a_chinese_text_ends_there(text: str) -> None:
    assert terms(text, "zh")[-1].end == len(text)


def test_lower_case_keeps_every_place() -> None:
    text = "İyi ASPIRIN"
    assert len(text.lower()) == len(text) + 1
    assert len(lower(text)) == len(text)
    assert [place for _, _, place in named(text, "en")] == ["ASPIRIN"]


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_names_lie_in_the_text_in_order_and_apart(text: str) -> None:
    for language in ("en", "zh"):
        end = 0
        for term in terms(text, language):
            assert end <= term.start < term.end <= len(text)
            end = term.end
