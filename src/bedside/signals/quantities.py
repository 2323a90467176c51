"""Quantities in a text: doses, laboratory values, frequencies, durations, ages, plain numbers, with comparable forms.

"500 mg" = "0.5 g"; "twice a day" = "BD" = "every 12 hours" = 每日两次; "a week" = "7 days"; "a few weeks" = "several
weeks". Words and units are data (`data/quantities.yaml`). Pure; each place is looked at once, so time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import accumulate, islice
from typing import Any, Literal, NamedTuple

from bedside.core.phrases import load_yaml
from bedside.signals.terms import lower

__all__ = ["Quantity", "QuantityKind", "quantities", "spoken_number", "spoken_numbers"]

QuantityKind = Literal["dose", "lab value", "frequency", "duration", "age", "number"]
CHINESE = re.compile(r"[\u3400-\u9fff]")
# No number is written in more Chinese characters; a bound keeps the time linear.
LONGEST_ZH = 16
ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
UNIT_WORD = re.compile(r"(?:st|nd|rd|th)?\s?-?\s?([a-zµμ%°℃]+|[\u3400-\u9fff]{1,4})")
PER = re.compile(r"\s?(?:/|\bper\b)\s?([a-zµμ]+\d?|[\u3400-\u9fff]{1,2})")
OLD = re.compile(r"s?[\s/-]*(?:old|of age|aged|o\b)")
OF_TIME = re.compile(r"(?:\s?-?\s?(?:times|x|×))\s*(?:(?:a|per|every|each|in a|in one|/)\s*)?([a-z]+)")
BARE_TIMES = re.compile(r"\s?times\b(?! (?:more|less|higher|lower|the|as))|次(?!数)")
LIST_MARK = re.compile(r"\d{1,2}[.)）、](?!\d)\s?(?=[a-z\u3400-\u9fff])")
TEMPERATURE = re.compile(
    r"[°度](?P<tenth>\d)(?!\d)|\s?(?:°\s?|degrees? ?|deg ?)(c|f|celsius|fahrenheit|centigrade)?\b|\s?(?:度|℃)"
)
AND_HALF = re.compile(r"个半|\sand (?:a )?half\b")
VAGUE_ZH = re.compile(r"(?:好?几|数|多|很多|许多|好多)(?:十)?个?(天|日|周|星期|礼拜|月|年|小时|分钟)")
BLOOD_PRESSURE = re.compile(r"(\d{2,3})\s?(?:/|over)\s?(\d{2,3})(?![\d/])")


class Quantity(NamedTuple):
    """A quantity at `text[start:end]`; `norm` is its comparable form.

    `amounts` are its single numbers with what they count ("2 day", "3 day" of "every 2 to 3 days").
    """

    kind: QuantityKind
    norm: str
    start: int
    end: int
    amounts: tuple[str, ...] = ()


class Span(NamedTuple):
    """One number or a range of two."""

    values: tuple[str, ...]
    end: int

    def of(self, unit: str, factor: float = 1) -> tuple[str, ...]:
        """Each value times a factor, with what it counts."""
        return tuple(f"{value} {unit}" for value in self.times(factor).split("-"))

    def times(self, factor: float) -> str:
        try:
            return "-".join(f"{float(v) * factor:.5g}" for v in self.values)
        except ValueError:
            return "-".join(self.values)


def quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities of a text in order of place; a stretch of text belongs to one only."""
    return tuple(_found(lower(text)))


def _found(small: str) -> Iterator[Quantity]:
    heads, done, last = _heads(), 0, None
    parts = _places().split(small)
    for start, word in zip(islice(accumulate(map(len, parts)), 0, None, 2), parts[1::2], strict=False):
        if (word not in heads and not word.isdigit()) or start < done:
            continue
        if start and small[start - 1] in "._" and word.isdigit() and small[start - 2 : start - 1].isdigit():
            continue
        found = _read(small, start)
        if found:
            last = _per_period(found, last, small)
            yield last
            done = last.end


def _per_period(found: Quantity, last: Quantity | None, small: str) -> Quantity:
    """ "a day" right after a dose is how often, as "daily" is, not how long."""
    after_dose = last is not None and last.kind == "dose" and small[last.end : found.start] == " "
    article, _, period = small[found.start : found.end].partition(" ")
    if found.kind != "duration" or not after_dose or article != "a" or period not in _data()["periods"]:
        return found
    return Quantity("frequency", f"{_data()['periods'][period]:.5g} a day", found.start, found.end)


@cache
def _places() -> re.Pattern[str]:
    """Words, numbers, and the Chinese characters that a quantity may begin with."""
    return re.compile(f"([a-z]+|\\d+|[{''.join(h for h in _heads() if CHINESE.fullmatch(h))}])")


