"""Quantities: equal amounts share a form, others do not, and what only looks like a quantity is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.signals import quantities as reader
from bedside.signals import quantity_rules
from bedside.signals.numbers import spoken_number, spoken_numbers
from bedside.signals.quantities import quantities
from tests.signals.texts import TEXTS


def read(text: str) -> list[tuple[str, str]]:
    return [(q.kind, q.norm) for q in quantities(text)]


TWICE = ("twice a day", "2 times a day", "two times daily", "BD", "bid", "b.i.d.", "every 12 hours", "1-0-1")
SAME: list[tuple[str, str, tuple[str, ...]]] = [
    ("dose", f"{0.5 * 1000:g} mg", ("500 mg", "0.5 g", "500 milligrams", "half a gram", "500毫克", "0.5克")),
    ("dose", "2-3 piece", ("2-3 tablets", "two to three pills", "2~3片", "2至3片", "两三片")),
    ("dose", "0.5 piece", ("half a tablet", "1/2 tablet", "半片")),
    ("dose", "0.4-0.8 mg", ("0.4mg-0.8mg", "400-800 mcg")),
    ("frequency", f"{24 / 12:g} a day", (*TWICE, "每日两次", "一日2次", "每天2次", "每12小时一次", "每隔12小时")),
    ("frequency", f"{24 / 8:g}-{24 / 6:g} a day", ("every 6 to 8 hours", "every 6-8 hours", "每日3-4次")),
    ("frequency", "0.5 a day", ("every other day", "alternate days", "every 2 days", "隔日一次", "每2天一次")),
    ("frequency", f"{1 / 7:.5g} a day", ("once a week", "weekly", "every 7 days", "每周一次", "一周1次")),
    ("duration", "10 day", ("ten days", "10 days", "十天", "10日")),
    ("duration", f"{2 * 7} day", ("two weeks", "14 days", "fourteen days", "2周", "两个星期")),
    ("duration", f"{1.5 * 12:g} month", ("18 months", "1.5 years", "18个月")),
    ("duration", "some week", ("a few weeks", "several weeks", "a couple of weeks", "几周", "好几个星期")),
    ("age", "24", ("24 years old", "24-year-old", "aged 24", "24岁", "二十四岁")),
    ("lab value", "38.5 degree", ("38.5 degrees", "38.5°C", "38.5℃", "38度5")),
    ("lab value", "140/90", ("140/90", "140 over 90")),
    ("lab value", f"{140 * 0.5:g} kg", ("70 kg", "70 kilos", "70公斤", "140斤")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "norm", "wordings"), SAME)
def test_equal_amounts_share_a_form(kind: str, norm: str, wordings: tuple[str, ...]) -> None:
    assert {wording: read(wording) for wording in wordings} == {wording: [(kind, norm)] for wording in wordings}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("500 mg", "500 mcg"),
        ("5 ml", "5 mg"),
        ("2-3 tablets", "2 tablets"),
        ("half a tablet", "a tablet"),
        ("twice a day", "twice a week"),
        ("every 8 hours", "for 8 hours"),
        ("3 times", "3 times a day"),
        ("5 days", "5 weeks"),
        ("24 years old", "24 years"),
        ("140/90", "120/90"),
        ("500毫克", "500微克"),
        ("每日两次", "每周两次"),
        ("3天", "3个月"),
        ("38.5℃", "39.5℃"),
        ("半片", "一片"),
        ("几天", "几周"),
    ],
)
def test_different_amounts_do_not(one: str, other: str) -> None:
    assert len(read(one)) == len(read(other)) == 1
    assert read(one) != read(other)


@pytest.mark.parametrize(
    "text",
    [
        "1. Rest well",  # the mark of a list
        "once, and twice I nearly wrote",
        "the weekend",
        "A dozen grandmothers",
        "three more times",
        "次数很少",
        "第一",
    ],
)
def test_what_only_looks_like_a_quantity_is_none(text: str) -> None:
    assert read(text) == []


def test_a_number_that_counts_nothing_known_is_a_number() -> None:
    assert read("grade 2") == [("number", "2")]
    assert read("room two") == []


def test_a_range_counts_both_its_ends() -> None:
    (found,) = quantities("every 2 to 3 days")
    assert found.amounts == ("2 day", "3 day")


@pytest.mark.parametrize(
    ("word", "digits"),
    [("ten", "10"), ("十二", "12"), ("21", "21"), ("twice", "2"), ("a", ""), ("one", ""), ("often", "")],
)
def test_a_word_that_writes_a_number(word: str, digits: str) -> None:
    assert spoken_number(word) == digits


def test_all_numbers_of_a_text_in_digits() -> None:
    assert spoken_numbers("Three of 1,000, often 12.") == {"3", "1000", "12"}


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9999))
def test_milligrams_and_grams_agree_for_any_amount(milligrams: int) -> None:
    (one,), (other,) = quantities(f"{milligrams} mg"), quantities(f"{milligrams / 1000} g")
    assert one.norm == other.norm


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_quantities_lie_in_the_text_in_order_and_apart(text: str) -> None:
    end = 0
    for quantity in quantities(text):
        assert end <= quantity.start < quantity.end <= len(text)
        assert quantity.norm
        end = quantity.end


def test_what_counts_nothing_is_left_at_once_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    known = quantity_rules.heads()
    numbers = [*sorted(known.words), *known.any]
    following = [
        *sorted(known.continues),
        "degrees",
        "xanax",
        "x a day",
        "times a week",
        "toone",
        "and a half",
        "cough",
        "-",
    ]
    texts = [f"{number} {word} day a week" for number in numbers for word in following]
    assert len(texts) > 5_000
    found = [quantities(text) for text in texts]
    monkeypatch.setattr(reader, "heads", lambda: known._replace(words=frozenset()))
    assert [quantities(text) for text in texts] == found
