"""Whether a fact stands in another text in other words, and which facts are ways of speaking."""

from __future__ import annotations

import pytest

from bedside.core.records import Language, Role
from bedside.signals.equivalents import dosed, slight, slightly_added, stated
from bedside.signals.facts import Fact, extract
from bedside.signals.reading import read_text


def fact(text: str, kind: str, language: Language) -> Fact:
    """The first fact of a kind."""
    return next(f for f in extract(text, language) if f.kind == kind)


STATED: list[tuple[Language, str, str, str, str]] = [
    # language, kind, the original, a text that states the fact, one that does not
    ("en", "dose", "Take 500 mg.", "Half a gram will do.", "Take 50 mg."),
    ("en", "frequency", "Take it twice a day.", "Every 12 hours.", "Take it twice a week."),
    ("en", "frequency", "Take it every 8 hours.", "Take it TDS.", "Take it 8 times a day."),
    ("en", "duration", "Rest for ten days.", "Rest for 10 days.", "Rest for 10 weeks."),
    ("en", "duration", "Rest 2-3 days.", "Between two and three days of rest.", "Rest 3-4 days."),
    ("en", "lab value", "A sugar of 5.6 mmol/L.", "Sugar: 5.60.", "A sugar of 6.5 mmol/L."),
    ("en", "age", "I am 24 years old.", "At 24, I worry.", "I am 42 years old."),
    ("en", "number", "Mind 3 things.", "Mind three things.", "Mind 30 things."),
    ("en", "drug", "Take Tylenol.", "Take paracetamol.", "Take ibuprofen."),
    ("en", "drug", "Take amoxicillin.", "Take amoxicilin.", "Take ampicillin."),
    ("en", "symptom", "Back pain.", "A pain in my back.", "A pain in my foot."),
    ("en", "relation", "My mother.", "My mum.", "My father."),
    ("en", "relation", "My wife.", "We married last May.", "We met last May."),
    ("en", "prohibition", "Do not drive.", "I must ask you not to drive.", "Drive slowly. Do not rush."),
    ("en", "urgency", "Call an ambulance.", "Go to the emergency room.", "See your doctor soon."),
    ("en", "urgency", "Go immediately.", "Go right away.", "Go today."),
    ("en", "urgency", "Go today.", "Go immediately.", "Go."),
    ("zh", "dose", "每次500毫克。", "每次半克。", "每次50毫克。"),
    ("zh", "frequency", "每日两次。", "每12小时一次。", "每周两次。"),
    ("zh", "duration", "休息10天。", "休息十天。", "休息十周。"),
    ("zh", "lab value", "血糖5.6mmol/L。", "血糖是5.6。", "血糖6.5mmol/L。"),
    ("zh", "age", "我24岁。", "我今年24。", "我42岁。"),
    ("zh", "drug", "吃芬必得。", "吃布洛芬。", "吃阿司匹林。"),
    ("zh", "symptom", "皮肤瘙痒。", "皮肤很痒。", "皮肤发红。"),
    ("zh", "relation", "我妈妈。", "我母亲。", "我爸爸。"),
    ("zh", "relation", "我妻子。", "我们结婚三年。", "我们认识三年。"),
    ("zh", "prohibition", "不要饮酒。", "请您戒酒，勿喝。", "可以饮酒。"),
    ("zh", "urgency", "去急诊。", "马上去医院。", "尽快看门诊。"),
    ("zh", "urgency", "立即就医。", "马上就医。", "可以就医。"),
]


@pytest.mark.parametrize(("language", "kind", "original", "same", "other"), STATED)
def test_a_fact_is_stated_in_other_words_and_not_by_another_fact(
    language: Language, kind: str, original: str, same: str, other: str
) -> None:
    told = fact(original, kind, language)
    assert stated(told, read_text(original, language))
    assert stated(told, read_text(same, language))
    assert not stated(told, read_text(other, language))


def test_a_range_is_not_one_of_its_ends_where_that_is_new() -> None:
    told = fact("Take it every 6 to 8 hours.", "frequency", "en")
    assert not stated(told, read_text("Take it every 6 hours.", "en"), exactly=True)
    assert stated(told, read_text("Take it every 6-8 hours.", "en"), exactly=True)


SLIGHT: list[tuple[Language, Role, str, str, str]] = [
    # language, side, kind, a way of speaking, a fact
    ("en", "doctor", "frequency", "every day", "every 8 hours"),
    ("en", "doctor", "duration", "one day", "one to two weeks"),
    ("en", "doctor", "prohibition", "Do not carry this alone.", "Do not drive."),
    ("en", "doctor", "prohibition", "Do not tell him.", "Do not take aspirin."),
    ("en", "doctor", "symptom", "It hurts to read this.", "You have a fever."),
    ("en", "patient", "symptom", "I am tired of it.", "I have a fever."),
    ("zh", "doctor", "frequency", "每天", "每天2次"),
    ("zh", "doctor", "prohibition", "不要一个人扛着。", "不要饮酒。"),
    ("zh", "doctor", "prohibition", "不要怪他。", "不要吃阿司匹林。"),
    ("zh", "patient", "symptom", "我乏力。", "我发烧。"),
]


@pytest.mark.parametrize(("language", "side", "kind", "spoken", "told"), SLIGHT)
def test_a_way_of_speaking_is_slight_and_a_fact_is_not(
    language: Language, side: Role, kind: str, spoken: str, told: str
) -> None:
    assert slight(fact(spoken, kind, language), language, side)
    assert not slight(fact(told, kind, language), language, side)


@pytest.mark.parametrize(
    ("language", "dosing", "speaking"),
    [("en", "Take ibuprofen every day.", "I see you every day."), ("zh", "布洛芬每天服用。", "我每天都看到您。")],
)
def test_a_frequency_belongs_to_the_medicine_before_it(language: Language, dosing: str, speaking: str) -> None:
    for text, expected in ((dosing, True), (speaking, False)):
        assert dosed(fact(text, "frequency", language), extract(text, language)) is expected


@pytest.mark.parametrize(
    ("text", "kind", "nothing"),
    [
        ("It came back 3 times.", "frequency", True),
        ("Take it 3 times a day.", "frequency", False),
        ("It takes some weeks.", "duration", True),
        ("It takes 3 weeks.", "duration", False),
        ("These two pills of wisdom.", "dose", True),
        ("Take ibuprofen, two pills.", "dose", False),
    ],
)
def test_what_a_rewrite_may_add(text: str, kind: str, nothing: bool) -> None:
    assert slightly_added(fact(text, kind, "en"), extract(text, "en"), "en", "doctor") is nothing


@pytest.mark.xfail(strict=True, reason="a gap counts as a duration does, so that '8 hours apart' is every 8 hours")
def test_how_often_is_not_how_long() -> None:
    assert not stated(fact("A puff every 8 hours.", "frequency", "en"), read_text("A puff for 8 hours.", "en"))
