"""Clauses are paired by the weight of the words they share, not by words of function or little content."""

from __future__ import annotations

import pytest

from bedside.core.records import Language
from bedside.signals.alignment import index_of, nearest, partners_of, share_said, weight_of
from bedside.signals.reading import read_text
from bedside.signals.words import CONTENT, LIGHT, NAMED

PAIRED: list[tuple[Language, str, str, str]] = [
    # language, a clause, one that speaks of the same, one that does not
    ("en", "Rinse the mouth with salt", "Salt water rinses your mouth", "Elevate the foot on a cushion"),
    ("en", "Pneumonia needs antibiotics", "Antibiotics treat pneumonia", "You need what the doctor says"),
    ("zh", "用盐水漱口", "漱口要用盐水", "把脚垫高"),
    ("zh", "肺炎需要抗生素", "抗生素治疗肺炎", "需要按医生说的做"),
]


@pytest.mark.parametrize(("language", "clause", "same", "other"), PAIRED)
def test_a_clause_finds_its_partner_and_no_other(language: Language, clause: str, same: str, other: str) -> None:
    (own,) = read_text(clause, language).clauses
    reading = read_text(f"{other}. {same}." if language == "en" else f"{other}。{same}。", language)
    found = partners_of(own, reading.clauses, index_of(reading.clauses))
    assert [reading.clauses.index(partner) for _, partner in found] == [1]
    assert nearest(own, reading, index_of(reading.clauses)) == [reading.clauses[1]]
    alone = read_text(other, language)
    assert partners_of(own, alone.clauses, index_of(alone.clauses)) == []
    assert nearest(own, alone, index_of(alone.clauses)) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_closest_partner_comes_first(language: Language) -> None:
    clause, close, far = {
        "en": ("salt, water and pollen near asthma", "salt near pollen asthma", "pollen asthma moon garden piano"),
        "zh": ("盐花粉哮喘", "盐花粉哮喘", "花粉哮喘月亮花园钢琴"),
    }[language]
    own = read_text(clause, language).clauses[-1]
    reading = read_text(f"{far}. {close}.", language)
    found = partners_of(own, reading.clauses, index_of(reading.clauses))
    assert [reading.clauses.index(partner) for _, partner in found] == [1, 0]
    assert found[0][0] > found[1][0]


def test_a_weight_is_the_sum_of_its_words() -> None:
    (clause,) = read_text("The patient with asthma in pollen", "en").clauses
    assert weight_of(clause) == pytest.approx(LIGHT + NAMED + CONTENT)


@pytest.mark.parametrize(
    ("language", "clause", "after", "share"),
    [
        ("en", "salt pollen", "Salt, and pollen.", 1),
        ("en", "salt pollen", "Salt.", CONTENT / (2 * CONTENT)),
        ("en", "salt asthma", "Asthma.", NAMED / (CONTENT + NAMED)),
        ("en", "salt", "Water.", 0),
        ("zh", "盐，哮喘", "哮喘。", 1),
        ("zh", "盐", "水。", 0),
    ],
)
def test_the_share_that_is_said(language: Language, clause: str, after: str, share: float) -> None:
    own = read_text(clause, language).clauses[-1]
    assert share_said(own, read_text(after, language)) == pytest.approx(share)
