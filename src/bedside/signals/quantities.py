"""Quantities in a text: doses, frequencies, durations, ages, plain numbers, each with a comparable form. Pure.

"500 mg" = "0.5 g"; "twice a day" = "BD" = "every 12 hours" = 每日两次; "a week" = "7 days". Words and units are data
(`data/quantities.yaml`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

from bedside.core.phrases import load_yaml

__all__ = ["QuantityKind", "readers", "spoken_numbers"]

ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
QuantityKind = Literal["dose", "frequency", "duration", "age", "number"]
Norm = Callable[[re.Match[str]], str]


@cache
def _data() -> dict[str, Any]:
    return dict(load_yaml("signals/data/quantities.yaml"))


@cache
def _units() -> dict[str, tuple[str, float]]:
    """Each unit's base unit and factor."""
    return {name: (base, factor) for base, names in _data()["units"].items() for name, factor in names.items()}


@cache
def _number() -> str:
    """The pattern of one number, in digits or in words."""
    words, tens = _either(_data()["number_words"]), _either(_data()["tens"])
    return (
        rf"(?:[1-9]/[2-9](?![\d/])|\d+(?:[.,]\d+)*|half an?\b|(?:{tens})(?:[ -](?:{_either(ONES)})\b)?|(?:{words})"
        rf"|[{''.join(_data()['number_characters'])}]+)"
    )


def _either(names: Any) -> str:
    return "|".join(sorted((re.escape(str(name)) for name in names), key=len, reverse=True))


def _latin(names: Any) -> str:
    """The names that are not written in Chinese characters, as alternatives."""
    return _either(name for name in names if not "\u3400" <= str(name)[0] <= "\u9fff")


def _chinese(names: Any) -> str:
    return _either(name for name in names if "\u3400" <= str(name)[0] <= "\u9fff")


@cache
def readers() -> tuple[tuple[QuantityKind, re.Pattern[str], Norm], ...]:
    """Each kind with its pattern and how a match is normed; what one has read is not read by the next."""
    number, data = _number(), _data()
    span = rf"{number}(?:\s*(?:-|–|—|to|or|~|至|到)\s*{number})?"
    # Not \w: a Chinese character may stand right before a number.
    start = r"(?<![A-Za-z0-9_.])"
    periods, gaps, spans = data["periods"], data["gaps"], data["spans"]
    times = (
        rf"{start}(?:(once|twice|thrice)|({span})\s*(?:times|x))\s*(?:(?:a|per|every|each|in a|/)\s*)?"
        rf"({_latin(periods)})\b|(?:每|一)({_chinese(periods)})\s*({span})\s*次"
    )
    every = (
        rf"\b(?:every|each)\s+({span})?\s*-?\s*({_latin(gaps)})s?\b"
        rf"|每(?:隔)?(?:({span})(?:个)?({_chinese(gaps)})|({_chinese(gaps)})(?!{number}次))"
    )
    shorthand = rf"{start}({_either(data['shorthand'])}|b\.i\.d|t\.i\.d|q\.i\.d)(?![A-Za-z0-9_])"
    age = (
        rf"{start}({number})[\s-]*(?:years?|yrs?|months?|weeks?|y)[\s/-]*(?:old|of age|aged|o)\b"
        rf"|\baged?\s+({number})\b|({number})(?:岁|周岁)"
    )
    dose = rf"{start}({span})\s*-?\s*(?:({_latin(_units())})(?![a-zµμ])|({_chinese(_units())}))"
    duration = rf"{start}({span})\s*-?\s*({_latin(spans)})s?\b|({span})\s*(?:个|多)?({_chinese(spans)})"
    plain = (
        r"(?<![\w.])\d+(?:[.,/:]\d+)*(?:\s*(?:-|–|~|to)\s*\d+(?:[.,/]\d+)*)?%?(?![\w])"
        r"|(?<=[\u3400-\u9fff])\d+(?:[.,/:~-]\d+)*(?=[\u3400-\u9fff，。、）)]|$)"
    )
    ordered: tuple[tuple[QuantityKind, str, Norm], ...] = (
        ("frequency", times, _times),
        ("frequency", shorthand, _shorthand),
        ("frequency", every, _every),
        ("age", age, _age),
        ("dose", dose, _dose),
        ("duration", duration, _duration),
        ("number", plain, _plain),
    )
    return tuple((kind, re.compile(pattern, re.IGNORECASE), norm) for kind, pattern, norm in ordered)


