"""Quantities in a text: doses, laboratory values, frequencies, durations, ages, plain numbers, with comparable forms.

"500 mg" = "0.5 g"; "twice a day" = "BD" = "every 12 hours" = 每日两次; "a week" = "7 days"; "a few weeks" = "several
weeks". Words and units are data (`data/quantities.yaml`). Pure; each place is looked at once, so time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Literal, NamedTuple

from bedside.signals.numbers import Span, half_more, span_at, value_of
from bedside.signals.quantity_rules import AGED, EVERY, LONE, VAGUE, VAGUE_ZH, data, heads, patterns, places
from bedside.signals.terms import lower

__all__ = ["Quantity", "QuantityKind", "quantities"]

QuantityKind = Literal["dose", "lab value", "frequency", "duration", "age", "number"]
UNIT_WORD = re.compile(r"(?:st|nd|rd|th)?\s?-?\s?([a-zµμ%°℃]+|[\u3400-\u9fff]{1,4})")
PER = re.compile(r"\s?(?:/|\bper\b)\s?([a-zµμ]+\d?|[\u3400-\u9fff]{1,2})")
OLD = re.compile(r"s?[\s/-]*(?:old|of age|aged|o\b)")
OF_TIME = re.compile(r"(?:\s?-?\s?(?:times|x|×))\s*(?:(?:a|per|every|each|in a|in one|/)\s*)?([a-z]+)")
BARE_TIMES = re.compile(r"\s?times\b(?! (?:more|less|higher|lower|the|as))|次(?!数)")
LIST_MARK = re.compile(r"\d{1,2}[.)）、](?!\d)\s?(?=[a-z\u3400-\u9fff])")
TEMPERATURE = re.compile(
    r"[°度](?P<tenth>\d)(?!\d)|\s?(?:°\s?|degrees? ?|deg ?)(c|f|celsius|fahrenheit|centigrade)?\b|\s?(?:度|℃)"
)
SOME_ZH = re.compile(r"(?:好?几|数|多|很多|许多|好多)(?:十)?个?(天|日|周|星期|礼拜|月|年|小时|分钟)")
BLOOD_PRESSURE = re.compile(r"(\d{2,3})\s?(?:/|over)\s?(\d{2,3})(?![\d/])")
# The word after a number word.
FOLLOWING = re.compile(r" ([a-zµμ%°℃]+)")
# How it may begin where it goes on the number, beside words that are known whole.
MAY_GO_ON = ("deg", "°", "℃", "x", "times", "to", "or")


class Quantity(NamedTuple):
    """A quantity at `text[start:end]`; `norm` is its comparable form.

    `amounts` are its single numbers with what they count ("2 day", "3 day" of "every 2 to 3 days").
    """

    kind: QuantityKind
    norm: str
    start: int
    end: int
    amounts: tuple[str, ...] = ()


def quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities of a text in order of place; a stretch of text belongs to one only."""
    return tuple(_found(lower(text)))


def _found(small: str) -> Iterator[Quantity]:
    known, done, last = heads().any, 0, None
    parts = places().split(small)
    words = parts[1::2]
    chosen = [number for number, word in enumerate(words) if word in known or not word.isalpha()]
    ends = list(accumulate(map(len, parts))) if chosen else []
    for number in chosen:
        start, word = ends[2 * number], words[number]
        if start < done:
            continue
        if start and small[start - 1] in "._" and word.isdigit() and small[start - 2 : start - 1].isdigit():
            continue
        found = _read(small, start, word)
        if found:
            last = _per_period(found, last, small)
            yield last
            done = last.end


def _per_period(found: Quantity, last: Quantity | None, small: str) -> Quantity:
    """ "a day" right after a dose is how often, as "daily" is, not how long."""
    after_dose = last is not None and last.kind == "dose" and small[last.end : found.start] == " "
    article, _, period = small[found.start : found.end].partition(" ")
    if found.kind != "duration" or not after_dose or article != "a" or period not in data()["periods"]:
        return found
    return Quantity("frequency", f"{data()['periods'][period]:.5g} a day", found.start, found.end)


def _read(small: str, start: int, word: str) -> Quantity | None:
    """The quantity that begins with a word at its place."""
    known, rules = heads(), patterns()
    if word in known.words:
        following = FOLLOWING.match(small, start + len(word))
        if following and following[1] not in known.continues and not following[1].startswith(MAY_GO_ON):
            return None
    before = small[start - 1] if start else " "
    glued = before.isascii() and (before.isalnum() or before == "_") and small[start].isascii()
    if word in known.shorthand and not glued:
        short = rules["shorthand"].match(small, start)
        if short:
            per_day = data()["shorthand"][short[0].replace(".", "") if "." in short[0] else short[0]]
            return Quantity("frequency", f"{per_day:.5g} a day", start, short.end())
    found = _in_words(small, start, word, glued)
    if found:
        return found
    span = span_at(small, start)
    if span is None or glued:
        return None
    return _measured(small, start, span) or _plain(small, start, span)


