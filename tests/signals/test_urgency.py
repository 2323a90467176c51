"""Red flags in patients' words and urgency in doctors': told, denied, past and asked about, in both languages."""

from __future__ import annotations

import json
import time
from importlib import resources
from typing import get_args

import pytest

from bedside.core.records import Language
from bedside.signals import urgency
from bedside.signals.patterns import Match, flat
from bedside.signals.urgency import red_flags, urgent_advice

TOLD: list[tuple[Language, str]] = [
    ("en", "Crushing chest pain for an hour, going down my left arm, and I'm sweating."),
    ("en", "The worst headache of my life came on suddenly."),
    ("en", "Mum's mouth has dropped on one side and her speech is slurred since breakfast."),
    ("en", "My five week old has a fever of 38.5."),
    ("en", "My stools are black and tarry and I feel faint."),
    ("en", "I'm 30 weeks pregnant and bleeding, it soaked through my jeans."),
    ("en", "My right testicle became very painful two hours ago."),
    ("en", "He is wheezing and can't get a sentence out."),
    ("en", "She hit her head on the step and takes apixaban."),
    ("en", "One calf is swollen since my operation and I'm short of breath today."),
    ("zh", "胸口压着疼一个小时了，左胳膊麻，出冷汗。"),
    ("zh", "突然头痛得像炸开一样，这辈子没这么疼过。"),
    ("zh", "我妈今早嘴歪了，右手没劲，说话不清。"),
    ("zh", "宝宝才35天，发烧38度6。"),
    ("zh", "大便像柏油一样黑，站起来就头晕。"),
    ("zh", "突然睾丸疼得厉害，两个小时了。"),
    ("zh", "怀孕30周，下面流血不止，裤子都湿透了。"),
]
NOT_TOLD: list[tuple[Language, str]] = [
    ("en", "No chest pain, no sweating, no breathlessness; may I change tablets?"),
    ("en", "I had a stroke in 2014 and my left arm has been weak ever since."),
    ("en", "What are the symptoms of meningitis in a child?"),
    ("en", "I get heartburn after wine; it settles with an antacid."),
    ("en", "Slow dull headache from my neck after work, as always."),
    ("en", "My two month old is well, no fever, feeding nicely."),
    ("zh", "没有胸痛，没有出汗，就想问药能不能一起吃。"),
    ("zh", "我爸五年前得过脑梗，左手一直没劲，最近没变化。"),
    ("zh", "怎么判断孩子是不是脑膜炎，有哪些表现？"),
    ("zh", "吃多了反酸，喝点水就好了。"),
]
ADVICE: list[tuple[Language, str, str]] = [
    ("en", "Please go to A&E now.", "emergency"),
    ("en", "Ring 999.", "emergency"),
    ("en", "He should be seen within 24 hours.", "same day"),
    ("en", "See your dentist as soon as possible.", "urgent"),
    ("en", "Come back in three weeks for a review.", "routine review"),
    ("zh", "请马上去急诊。", "emergency"),
    ("zh", "立即拨打120。", "emergency"),
    ("zh", "今天下午去医院看一下。", "same day"),
    ("zh", "建议尽快就医。", "urgent"),
    ("zh", "三个月后复查。", "routine review"),
]


@pytest.mark.parametrize(("language", "text"), TOLD)
def test_emergency_is_found_with_its_place(language: Language, text: str) -> None:
    found = red_flags(text, language)
    assert found
    assert all(f.text == text[f.start : f.end] != "" for f in found)


@pytest.mark.parametrize(("language", "text"), NOT_TOLD)
def test_denied_past_or_general_is_left(language: Language, text: str) -> None:
    assert red_flags(text, language) == ()


@pytest.mark.parametrize(("language", "text", "level"), ADVICE)
def test_level_of_advice(language: Language, text: str, level: str) -> None:
    found = urgent_advice(text, language)
    assert level in {f.level for f in found}
    assert not any(f.conditional for f in found)
    assert all(f.text == text[f.start : f.end] for f in found)


def test_return_advice_is_conditional() -> None:
    (found,) = urgent_advice("If he turns drowsy, go back at once.", "en")
    assert (found.level, found.conditional) == ("emergency", True)
    (found,) = urgent_advice("如果胸痛，马上去急诊。", "zh")
    assert (found.level, found.conditional) == ("emergency", True)


def test_advice_taken_back_is_none() -> None:
    assert urgent_advice("There is no need to go to hospital.", "en") == ()
    assert urgent_advice("不用去急诊。", "zh") == ()


def test_time_grows_in_line_with_the_text() -> None:
    def seconds(times: int) -> float:
        text = "chest pain no fever left arm " * times
        start = time.process_time()
        red_flags(text, "en")
        return time.process_time() - start

    seconds(100)
    # 8 times the text; quadratic would be 64. What else the machine does may slow one round, not each of three.
    assert any(seconds(8000) < 20 * max(seconds(1000), 0.005) for _ in range(3))


@pytest.mark.parametrize(
    ("language", "danger", "harmless"),
    [
        ("en", "I have chest pain and I cannot breathe.", "I have a cold and I cannot breathe through my nose."),
        ("en", "It is crushing my chest, and I am short of breath.", "I crush the tablets, and my chest is clear."),
        ("zh", "我胸痛，呼吸困难。", "我没有胸痛，也没有呼吸困难。"),
        ("zh", "他没有呼吸了。", "我胸痛，没有呼吸困难。"),
    ],
)
def test_want_of_breath_is_an_emergency_and_its_denial_is_not(language: Language, danger: str, harmless: str) -> None:
    assert "emergency" in {flag.level for flag in red_flags(danger, language)}
    assert red_flags(harmless, language) == ()


@pytest.mark.parametrize("language", get_args(Language))
def test_searching_only_where_a_flag_hangs_on_it_finds_what_a_search_for_everything_does(language: Language) -> None:
    rules, found = urgency._flag_rules(language), 0
    probes = [json.loads(line) for name in ("red_flags", "crisis", "distressed") for line in _lines(name)]
    own = [row["text"] for row in probes if row["language"] == language]
    for text in (*own, *(" ".join(own[place : place + 5]) for place in range(0, 100, 5))):
        plain = flat(text)
        told: dict[str, Match] = {}
        for match in rules.bank.matches(plain):
            earlier = told.get(match.name)
            if (earlier is None or match.start < earlier.start) and not urgency._excused(plain, match, rules):
                told[match.name] = match
        wanted: dict[str, int] = {}
        for flag in rules.flags:
            signs = [next((told[n] for n in group.split("|") if n in told), None) for group in flag.all]
            if all(signs) and not any(name in told for name in flag.unless):
                wanted.setdefault(flag.condition, min(sign.start for sign in signs if sign))
        assert {f.condition: f.start for f in urgency.red_flags_by_rules(text, language)} == wanted
        found += len(wanted)
    assert found > 50


def _lines(name: str) -> list[str]:
    return resources.files("bedside").joinpath(f"probes/{name}.jsonl").read_text(encoding="utf-8").splitlines()