@cache
def _heads() -> frozenset[str]:
    """The first words of all that is read here."""
    data = _data()
    names = {
        "past",
        "last",
        "previous",
        "next",
        "coming",
        "following",
        "every",
        "each",
        "half",
        "age",
        "aged",
        "每",
        "隔",
        "多",
        "数",
        "好",
        "很",
        "许",
        *data["vague"],
    }
    names |= {str(n).split()[0].split("-")[0].split(".")[0] for n in data["shorthand"]}
    names |= {name[0] for name in data["shorthand"] if not name.isascii()} | {"b", "t", "q"}
    return frozenset(names) | set(data["number_words"]) | set(data["tens"]) | set(data["number_characters"])


def _read(small: str, start: int) -> Quantity | None:
    before = small[start - 1] if start else " "
    glued = before.isascii() and (before.isalnum() or before == "_") and small[start].isascii()
    short = None if glued else _patterns()["shorthand"].match(small, start)
    if short:
        per_day = _data()["shorthand"][short[0].replace(".", "") if "." in short[0] else short[0]]
        return Quantity("frequency", f"{per_day:.5g} a day", start, short.end())
    every = _patterns()["every"].match(small, start)
    if every:
        found = _every(every)
        if found:
            return found
    vague = _patterns()["lone"].match(small, start)
    if vague and not glued:
        base, factor = _data()["spans_of"][vague[1]]
        return Quantity("duration", f"{factor:.5g} {base}", start, vague.end(), (f"{factor:.5g} {base}",))
    found = _vague(small, start)
    if found:
        return found
    span = _span(small, start)
    aged = _patterns()["aged"].match(small, start)
    if aged and not glued:
        return Quantity("age", _value(aged[1]), start, aged.end(), Span((_value(aged[1]),), 0).of("month", 12))
    if span is None or glued:
        return None
    return _measured(small, start, span) or _plain(small, start, span)


def _measured(small: str, start: int, span: Span) -> Quantity | None:
    """A number with what it counts."""
    data, end = _data(), span.end
    if small.startswith(("岁", "周岁"), end):
        span = _half_more(small, span, end + (1 if small[end] == "岁" else 2))
        return Quantity("age", span.times(1), start, span.end, span.of("month", 12))
    degrees = TEMPERATURE.match(small, end)
    if degrees:
        if degrees["tenth"]:  # 37度6
            span = Span((f"{span.values[-1]}.{degrees['tenth']}",), degrees.end())
        return Quantity("lab value", f"{span.times(1)} degree", start, degrees.end(), span.of("degree"))
    times = OF_TIME.match(small, end) or (_patterns()["once"].match(small, start))
    if times and times[1] in data["periods"]:
        norm = f"{span.times(data['periods'][times[1]])} a day"
        return Quantity("frequency", norm, start, times.end(), span.of("times"))
    bare = BARE_TIMES.match(small, end)
    if bare:
        return Quantity("frequency", f"{span.times(1)} times", start, bare.end(), span.of("times"))
    word = UNIT_WORD.match(small, end)
    if word is None:
        return None
    name, name_end = _known(small, word)
    if name in data["spans_of"]:
        return _time(small, start, span, (name, name_end))
    if name in data["unit_of"]:
        return _dose(small, start, span, (name, name_end))
    return None


def _known(small: str, word: re.Match[str]) -> tuple[str, int]:
    """The longest known unit that a word begins with: all of a Latin word, any head of a Chinese one."""
    known, name = _data(), word[1]
    if name.isascii() or not "\u3400" <= name[0] <= "\u9fff":
        if name not in known["unit_of"] and name not in known["spans_of"] and name.endswith("s"):
            return name[:-1], word.end()
        return name, word.end()
    skip = 1 if name[0] in "个多余来" else 0
    for length in range(min(len(name), 3 + skip), skip, -1):
        if name[skip:length] in known["unit_of"] or name[skip:length] in known["spans_of"]:
            return name[skip:length], word.start(1) + length
    return "", word.end()


def _time(small: str, start: int, span: Span, unit: tuple[str, int]) -> Quantity | None:
    name, end = unit
    if name == "second" and small.startswith("a ", start):  # "a second opinion"
        return None
    old = OLD.match(small, end)
    if old:
        base, factor = _data()["spans_of"][name]
        norm = span.times(1) if name.startswith("y") else f"{span.times(1)} {name}"
        return Quantity("age", norm, start, old.end(), span.of(base, factor))
    per = _patterns()["times_zh"].match(small, end)
    if per and span.values == ("1",) and name in _data()["periods"]:  # 一日2次
        count = _span(small, per.start(1))
        if count:
            each = _data()["periods"][name]
            return Quantity("frequency", f"{count.times(each)} a day", start, per.end(), count.of("times"))
    if name == "年":
        span = _half_more(small, span, end)
        end = span.end
    base, factor = _data()["spans_of"][name]
    return Quantity("duration", f"{span.times(factor)} {base}", start, end, span.of(base, factor))


