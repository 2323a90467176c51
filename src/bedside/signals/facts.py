"""Critical medical facts in a text, with their places and a comparable form. Pure: text in, facts out; `en` and `zh`.

Equivalent wordings share one `norm`: "500 mg" = "0.5 g"; "twice a day" = "BD" = "every 12 hours" = 每日两次; "a week" =
"7 days"; brand and generic names. Read are: dose, frequency, duration, age, number, drug, test, prohibition, urgency.
Not read: diagnoses, certainty, conditions, laterality; those stay for a later reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Language, Severity

__all__ = ["SEVERITY", "Fact", "FactKind", "extract", "spoken_numbers"]

FactKind = Literal["dose", "frequency", "duration", "age", "number", "drug", "test", "prohibition", "urgency"]
SEVERITY: dict[FactKind, Severity] = {
    "dose": "critical", "frequency": "critical", "drug": "critical", "prohibition": "critical", "urgency": "critical",
    "duration": "major", "test": "major", "number": "major", "age": "major",
}  # fmt: skip


class Fact(msgspec.Struct, frozen=True):
    """A fact as it stands at `text[start:end]`, and its comparable form."""

    kind: FactKind
    text: str
    norm: str
    start: int
    end: int


WORDS_EN = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30, "half": 0.5,
    "once": 1, "twice": 2, "thrice": 3,
}  # fmt: skip
WORDS_ZH = {"半": 0.5, "一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
NUMBER = r"(?:\d+(?:[.,]\d+)*|" + "|".join(WORDS_EN) + r"|[半一两二三四五六七八九十]+)"
RANGE = rf"{NUMBER}(?:\s*(?:-|–|—|to|or|~|至|到)\s*{NUMBER})?"

# Unit -> (base unit, factor).
UNITS: dict[str, tuple[str, float]] = {
    "kg": ("mg", 1e6), "g": ("mg", 1000), "gm": ("mg", 1000), "gram": ("mg", 1000), "grams": ("mg", 1000), "克": ("mg", 1000),
    "mg": ("mg", 1), "mgs": ("mg", 1), "milligram": ("mg", 1), "milligrams": ("mg", 1), "毫克": ("mg", 1),
    "mcg": ("mg", 0.001), "µg": ("mg", 0.001), "μg": ("mg", 0.001), "ug": ("mg", 0.001), "microgram": ("mg", 0.001),
    "micrograms": ("mg", 0.001), "微克": ("mg", 0.001),
    "l": ("ml", 1000), "litre": ("ml", 1000), "litres": ("ml", 1000), "liter": ("ml", 1000), "liters": ("ml", 1000),
    "升": ("ml", 1000), "ml": ("ml", 1), "millilitres": ("ml", 1), "milliliters": ("ml", 1), "毫升": ("ml", 1), "cc": ("ml", 1),
    "iu": ("iu", 1), "units": ("iu", 1), "unit": ("iu", 1), "单位": ("iu", 1), "%": ("%", 1), "percent": ("%", 1),
    "per cent": ("%", 1), "mmol": ("mmol", 1), "meq": ("meq", 1),
    "tablet": ("piece", 1), "tablets": ("piece", 1), "tab": ("piece", 1), "tabs": ("piece", 1), "pill": ("piece", 1),
    "pills": ("piece", 1), "capsule": ("piece", 1), "capsules": ("piece", 1), "片": ("piece", 1), "粒": ("piece", 1),
    "drop": ("drop", 1), "drops": ("drop", 1), "滴": ("drop", 1), "puff": ("puff", 1), "puffs": ("puff", 1), "喷": ("puff", 1),
    "teaspoon": ("tsp", 1), "teaspoons": ("tsp", 1), "tsp": ("tsp", 1), "tablespoon": ("tbsp", 1), "tablespoons": ("tbsp", 1),
    "袋": ("sachet", 1), "sachet": ("sachet", 1), "sachets": ("sachet", 1), "支": ("vial", 1), "丸": ("piece", 1),
}  # fmt: skip
LATIN_UNITS = "|".join(sorted((re.escape(u) for u in UNITS if u.isascii() or u[0] in "µμ"), key=len, reverse=True))
CHINESE_UNITS = "|".join(u for u in UNITS if not u.isascii() and u[0] not in "µμ")
DOSE = re.compile(rf"(?<![\w.])({RANGE})\s*-?\s*(?:({LATIN_UNITS})(?![a-zµμ])|({CHINESE_UNITS}))", re.IGNORECASE)

# Period -> times a day.
PERIODS = {"day": 1.0, "daily": 1.0, "week": 1 / 7, "weekly": 1 / 7, "month": 1 / 30, "日": 1.0, "天": 1.0, "周": 1 / 7, "月": 1 / 30}
TIMES = re.compile(
    rf"(?<![\w.])(?:(once|twice|thrice)|({RANGE})\s*(?:times|x))\s*(?:(?:a|per|every|each|in a|/)\s*)?(day|daily|week|weekly|month)\b"
    rf"|(?:每|一)(日|天|周|月)\s*({RANGE})\s*次",
    re.IGNORECASE,
)
EVERY = re.compile(rf"\b(?:every|each)\s+({RANGE})?\s*-?\s*(hour|day|night|morning|evening|week|month)s?\b|每(?:隔)?({RANGE})?(?:个)?(小时|天|日|周)(?!{NUMBER}次)", re.IGNORECASE)
LATIN_SIG = re.compile(r"(?<![\w.])(od|bd|bid|b\.i\.d\.?|tds|tid|t\.i\.d\.?|qds|qid|q\.i\.d\.?|daily|nightly|weekly|1-0-0|0-0-1|1-0-1|1-1-1)(?![\w])", re.IGNORECASE)
SIG = {
    "od": 1, "daily": 1, "nightly": 1, "1-0-0": 1, "0-0-1": 1, "weekly": 1 / 7, "bd": 2, "bid": 2, "1-0-1": 2,
    "tds": 3, "tid": 3, "1-1-1": 3, "qds": 4, "qid": 4,
}  # fmt: skip

SPANS = {
    "second": ("hour", 1 / 3600), "minute": ("hour", 1 / 60), "min": ("hour", 1 / 60), "hour": ("hour", 1), "hr": ("hour", 1),
    "day": ("day", 1), "night": ("day", 1), "week": ("day", 7), "month": ("month", 1), "year": ("month", 12), "yr": ("month", 12),
    "秒": ("hour", 1 / 3600), "分钟": ("hour", 1 / 60), "小时": ("hour", 1), "天": ("day", 1), "日": ("day", 1), "周": ("day", 7),
    "星期": ("day", 7), "礼拜": ("day", 7), "月": ("month", 1), "年": ("month", 12),
}  # fmt: skip
AGE = re.compile(rf"(?<![\w.])({NUMBER})[\s-]*(?:years?|yrs?|months?|weeks?)?[\s-]*(?:old|of age|aged)\b|\baged?\s+({NUMBER})\b|({NUMBER})(?:岁|周岁)", re.IGNORECASE)
DURATION = re.compile(
    rf"(?<![\w.])({RANGE})\s*-?\s*(seconds?|minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|months?|years?|yrs?)\b"
    rf"|({RANGE})\s*(?:个|多)?(秒|分钟|小时|天|日|周|星期|礼拜|月|年)",
    re.IGNORECASE,
)
PLAIN_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,/:]\d+)*(?:\s*(?:-|–|~|to)\s*\d+(?:[.,/]\d+)*)?%?(?![\w])|(?<=[\u3400-\u9fff])\d+(?:[.,/:~-]\d+)*(?=[\u3400-\u9fff，。、）)]|$)")

URGENCY: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("emergency", re.compile(r"\b(?:ambulance|emergency (?:department|room|services?|care|unit)|casualty|999|911|112|(?:the )?(?:er|a&e)(?=[\s.,;)])|go to (?:the )?(?:nearest )?hospital)\b|急诊|急救|救护车|拨打?120", re.IGNORECASE)),
    ("urgent", re.compile(r"\b(?:urgent(?:ly)?|immediate(?:ly)?|right away|straight away|at once|without delay|as soon as possible|asap)\b|立即|立刻|马上|尽快|及时(?:就医|就诊|到|去)|紧急", re.IGNORECASE)),
    ("same day", re.compile(r"\b(?:same day|the same day|today|within 24 hours)\b|当天|今天就|24小时内", re.IGNORECASE)),
)  # fmt: skip
PROHIBITION = re.compile(
    # "do not" forbids only as an imperative: at the head of a clause, or after a word that may stand before one.
    r"(?:(?:^|[.;:,!?()\n-])\s*|\b(?:please|and|but|or|also|then|so|kindly|just)\s+)(?:do not|don't|don’t|dont|never)\s+((?:[\w'’-]+\s*){1,7})"
    r"|\b(?:avoid(?:ing)?|should not|shouldn't|must not|mustn't|should never|must never|you cannot take|refrain from|stay away from|not to be)\s+((?:[\w'’-]+\s*){1,7})"
    r"|(?:不要|不能|不可以?|不宜|避免|忌(?:食|口|用)?|禁(?:止|用|食|忌)?|切勿|切忌|勿|(?<![\u3400-\u9fff])别(?!的|人|处|看))([^，。；！？,.\s]{1,12})",
    re.IGNORECASE | re.MULTILINE,
)
LATIN_WORD = re.compile(r"[A-Za-z0-9]+(?:['’-][A-Za-z0-9]+)*")
# Words that carry no content in a prohibition.
EMPTY = frozenset("a an the to of any at all or and on in for with this that it be take taking use using do your his her their my is are by from too more than until if".split())
# Said to comfort, not to forbid.
SOOTHING = re.compile(r"^\W*(?:worry|panic|be (?:afraid|scared|worried|alarmed)|hesitate|lose (?:hope|heart)|feel|blame|担心|担忧|紧张|害怕|怕|着急|焦虑|惊慌|慌|忧心|过于|过度)", re.IGNORECASE)


def extract(text: str, language: Language) -> tuple[Fact, ...]:
    """The facts of a text in order of place; a stretch of text belongs to one fact only, save names and prohibitions."""
    taken: list[tuple[int, int]] = []
    facts: list[Fact] = []
    for kind, pattern, norm in _NUMERIC:
        for match in pattern.finditer(text):
            value = norm(match)
            if value and not any(match.start() < end and start < match.end() for start, end in taken):
                taken.append(match.span())
                facts.append(_fact(kind, match, value))
    facts += _names(text, "drug", language) + _names(text, "test", language)
    facts += _prohibitions(text, language)
    for level, pattern in URGENCY:
        facts += [_fact("urgency", m, level) for m in pattern.finditer(text)]
    return tuple(sorted(facts, key=lambda f: (f.start, f.end)))


def spoken_numbers(text: str) -> set[str]:
    """All numbers of a text in digits, whether written in digits or in words."""
    return {_value(m[0]) for m in re.finditer(NUMBER, text.lower())}


def _fact(kind: FactKind, match: re.Match[str], norm: str) -> Fact:
    return Fact(kind, match[0].strip(), norm, match.start(), match.end())


def _value(number: str) -> str:
    """A number in plain digits."""
    number = number.lower()
    if number in WORDS_EN:
        return f"{WORDS_EN[number]:g}"
    if number[0] in WORDS_ZH:
        return f"{_chinese(number):g}"
    return re.sub(r",(?=\d{3}\b)", "", number)


def _chinese(number: str) -> float:
    if "十" in number:
        tens, _, ones = number.partition("十")
        return 10 * (WORDS_ZH.get(tens, 1) if tens else 1) + (WORDS_ZH.get(ones, 0) if ones else 0)
    return WORDS_ZH[number] if len(number) == 1 else float("".join(f"{WORDS_ZH[c]:g}" for c in number if WORDS_ZH[c] >= 1) or 0)


def _scaled(span: str, factor: float) -> str:
    """A number or range times a factor, as `a` or `a-b`."""
    values = [_value(m[0]) for m in re.finditer(NUMBER, span, re.IGNORECASE)]
    try:
        return "-".join(f"{float(v) * factor:.6g}" for v in values)
    except ValueError:
        return "-".join(values)


def _dose(match: re.Match[str]) -> str:
    base, factor = UNITS[(match[2] or match[3]).lower()]
    return f"{_scaled(match[1], factor)} {base}"


def _times(match: re.Match[str]) -> str:
    word, count, period, period_zh, count_zh = match.groups()
    return f"{_scaled(word or count or count_zh, PERIODS[(period or period_zh).lower()])} a day"


def _every(match: re.Match[str]) -> str:
    gap, unit, gap_zh, unit_zh = match.groups()
    hours = {"hour": 1.0, "小时": 1.0, "week": 168.0, "周": 168.0, "month": 720.0}.get((unit or unit_zh).lower(), 24.0)
    parts = [float(v) for v in _scaled(gap or gap_zh or "1", hours).split("-") if float(v) > 0]
    return "-".join(f"{24 / p:.6g}" for p in reversed(parts)) + " a day" if parts else ""


def _sig(match: re.Match[str]) -> str:
    return f"{SIG[match[1].lower().replace('.', '')]:.6g} a day"


def _age(match: re.Match[str]) -> str:
    return _value(match[1] or match[2] or match[3])


def _duration(match: re.Match[str]) -> str:
    count, unit, count_zh, unit_zh = match.groups()
    base, factor = SPANS[unit.lower().rstrip("s") if unit else unit_zh]
    return f"{_scaled(count or count_zh, factor)} {base}"


def _plain(match: re.Match[str]) -> str:
    return re.sub(r"\s*(?:-|–|~|to)\s*", "-", match[0]).rstrip("%")


_NUMERIC = (
    ("frequency", TIMES, _times),
    ("frequency", EVERY, _every),
    ("frequency", LATIN_SIG, _sig),
    ("age", AGE, _age),
    ("dose", DOSE, _dose),
    ("duration", DURATION, _duration),
    ("number", PLAIN_NUMBER, _plain),
)


def _names(text: str, kind: Literal["drug", "test"], language: Language) -> list[Fact]:
    """Names of the lexicon, the longest at each place; Chinese names are looked for in Chinese text only."""
    lexicon = _lexicon(kind)
    found = list(_latin_names(text, lexicon))
    if language == "zh":
        found += _chinese_names(text, lexicon)
    return [Fact(kind, text[a:b], lexicon.norms[text[a:b].lower()], a, b) for a, b in found]


def _latin_names(text: str, lexicon: Lexicon) -> Iterator[tuple[int, int]]:
    words = [m.span() for m in LATIN_WORD.finditer(text)]
    lower, place = text.lower(), 0
    while place < len(words):
        start = words[place][0]
        longest = lexicon.first_words.get(lower[slice(*words[place])], 0)
        for last in range(min(place + longest, len(words)) - 1, place - 1, -1):
            if lower[start : words[last][1]] in lexicon.norms:
                yield start, words[last][1]
                place = last
                break
        place += 1


def _chinese_names(text: str, lexicon: Lexicon) -> Iterator[tuple[int, int]]:
    place = 0
    while place < len(text) - 1:
        for length in lexicon.lengths.get(text[place : place + 2].lower(), ()):
            if text[place : place + length].lower() in lexicon.norms:
                yield place, place + length
                place += length - 1
                break
        place += 1


class Lexicon(msgspec.Struct, frozen=True):
    """Normal forms by name; how many words a name may have, by its first; the lengths of Chinese names, by their first two
    characters, the longest first."""

    norms: dict[str, str]
    first_words: dict[str, int]
    lengths: dict[str, tuple[int, ...]]


@cache
def _lexicon(kind: Literal["drug", "test"]) -> Lexicon:
    entries: dict[str, list[str]] = load_yaml(f"signals/data/{kind}s.yaml")
    norms = {str(name).lower(): str(norm) for norm, names in entries.items() for name in (norm, *names)}
    first_words: dict[str, int] = {}
    lengths: dict[str, set[int]] = {}
    for name in norms:
        words = LATIN_WORD.findall(name)
        if name.isascii() and words:
            first_words[words[0]] = max(first_words.get(words[0], 0), len(words))
        elif not name.isascii():
            lengths.setdefault(name[:2], set()).add(len(name))
    return Lexicon(norms, first_words, {head: tuple(sorted(s, reverse=True)) for head, s in lengths.items()})


def _prohibitions(text: str, language: Language) -> list[Fact]:
    facts = []
    for match in PROHIBITION.finditer(text):
        what = (match[1] or match[2] or match[3]).strip()
        if SOOTHING.match(what):
            continue
        words = [w for w in re.findall(r"[\w'’-]+", what.lower()) if w not in EMPTY] if language == "en" else [what]
        if words:
            facts.append(_fact("prohibition", match, " ".join(words)))
    return facts
