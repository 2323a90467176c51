"""Facts: equivalent wordings share a norm, different ones do not, and what only looks like a fact is none."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.records import Language
from bedside.signals.facts import SEVERITY, Fact, FactKind, extract, spoken_numbers

NUMERIC = ("dose", "lab value", "frequency", "duration", "age", "number")


def norms(text: str, kind: FactKind, language: Language) -> list[str]:
    return [fact.norm for fact in extract(text, language) if fact.kind == kind]


EQUIVALENT: list[tuple[Language, FactKind, tuple[str, ...]]] = [
    ("en", "dose", ("500 mg", "500mg", "0.5 g", "0.5 grams", "500 milligrams", "a 500-mg dose")),
    ("en", "dose", ("1,500 mg", "1.5 g", "1500 mg")),
    ("en", "dose", ("250 mcg", "250 µg", "0.25 mg", "250 micrograms")),
    ("en", "dose", ("2 tablets", "two pills", "two capsules")),
    ("en", "dose", ("2-3 tablets", "2 to 3 tablets", "two to three tablets")),
    ("en", "dose", ("1.5 litres", "1500 ml", "1500 cc")),
    (
        "en",
        "frequency",
        ("twice a day", "twice daily", "two times a day", "2x daily", "BD", "b.i.d.", "every 12 hours", "1-0-1"),
    ),
    ("en", "frequency", ("three times a day", "TDS", "tid", "every 8 hours", "thrice daily")),
    ("en", "frequency", ("once a day", "daily", "every day", "every 24 hours", "every morning", "OD")),
    ("en", "frequency", ("once a week", "weekly", "every week", "every 7 days")),
    ("en", "frequency", ("every six to eight hours", "every 6-8 hours", "3 to 4 times a day")),
    ("en", "duration", ("a week", "7 days", "one week", "seven days")),
    ("en", "duration", ("two weeks", "14 days", "2 weeks")),
    ("en", "duration", ("a year", "12 months", "twelve months")),
    ("en", "duration", ("90 minutes", "1.5 hours")),
    ("en", "age", ("24 years old", "a 24-year-old man", "aged 24", "24 yrs old")),
    ("en", "drug", ("paracetamol", "Tylenol", "acetaminophen", "PANADOL")),
    ("en", "drug", ("ibuprofen", "Advil", "Nurofen")),
    ("en", "test", ("brain MRI", "an MRI of the brain", "MRI brain")),
    ("en", "test", ("CBC", "full blood count", "complete blood count")),
    ("en", "prohibition", ("Do not take aspirin.", "Never use any aspirin.", "You must not take aspirin.")),
    ("en", "prohibition", ("Avoid alcohol.", "Please don't use alcohol.", "Refrain from alcohol.")),
    ("en", "urgency", ("Call an ambulance.", "Go to the emergency department.", "Go to the ER.")),
    ("en", "urgency", ("Go at once.", "Go immediately.", "Go straight away.", "Go as soon as possible.")),
    ("en", "urgency", ("See someone today.", "See someone the same day.", "See someone within 24 hours.")),
    ("en", "urgency", ("Get help at once.", "Get help immediately.", "Go to the clinic at once.")),
    ("en", "lab value", ("38.5 degrees", "38.5°C", "38.5 °C", "38.5 degrees Celsius")),
    ("en", "lab value", ("70 kg", "70 kilos", "70 kilograms", "70kg")),
    ("en", "lab value", ("140/90", "140 / 90", "140 over 90")),
    ("en", "timing", ("before meals", "before food", "before dinner")),
    ("en", "timing", ("at bedtime", "before bed", "before going to bed")),
    ("en", "diagnosis", ("high blood pressure", "hypertension")),
    ("en", "diagnosis", ("a heart attack", "myocardial infarction")),
    ("en", "symptom", ("shortness of breath", "breathlessness")),
    ("en", "symptom", ("vomiting", "throwing up")),
    ("en", "relation", ("my mother", "my mum", "my mom")),
    ("en", "laterality", ("my left side", "left-sided", "my left knee")),
    ("zh", "dose", ("每次 500 毫克", "每次 0.5 克", "每次 半克", "500mg")),
    ("zh", "dose", ("2 片", "两片", "二粒")),
    ("zh", "frequency", ("每日两次", "一天两次", "每天2次", "一日二次", "BD", "每12小时")),
    ("zh", "frequency", ("每日三次", "一日3次", "每8小时")),
    ("zh", "frequency", ("每周一次", "每周", "一周1次")),
    ("zh", "duration", ("服用7天", "服用一周", "服用七天", "服用一个星期")),
    ("zh", "duration", ("半年", "6个月", "六个月")),
    ("zh", "age", ("我24岁", "二十四岁", "24周岁")),
    ("zh", "drug", ("布洛芬", "芬必得", "ibuprofen", "美林")),
    ("zh", "test", ("血常规", "CBC")),
    ("zh", "test", ("头颅核磁", "头颅磁共振")),
    ("zh", "prohibition", ("不要饮酒。", "避免饮酒。", "请勿饮酒。", "禁止饮酒。", "切忌饮酒。")),
    ("zh", "lab value", ("38.5度", "38度5", "38.5℃")),
    ("zh", "lab value", ("70公斤", "70千克", "140斤")),
    ("zh", "timing", ("饭前", "餐前", "吃饭前")),
    ("zh", "diagnosis", ("心梗", "心肌梗死")),
    ("zh", "symptom", ("发烧", "发热")),
    ("zh", "relation", ("我妈妈", "我母亲")),
    ("zh", "laterality", ("左侧", "左膝", "左边")),
    ("zh", "urgency", ("请拨打120。", "去急诊。", "叫救护车。")),
    ("zh", "urgency", ("立即就医。", "马上去医院。", "尽快就诊。")),
    ("zh", "urgency", ("当天就诊。", "今天就去。", "24小时内就诊。")),
]


@pytest.mark.parametrize(("language", "kind", "wordings"), EQUIVALENT)
def test_equivalent_wordings_share_one_norm(language: Language, kind: FactKind, wordings: tuple[str, ...]) -> None:
    found = {wording: norms(wording, kind, language) for wording in wordings}
    expected = found[wordings[0]]
    assert len(expected) == 1
    assert found == dict.fromkeys(wordings, expected)


def test_every_kind_is_tried_in_both_languages() -> None:
    for language in ("en", "zh"):
        tried = {kind for spoken, kind, _ in EQUIVALENT if spoken == language}
        assert tried == set(SEVERITY) - {"number"}


@pytest.mark.parametrize(
    ("language", "text", "norm"),
    [
        ("en", "0.5 g", "500 mg"),
        ("en", "twice a day", "2 a day"),
        ("en", "every 12 hours", f"{24 // 12} a day"),
        ("en", "three weeks", f"{3 * 7} day"),
        ("en", "two years", f"{2 * 12} month"),
        ("en", "Tylenol", "paracetamol"),
        ("zh", "每日两次", "2 a day"),
        ("zh", "二十天", "20 day"),
        ("zh", "扶他林", "diclofenac"),
    ],
)
def test_norm_is_the_value_in_base_units(language: Language, text: str, norm: str) -> None:
    assert [fact.norm for fact in extract(text, language)] == [norm]


DIFFERENT: list[tuple[Language, FactKind, str, str]] = [
    ("en", "dose", "500 mg", "50 mg"),
    ("en", "dose", "500 mg", "500 mcg"),
    ("en", "dose", "5 ml", "5 mg"),
    ("en", "dose", "2 tablets", "2 puffs"),
    ("en", "dose", "2-3 tablets", "2 tablets"),
    ("en", "frequency", "twice a day", "twice a week"),
    ("en", "frequency", "BD", "TDS"),
    ("en", "frequency", "every 12 hours", "every 2 hours"),
    ("en", "duration", "5 days", "5 weeks"),
    ("en", "duration", "5 minutes", "5 months"),
    ("en", "age", "24 years old", "42 years old"),
    ("en", "drug", "prednisone", "prednisolone"),
    ("en", "drug", "lansoprazole", "dexlansoprazole"),
    ("en", "test", "chest ct", "head ct"),
    ("en", "prohibition", "Do not drive.", "Do not drink."),
    ("en", "urgency", "Go immediately.", "Go today."),
    ("zh", "dose", "500 毫克", "500 微克"),
    ("zh", "frequency", "每日两次", "每周两次"),
    ("zh", "duration", "3天", "3个月"),
    ("zh", "drug", "布洛芬", "阿司匹林"),
    ("zh", "test", "胸片", "脑电图"),
    ("zh", "prohibition", "不要饮酒。", "不要开车。"),
    ("zh", "urgency", "立即就医。", "当天就诊。"),
]


@pytest.mark.parametrize(("language", "kind", "one", "other"), DIFFERENT)
def test_different_facts_have_different_norms(language: Language, kind: FactKind, one: str, other: str) -> None:
    first, second = norms(one, kind, language), norms(other, kind, language)
    assert len(first) == len(second) == 1
    assert first != second


TRAPS: list[tuple[Language, FactKind, str]] = [
    ("en", "dose", "The 5 grandmothers waited in room 12."),
    ("en", "frequency", "I read about it once, and twice I nearly wrote."),
    ("en", "duration", "She walked 5 blocks."),
    ("en", "age", "These old scars are on both knees."),
    ("zh", "age", "我的老毛病犯了24次。"),
    ("zh", "duration", "我在3楼等。"),
    ("zh", "test", "我的心很痛。"),
    ("en", "test", "She scanned the room."),
    ("en", "drug", "The nurse carried the doctor's bag."),
    ("en", "prohibition", "I do not take aspirin."),
    ("en", "prohibition", "We never eat late."),
    ("en", "prohibition", "Do not worry."),
    ("en", "prohibition", "Please do not hesitate to write again."),
    ("en", "urgency", "She keeps a diary of each attack."),
    ("zh", "dose", "我有两个孩子。"),
    ("zh", "frequency", "我初次来，这是其次。"),
    ("zh", "symptom", "热烈欢迎。"),
    ("zh", "relation", "主任说的。"),
    ("en", "lab value", "He has 70 books and 140 plants."),
    ("en", "timing", "She thought about food."),
    ("en", "diagnosis", "The attack came from the left wing of the party."),
    ("en", "symptom", "Cold drinks are in the hall."),
    ("en", "relation", "The motherboard of my computer failed."),
    ("en", "laterality", "You are right, nothing is left."),
    ("zh", "laterality", "三天左右。"),
    ("zh", "lab value", "我们有70人，约140个座位。"),
    ("zh", "drug", "我吃了苹果。"),
    ("zh", "prohibition", "不要担心。"),
    ("zh", "prohibition", "特别的感觉，别人也有。"),
    ("zh", "urgency", "我昨天去散步。"),
]


@pytest.mark.parametrize(("language", "kind", "text"), TRAPS)
def test_what_only_looks_like_a_fact_is_none(language: Language, kind: FactKind, text: str) -> None:
    assert norms(text, kind, language) == []


def test_longest_name_wins() -> None:
    assert norms("Take dexlansoprazole.", "drug", "en") == ["dexlansoprazole"]
    assert norms("An MRI of the brain.", "test", "en") == ["brain mri"]
    assert norms("做头颅核磁。", "test", "zh") == ["brain mri"]


def test_chinese_names_are_looked_for_in_chinese_text_only() -> None:
    assert norms("布洛芬", "drug", "en") == []
    assert norms("布洛芬", "drug", "zh") == ["ibuprofen"]


def test_facts_come_in_order_of_place_with_their_text() -> None:
    text = "Take ibuprofen 400 mg twice a day for 5 days. Do not drive. Go to the emergency room if you faint."
    kinds = [fact.kind for fact in extract(text, "en") if fact.kind != "test"]
    assert kinds == ["drug", "dose", "frequency", "duration", "prohibition", "urgency", "symptom"]


def test_digits_of_a_dose_are_not_read_again_as_a_number() -> None:
    text = "Take 400 mg for 5 days at 38.5 degrees, bed 12."
    assert norms(text, "number", "en") == ["12"]
    assert norms(text, "lab value", "en") == ["38.5 degree"]


@pytest.mark.parametrize(
    ("number", "digits"),
    [("three", "3"), ("twelve", "12"), ("三", "3"), ("十二", "12"), ("二十四", "24"), ("1,000", "1000")],
)
def test_spoken_numbers_are_read_in_digits(number: str, digits: str) -> None:
    assert spoken_numbers(number) == {digits}


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=1, max_value=5000))
def test_grams_and_milligrams_agree(milligrams: int) -> None:
    assert norms(f"Take {milligrams} mg.", "dose", "en") == [f"{milligrams} mg"]
    assert norms(f"Take {milligrams / 1000} g.", "dose", "en") == [f"{milligrams} mg"]


ENGLISH = (
    "500|0.5|2-3|two|half|a|mg|g|tablets|every|hours|days|twice|daily|BD|-|years old|aged|.|, |\n|do not|avoid|(|'"
)
NAMES = "aspirin|MRI|ct of the head|at once|ER|布洛芬|心电图|急诊"
CHINESE = "每|半|两|十二|小时|天|次|片|岁|不要|。|%"
PIECES = st.sampled_from([*ENGLISH.split("|"), *NAMES.split("|"), *CHINESE.split("|")])
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=12).map(" ".join), st.lists(PIECES).map("".join))


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.sampled_from(["en", "zh"]))
def test_places_are_true_for_any_text(text: str, language: Language) -> None:
    facts = extract(text, language)
    assert list(facts) == sorted(facts, key=lambda f: (f.start, f.end))
    for fact in facts:
        assert 0 <= fact.start < fact.end <= len(text)
        assert text[fact.start : fact.end].strip() == fact.text
        assert fact.norm


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.sampled_from(["en", "zh"]))
def test_numeric_facts_never_overlap(text: str, language: Language) -> None:
    numeric: list[Fact] = [fact for fact in extract(text, language) if fact.kind in NUMERIC]
    for one, other in pairwise(numeric):
        assert one.end <= other.start


@pytest.mark.parametrize("text", ["每次500mg", "口服0.5克", "每次服用500毫克"])
def test_dose_right_after_a_chinese_character(text: str) -> None:
    assert norms(text, "dose", "zh") == ["500 mg"]


def test_every_twelve_hours_once_in_chinese_is_twice_a_day() -> None:
    assert norms("每12小时一次", "frequency", "zh") == norms("每日两次", "frequency", "zh")


def test_fourteen_days_are_two_weeks() -> None:
    assert norms("fourteen days", "duration", "en") == norms("two weeks", "duration", "en")


@pytest.mark.parametrize(
    ("half", "whole", "kind"), [("half a tablet", "a tablet", "dose"), ("half an hour", "an hour", "duration")]
)
def test_half_is_not_whole(half: str, whole: str, kind: FactKind) -> None:
    assert norms(half, kind, "en") != norms(whole, kind, "en")


def test_a_written_fraction_is_not_its_denominator() -> None:
    assert norms("1/2 tablet", "dose", "en") != norms("2 tablets", "dose", "en")


@pytest.mark.parametrize("text", ["twenty-one days", "twenty one days"])
def test_compound_number_words(text: str) -> None:
    assert norms(text, "duration", "en") == ["21 day"]


@pytest.mark.parametrize(
    ("language", "text"), [("en", "every other day"), ("en", "on alternate days"), ("zh", "隔天一次")]
)
def test_every_second_day_is_a_frequency(language: Language, text: str) -> None:
    assert norms(text, "frequency", language) == ["0.5 a day"]


@pytest.mark.parametrize("text", ["every 1,5 hours", "every 1.2.3 hours", "Take 1.2.3 mg", "for 1,5 days"])
def test_numbers_that_cannot_be_read_do_not_raise(text: str) -> None:
    assert all(place.end <= len(text) for place in extract(text, "en"))


def test_a_long_s_in_a_unit_does_not_raise() -> None:
    extract("2 tablet\u017f", "en")


def test_a_name_after_a_turkish_capital_is_read() -> None:
    assert norms("İyi. Take aspirin.", "drug", "en") == ["aspirin"]


def test_spoken_numbers_are_whole_words() -> None:
    assert spoken_numbers("It often went well.") == set()


def test_bie_forbids_inside_a_clause() -> None:
    assert norms("服药期间别喝酒。", "prohibition", "zh") == ["喝酒"]


def test_a_chinese_name_at_the_end_ends_with_the_text() -> None:
    (fact,) = (fact for fact in extract("去急诊", "zh") if fact.kind == "test")
    assert (fact.start, fact.end) == (1, 3)


def test_a_mixed_name_is_one_test() -> None:
    assert norms("做头颅MRI。", "test", "zh") == norms("做头颅核磁。", "test", "zh")


def test_an_old_scar_has_no_age() -> None:
    assert norms("It is an old scar.", "age", "en") == []


def test_a_gap_of_nothing_is_no_frequency() -> None:
    assert norms("every 0 hours", "frequency", "en") == []


@pytest.mark.parametrize(("language", "text"), [("zh", "我去过一次。"), ("en", "I went there 2 times.")])
def test_a_count_without_a_period_is_no_rate(language: Language, text: str) -> None:
    (norm,) = norms(text, "frequency", language)
    assert norm.endswith(" times")
    assert norm not in norms("once a day, twice a day", "frequency", "en")


@pytest.mark.parametrize(
    ("one", "other"), [("Take 1.5 litres a day.", "Take 1500 ml daily."), ("Take 2 tablets a day.", "Two pills daily.")]
)
def test_a_day_after_a_dose_is_how_often(one: str, other: str) -> None:
    assert norms(one, "frequency", "en") == norms(other, "frequency", "en") == ["1 a day"]
    assert norms(one, "duration", "en") == []


def test_a_day_after_anything_else_is_how_long() -> None:
    assert norms("Rest for a day.", "duration", "en") == ["1 day"]
    assert norms("Rest for a day.", "frequency", "en") == []