def _dose(small: str, start: int, span: Span, unit: tuple[str, int]) -> Quantity:
    name, end = unit
    base, factor = _data()["unit_of"][name]
    further = _patterns()["further"].match(small, end)
    if further and len(span.values) == 1 and small.startswith(name, further.end()):  # 0.4mg-0.8mg
        span, end = Span((*span.values, _value(further[1])), end), further.end() + len(name)
    per, below = PER.match(small, end), ""
    if per and per[1] in _data()["per"]:
        below = _data()["per"][per[1]]
        end = per.end() if below != "day" else end
    whole = base if below in ("", "day") else f"{base}/{below}"
    kind: QuantityKind = "lab value" if base in _data()["measures"] or "/" in whole else "dose"
    return Quantity(kind, f"{span.times(factor)} {whole}", start, end, span.of(base, factor))


def _every(match: re.Match[str]) -> Quantity | None:
    """ "every 8 hours", "each night", 每8小时, 每日两次, 隔天."""
    skips = match[0][0] == "隔" and not match["n_zh"]  # 隔天 is every second day
    data, unit = _data(), match["unit"] or match["unit_zh"]
    count = match["n"] or match["n_zh"] or ("2" if skips else "1")
    times = match["times"]
    if times and unit in data["periods"] and (skips or count == "1"):
        found = _span(times, 0)
        if found is None:
            return None
        norm = f"{found.times(data['periods'][unit] / int(count))} a day"
        return Quantity("frequency", norm, match.start(), match.end(), found.of("times"))
    span = _span(count, 0)
    if span is None or unit not in data["gaps"]:
        return None
    try:
        hours = [float(v) * data["gaps"][unit] for v in span.values]
    except ValueError:
        return None
    if 0 in hours:
        return None
    norm = "-".join(f"{24 / h:.5g}" for h in reversed(hours))
    return Quantity("frequency", f"{norm} a day", match.start(), match.end(), _gap(span, unit))


def _gap(span: Span, unit: str) -> tuple[str, ...]:
    """What a gap between doses counts, as a duration would."""
    base, factor = _data()["spans_of"].get(unit, ("day", 1))
    return span.of(base, factor)


def _vague(small: str, start: int) -> Quantity | None:
    """ "a few weeks", "several years", 好几年, 几个月."""
    match = _patterns()["vague"].match(small, start)
    if match:
        return Quantity("duration", f"some {match[1]}", start, match.end())
    match = VAGUE_ZH.match(small, start)
    if match and (start == 0 or not small[start - 1].isdigit()):
        return Quantity("duration", f"some {_data()['english'][match[1]]}", start, match.end())
    return None


def _plain(small: str, start: int, span: Span) -> Quantity | None:
    """Digits that count nothing known, as a number; words ("one", 一) are not."""
    pressure = BLOOD_PRESSURE.match(small, start)
    if pressure:
        return Quantity("lab value", f"{pressure[1]}/{pressure[2]}", start, pressure.end())
    if not small[start].isdigit():
        return None
    if LIST_MARK.match(small, start) and not small[max(0, start - 2) : start].strip().isalnum():
        return None
    after = small[span.end : span.end + 1]
    if after.isascii() and (after.isalpha() or after == "_"):
        return None
    return Quantity("number", span.times(1), start, span.end, span.values)


def spoken_numbers(text: str) -> set[str]:
    """All numbers of a text in digits, whether written in digits or in words."""
    return {f"{_value(m[0])}" for m in _patterns()["whole number"].finditer(lower(text))}


# These number words are said of no number too.
UNCOUNTED = frozenset({"a", "an", "one", "once", "half", "一", "半"})


def spoken_number(word: str) -> str:
    """The number that a lower-case word writes, in digits; empty for none."""
    if word in UNCOUNTED:
        return ""
    match = _patterns()["span"].fullmatch(word)
    return _value(match[1]) if match and not match[2] else ""


def _span(small: str, start: int) -> Span | None:
    match = _patterns()["span"].match(small, start)
    if match is None:
        return None
    values = [_value(match[1])]
    if match[2]:
        values.append(_value(match[2]))
    if len(match[1]) == 2 and match[1] in _data()["pairs_zh"]:  # 两三天
        values = [_value(c) for c in match[1]]
    half = AND_HALF.match(small, match.end())
    if half and len(values) == 1 and values[0].isdigit():
        return Span((f"{int(values[0]) + 0.5:g}",), half.end())
    return Span(tuple(values), match.end())