def spoken_numbers(text: str) -> set[str]:
    """All numbers of a text in digits, whether written in digits or in words."""
    whole = rf"(?<![A-Za-z0-9_.]){_number()}(?![A-Za-z0-9_])"
    return {_value(m[0]) for m in re.finditer(whole, text.lower())}


def _value(number: str) -> str:
    """A number in plain digits."""
    number, words = number.lower(), _data()["number_words"]
    if number in words:
        return f"{words[number]:g}"
    if number.startswith("half "):
        return "0.5"
    if "/" in number:
        over, under = number.split("/")
        return f"{int(over) / int(under):.4g}"
    parts = re.split("[ -]", number)
    if parts[0] in _data()["tens"]:
        return f"{_data()['tens'][parts[0]] + (words[parts[1]] if len(parts) > 1 else 0):g}"
    if number[0] in _data()["number_characters"]:
        return f"{_chinese_value(number):g}"
    return re.sub(r",(?=\d{3}\b)", "", number)


def _chinese_value(number: str) -> float:
    """十 as ten, twenty (二十) or twelve (十二); other runs of characters digit by digit."""
    characters = _data()["number_characters"]
    if "十" in number:
        tens, _, ones = number.partition("十")
        return float(10 * characters.get(tens[-1:], 1) + characters.get(ones[:1], 0))
    if len(number) == 1:
        return float(characters[number])
    return float("".join(f"{characters[c]:g}" for c in number if characters[c] >= 1) or 0)


def _scaled(span: str, factor: float) -> str:
    """A number or range times a factor, as `a` or `a-b`; what is no number ("1.2.3") stays as it is."""
    values = [_value(m[0]) for m in re.finditer(_number(), span, re.IGNORECASE)]
    try:
        return "-".join(f"{float(v) * factor:.6g}" for v in values)
    except ValueError:
        return "-".join(values)


def _dose(match: re.Match[str]) -> str:
    base, factor = _units()[(match[2] or match[3]).casefold()]
    return f"{_scaled(match[1], factor)} {base}"


def _times(match: re.Match[str]) -> str:
    word, count, period, period_zh, count_zh = match.groups()
    return f"{_scaled(word or count or count_zh, _data()['periods'][(period or period_zh).casefold()])} a day"


def _every(match: re.Match[str]) -> str:
    gap, unit, gap_zh, unit_zh, period_zh = match.groups()
    hours_each = _data()["gaps"][(unit or unit_zh or period_zh).casefold()]
    try:
        hours = [float(v) for v in _scaled(gap or gap_zh or "1", hours_each).split("-")]
    except ValueError:
        return ""
    return "" if 0 in hours else "-".join(f"{24 / h:.6g}" for h in reversed(hours)) + " a day"


def _shorthand(match: re.Match[str]) -> str:
    return f"{_data()['shorthand'][match[1].casefold().replace('.', '')]:.6g} a day"


def _age(match: re.Match[str]) -> str:
    return _value(match[1] or match[2] or match[3])


def _duration(match: re.Match[str]) -> str:
    count, unit, count_zh, unit_zh = match.groups()
    base, factor = _data()["spans"][unit.casefold() if unit else unit_zh]
    return f"{_scaled(count or count_zh, factor)} {base}"


def _plain(match: re.Match[str]) -> str:
    return re.sub(r"\s*(?:-|–|~|to)\s*", "-", match[0]).rstrip("%")