def _in_words(small: str, start: int, word: str, glued: bool) -> Quantity | None:
    """ "every 8 hours", "last week", "a few weeks", "aged 8"."""
    rules = patterns()
    every = rules["every"].match(small, start) if word in EVERY else None
    if every:
        found = _every(every)
        if found:
            return found
    lone = rules["lone"].match(small, start) if word in LONE and not glued else None
    if lone:
        base, factor = data()["spans_of"][lone[1]]
        return Quantity("duration", f"{factor:.5g} {base}", start, lone.end(), (f"{factor:.5g} {base}",))
    if word in VAGUE or word in VAGUE_ZH:
        found = _vague(small, start)
        if found:
            return found
    aged = rules["aged"].match(small, start) if word in AGED and not glued else None
    if aged:
        age = value_of(aged[1])
        return Quantity("age", age, start, aged.end(), Span((age,), 0).of("month", 12))
    return None


def _measured(small: str, start: int, span: Span) -> Quantity | None:
    """A number with what it counts."""
    known, end = data(), span.end
    if small.startswith(("岁", "周岁"), end):
        span = half_more(small, span, end + (1 if small[end] == "岁" else 2))
        return Quantity("age", span.times(1), start, span.end, span.of("month", 12))
    degrees = TEMPERATURE.match(small, end)
    if degrees:
        if degrees["tenth"]:  # 37度6
            span = Span((f"{span.values[-1]}.{degrees['tenth']}",), degrees.end())
        return Quantity("lab value", f"{span.times(1)} degree", start, degrees.end(), span.of("degree"))
    times = OF_TIME.match(small, end) or (patterns()["once"].match(small, start))
    if times and times[1] in known["periods"]:
        norm = f"{span.times(known['periods'][times[1]])} a day"
        return Quantity("frequency", norm, start, times.end(), span.of("times"))
    bare = BARE_TIMES.match(small, end)
    if bare:
        return Quantity("frequency", f"{span.times(1)} times", start, bare.end(), span.of("times"))
    word = UNIT_WORD.match(small, end)
    if word is None:
        return None
    name, name_end = _known(small, word)
    if name in known["spans_of"]:
        return _time(small, start, span, (name, name_end))
    if name in known["unit_of"]:
        return _dose(small, start, span, (name, name_end))
    return None


def _known(small: str, word: re.Match[str]) -> tuple[str, int]:
    """The longest known unit that a word begins with: all of a Latin word, any head of a Chinese one."""
    known, name = data(), word[1]
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
        base, factor = data()["spans_of"][name]
        norm = span.times(1) if name.startswith("y") else f"{span.times(1)} {name}"
        return Quantity("age", norm, start, old.end(), span.of(base, factor))
    per = patterns()["times_zh"].match(small, end)
    if per and span.values == ("1",) and name in data()["periods"]:  # 一日2次
        count = span_at(small, per.start(1))
        if count:
            each = data()["periods"][name]
            return Quantity("frequency", f"{count.times(each)} a day", start, per.end(), count.of("times"))
    if name == "年":
        span = half_more(small, span, end)
        end = span.end
    base, factor = data()["spans_of"][name]
    return Quantity("duration", f"{span.times(factor)} {base}", start, end, span.of(base, factor))


def _dose(small: str, start: int, span: Span, unit: tuple[str, int]) -> Quantity:
    name, end = unit
    base, factor = data()["unit_of"][name]
    further = patterns()["further"].match(small, end)
    if further and len(span.values) == 1 and small.startswith(name, further.end()):  # 0.4mg-0.8mg
        span, end = Span((*span.values, value_of(further[1])), end), further.end() + len(name)
    per, below = PER.match(small, end), ""
    if per and per[1] in data()["per"]:
        below = data()["per"][per[1]]
        end = per.end() if below != "day" else end
    whole = base if below in ("", "day") else f"{base}/{below}"
    kind: QuantityKind = "lab value" if base in data()["measures"] or "/" in whole else "dose"
    return Quantity(kind, f"{span.times(factor)} {whole}", start, end, span.of(base, factor))


def _every(match: re.Match[str]) -> Quantity | None:
    """ "every 8 hours", "each night", 每8小时, 每日两次, 隔天."""
    skips = match[0][0] == "隔" and not match["n_zh"]  # 隔天 is every second day
    known, unit = data(), match["unit"] or match["unit_zh"]
    count = match["n"] or match["n_zh"] or ("2" if skips else "1")
    times = match["times"]
    if times and unit in known["periods"] and (skips or count == "1"):
        found = span_at(times, 0)
        if found is None:
            return None
        norm = f"{found.times(known['periods'][unit] / int(count))} a day"
        return Quantity("frequency", norm, match.start(), match.end(), found.of("times"))
    span = span_at(count, 0)
    if span is None or unit not in known["gaps"]:
        return None
    try:
        hours = [float(v) * known["gaps"][unit] for v in span.values]
    except ValueError:
        return None
    if 0 in hours:
        return None
    norm = "-".join(f"{24 / h:.5g}" for h in reversed(hours))
    return Quantity("frequency", f"{norm} a day", match.start(), match.end(), _gap(span, unit))


def _gap(span: Span, unit: str) -> tuple[str, ...]:
    """What a gap between doses counts, as a duration would."""
    base, factor = data()["spans_of"].get(unit, ("day", 1))
    return span.of(base, factor)


def _vague(small: str, start: int) -> Quantity | None:
    """ "a few weeks", "several years", 好几年, 几个月."""
    match = patterns()["vague"].match(small, start)
    if match:
        return Quantity("duration", f"some {match[1]}", start, match.end())
    match = SOME_ZH.match(small, start)
    if match and (start == 0 or not small[start - 1].isdigit()):
        return Quantity("duration", f"some {data()['english'][match[1]]}", start, match.end())
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