def _half_more(small: str, span: Span, end: int) -> Span:
    """两岁半, 一年半: the span with the half that stands after its unit, which ends at `end`."""
    if small.startswith("半", end) and len(span.values) == 1 and span.values[0].isdigit():
        return Span((f"{int(span.values[0]) + 0.5:g}",), end + 1)
    return Span(span.values, end)


def _value(number: str) -> str:
    """A number in plain digits."""
    words = _data()["number_words"]
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
    plain = re.sub(r",(?=\d{3}\b)", "", number).strip(".,")
    # "05 g" lost its point.
    return f"0.{plain[1:]}" if len(plain) > 1 and plain[0] == "0" and plain.isdigit() else plain


def _chinese_value(number: str) -> float:
    """十 as ten, twenty (二十) or twelve (十二), 百 likewise; other runs of characters digit by digit."""
    characters, total, last = _data()["number_characters"], 0.0, 0.0
    if not any(c in "十百千" for c in number):
        digits = "".join(f"{characters[c]:g}" for c in number if characters[c] in range(10))
        return float(digits) if len(number) > 1 and digits else float(characters[number[0]])
    for character in number:
        if character in "十百千":
            total += (last or 1) * {"十": 10, "百": 100, "千": 1000}[character]
            last = 0
        else:
            last = float(characters[character])
    return total + last


def _either(names: Any) -> str:
    return "|".join(sorted((re.escape(str(name)) for name in names), key=len, reverse=True))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    data = _data()
    words, tens = _either(data["number_words"]), _either(data["tens"])
    number = (
        rf"(?:[1-9]/[2-9](?![\d/])|\d+(?:[.,]\d+)*|half an?\b|(?:{tens})(?:[ -](?:{_either(ONES)})\b)?\b|(?:{words})\b"
        rf"|[{''.join(data['number_characters'])}]{{1,{LONGEST_ZH}}})"
    )
    latin_gaps = _either(name for name in data["gaps"] if str(name).isascii())
    chinese = _either({*data["gaps"], *data["periods"]} - {n for n in data["gaps"] if str(n).isascii()})
    shorthand = _either(data["shorthand"])
    sources = {
        "span": rf"({number})(?:\s?(?:--?|–|—|~|～|to|or|至|到|或)\s?({number}))?",
        "whole number": rf"(?<![a-z0-9_.]){number}(?![a-z0-9_])",
        "shorthand": rf"(?:{shorthand}|b\.i\.d|t\.i\.d|q\.i\.d)(?![a-z0-9_])",
        "every": (
            rf"(?:every|each)\s+(?:(?P<n>{number}(?:\s?(?:-|to|or)\s?{number})?)\s?-?\s?)?(?P<unit>{latin_gaps})s?\b"
            rf"|(?:每隔?|隔)(?P<n_zh>{number}(?:[-~至到]{number})?)?个?(?P<unit_zh>{chinese})"
            rf"(?:[内里]?(?:服|吃|口服|使用|用)?(?P<times>{number}(?:[-~至到]{number})?)[次回])?"
        ),
        "times_zh": rf"内?(?:服|吃|口服|用)?({number}(?:[-~至到]{number})?)[次回]",
        "further": rf"\s?[-~～—–至到]\s?({number})\s?",
        "aged": rf"aged? (?:of )?({number})\b(?! ?(?:weeks|days|months))",
        "once": r"(?:once|twice|thrice)\s*(?:(?:a|per|every|each|in a|/)\s*)?([a-z]+)",
        "lone": r"(?:past|last|previous|next|coming|following) (day|week|month|year)\b",
        "vague": (
            r"(?:(?:a )?few|several|a couple of|couple of|many|some|numerous)\s+(?:more )?"
            rf"({_either(data['vague_spans'])})s\b"
        ),
    }
    return {name: re.compile(source) for name, source in sources.items()}


@cache
def _data() -> dict[str, Any]:
    data = dict(load_yaml("signals/data/quantities.yaml"))
    data["unit_of"] = {
        str(n).lower(): (base, factor) for base, names in data["units"].items() for n, factor in names.items()
    }
    data["spans_of"] = {str(n): (base, factor) for n, (base, factor) in data["spans"].items()}
    data["measures"] = frozenset(data["measures"])
    data["pairs_zh"] = frozenset(a + b for a, b in zip("一两二三四五六七八", "两三三四五六七八九", strict=True))
    data["vague_spans"] = [n for n in data["spans_of"] if n.isascii()]
    return data
