"""Doses, frequencies and lengths of time turned into others, in the way that they were written. Pure.

Numbers of dates, names (B12, COVID-19), concentrations and laboratory values are left alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache

from bedside.core.records import Language
from bedside.pairs.edits import Break, data, pattern
from bedside.signals import Fact, extract

__all__ = ["dose_breaks", "duration_breaks", "frequency_breaks"]

CHINESE_DIGITS = "零一二三四五六七八九"
# What makes a number part of a name, a date or a greater number.
IN_A_NAME = re.compile(r"[A-Za-z]-?\Z|\d[.,/:年月-]\Z|第\Z|\d\s?\w{0,3}[~～–—至到-]\s?\Z")
# A range that is read as two doses, a number with a zero or a dot lost, and what is no medicine (一支队伍).
NOT_ALONE = re.compile(r"\s?(?:[~～–—至到-]|to)\s?\d|(?<=支)(?:[笔具烟军]|[^，。]{0,8}队)")
DOSED = re.compile(
    r"(?:(?<![A-Za-z])(?:m?gs?|gms?|mcg|ug|[µμ]g|(?:milli|micro)?grams?|mls?|cc|iu|units?|tab(?:let)?s?|pills?|caps(?:ule)?s?|drops?"
    r"|puffs?|teaspoons?|tsp|tablespoons?|tbsp|sachets?|vials?|ampoules?)|[毫微]?克|毫升|单位|[片粒丸滴喷袋支])\Z",
    re.IGNORECASE,
)
CONCENTRATION = re.compile(r"\s*(?:/|per |每)\s*(?:[dmun]?l(?![a-z])|m2|100|升|毫升|分升)", re.IGNORECASE)
DATE = re.compile(r"\d{4}\s*年|月\s*\d|(?<!个)月份?\Z|日\Z|\bseconds?\b|号", re.IGNORECASE)
# A child's age; and spoken ranges (两三天), which are not multiplied.
AGE = re.compile(r"大?的?(?:宝宝|婴儿|孩子|大)|[ -]?(?:old|aged)\b", re.IGNORECASE)
SPOKEN_RANGE = re.compile(r"[一两二三四五六七八九]{2}|\d{3}(?=个)")
TIMES_ZH = re.compile(r"([\d一二两三四五六七八九十]+)(\s*次)")


def dose_breaks(text: str, language: Language, factors: tuple[float, ...], rng: random.Random) -> list[Break]:
    """Each dose times one of the factors; a factor that would split what cannot be split is not taken."""
    found = []
    for fact, stood in _facts(text, language, "dose"):
        if (
            DOSED.search(stood)
            and not re.match(r"0\d", stood)
            and "/" not in stood
            and not _of_something(text, fact.start + len(stood))
        ):
            new = _times(stood, language, rng.sample(factors, len(factors)))
            found += [Break(fact.start, fact.start + len(stood), new)] if new else []
    return found


def _of_something(text: str, end: int) -> bool:
    return bool(CONCENTRATION.match(text, end) or NOT_ALONE.match(text, end))


def duration_breaks(text: str, language: Language, rng: random.Random) -> list[Break]:
    """Each length of time doubled, trebled or halved."""
    found = []
    for fact, stood in _facts(text, language, "duration"):
        bare = re.match(r"an? |one ", stood, re.IGNORECASE)
        lasting = not bare or pattern(language, "lasting").search(text[: fact.start])
        if lasting and not DATE.search(stood) and not AGE.match(text, fact.start + len(stood)):
            new = _times(stood, language, rng.sample((2.0, 3.0, 0.5), 3))
            found += [Break(fact.start, fact.start + len(stood), new)] if new else []
    return found


def frequency_breaks(text: str, language: Language, rng: random.Random) -> list[Break]:
    """Each frequency another: more or fewer times, a longer or shorter gap."""
    found = []
    for fact, stood in _facts(text, language, "frequency"):
        new = _other_frequency(stood, language, rng)
        # What goes on (daily life, 每天3次) is no bare frequency.
        bare = stood.lower() in ("daily", "weekly", "nightly") or stood in data(language)["frequencies"]
        goes_on = text[: fact.start].rstrip().endswith("times") or (
            bare and pattern(language, "not_often").match(text, fact.start + len(stood))
        )
        if new and not goes_on:
            found.append(Break(fact.start, fact.start + len(stood), new))
    return found


def _facts(text: str, language: Language, kind: str) -> list[tuple[Fact, str]]:
    facts = []
    for fact in extract(text, language):
        stood = text[fact.start : fact.end].rstrip()
        if (
            fact.kind == kind
            and not SPOKEN_RANGE.search(stood)
            and not IN_A_NAME.search(text[max(0, fact.start - 16) : fact.start])
        ):
            facts.append((fact, stood))
    return facts


def _other_frequency(stood: str, language: Language, rng: random.Random) -> str | None:
    words: dict[str, str] = data(language)["frequencies"]
    low = stood.lower()
    if low in words:
        return _cased(words[low], stood)
    if language == "zh" and TIMES_ZH.search(stood):
        return TIMES_ZH.sub(lambda m: _number(m[1], "zh", lambda v: _count(v, rng)) + m[2], stood)
    first = re.match(r"(once|twice|thrice)\b", low)
    if first:
        return _cased(words[first[1]], stood) + stood[first.end() :]
    counted = re.match(r".*?(?= ?(?:times|x)\b)", stood)
    if counted:
        return (_times(counted[0], language, [2.0]) or counted[0]) + stood[counted.end() :]
    return _times(stood, language, [2.0, 0.5, 3.0])


def _count(value: float, rng: random.Random) -> float:
    return rng.choice([n for n in (1, 2, 3, 4) if n != value])


def _times(stood: str, language: Language, factors: list[float]) -> str | None:
    """The numbers of a quantity times the first factor that leaves whole what was whole."""
    numbers = [_value(m[0], language) for m in _numbers(language).finditer(stood)]
    for factor in factors:
        # Halves are said of 5 mg, not of 1 day or 3 tablets.
        whole = all(v * factor == int(v * factor) for v in numbers) or re.search(r"\d\s*-?m?c?g\b|克", stood)
        if numbers and whole and all(0 < v * factor < 100_000 for v in numbers):
            return _agreeing(_scaled(stood, language, factor), numbers[-1] * factor, language)
    return None


def _scaled(stood: str, language: Language, factor: float) -> str:
    return _numbers(language).sub(lambda m: _number(m[0], language, lambda v: v * factor), stood)


def _agreeing(quantity: str, value: float, language: Language) -> str:
    """A unit in the plural after more than one, in the singular after one."""
    countable = re.compile(rf"\b({data(language)['countable']})s?\b", re.IGNORECASE)
    return countable.sub(lambda m: m[1] + ("" if value <= 1 else "s"), quantity) if language == "en" else quantity


def _number(stood: str, language: Language, change: Callable[[float], float]) -> str:
    """A number changed, in digits or words as it stood."""
    value = change(_value(stood, language))
    if stood[:1].isdigit():
        return f"{value:,g}" if "," in stood and value < 1e6 else f"{value:g}"
    if language == "zh":
        return _chinese(value)
    words = [w for w, v in data("en")["numbers"].items() if v == value and w not in ("a", "an", "half an")]
    return _cased(words[0], stood) if words else f"{value:g}"


def _value(stood: str, language: Language) -> float:
    if stood[:1].isdigit():
        return float(stood.replace(",", ""))
    if language == "en":
        return float(data("en")["numbers"][stood.lower()])
    tens, ten, ones = stood.replace("两", "二").rpartition("十")
    if stood == "半":
        return 0.5
    return 10 * (CHINESE_DIGITS.find(tens) if tens else 1) * bool(ten) + max(0, CHINESE_DIGITS.find(ones or "零"))


def _chinese(value: float) -> str:
    if value == 0.5:
        return "半"
    if value != int(value) or value >= 100:
        return f"{value:g}"
    if value == 2:
        return "两"
    tens, ones = divmod(int(value), 10)
    return ("" if tens < 2 else CHINESE_DIGITS[tens]) + ("十" if tens else "") + (CHINESE_DIGITS[ones] if ones else "")


@cache
def _numbers(language: Language) -> re.Pattern[str]:
    digits = r"\d+(?:,\d{3})*(?:\.\d+)?"
    if language == "zh":
        return re.compile(rf"{digits}|半|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]")
    words = "|".join(sorted(data("en")["numbers"], key=len, reverse=True))
    return re.compile(rf"{digits}|\b(?:{words})\b", re.IGNORECASE)


def _cased(word: str, stood: str) -> str:
    return word[:1].upper() + word[1:] if stood[:1].isupper() and not stood.isupper() else word
