"""Numbers in digits, in English words and in Chinese characters, alone and as ranges. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from bedside.signals.quantity_rules import data, patterns
from bedside.signals.terms import lower

__all__ = ["Span", "half_more", "span_at", "spoken_number", "spoken_numbers", "value_of"]

AND_HALF = re.compile(r"个半|\sand (?:a )?half\b")
SPACE_OR_DASH, THOUSANDS = re.compile("[ -]"), re.compile(r",(?=\d{3}\b)")


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


def spoken_numbers(text: str) -> set[str]:
    """All numbers of a text in digits, whether written in digits or in words."""
    return {f"{value_of(m[0])}" for m in patterns()["whole number"].finditer(lower(text))}


# These number words are said of no number too.
UNCOUNTED = frozenset({"a", "an", "one", "once", "half", "一", "半"})


def spoken_number(word: str) -> str:
    """The number that a lower-case word writes, in digits; empty for none."""
    if word in UNCOUNTED:
        return ""
    match = patterns()["span"].fullmatch(word)
    return value_of(match[1]) if match and not match[2] else ""


def span_at(small: str, start: int) -> Span | None:
    """The number or range that begins at a place."""
    match = patterns()["span"].match(small, start)
    if match is None:
        return None
    values = [value_of(match[1])]
    if match[2]:
        values.append(value_of(match[2]))
    if len(match[1]) == 2 and match[1] in data()["pairs_zh"]:  # 两三天
        values = [value_of(c) for c in match[1]]
    half = AND_HALF.match(small, match.end())
    if half and len(values) == 1 and values[0].isdigit():
        return Span((f"{int(values[0]) + 0.5:g}",), half.end())
    return Span(tuple(values), match.end())


def half_more(small: str, span: Span, end: int) -> Span:
    """两岁半, 一年半: the span with the half that stands after its unit, which ends at `end`."""
    if small.startswith("半", end) and len(span.values) == 1 and span.values[0].isdigit():
        return Span((f"{int(span.values[0]) + 0.5:g}",), end + 1)
    return Span(span.values, end)


def value_of(number: str) -> str:
    """A number in plain digits."""
    words = data()["number_words"]
    if number in words:
        return f"{words[number]:g}"
    if number.startswith("half "):
        return "0.5"
    if "/" in number:
        over, under = number.split("/")
        return f"{int(over) / int(under):.4g}"
    parts = SPACE_OR_DASH.split(number)
    if parts[0] in data()["tens"]:
        return f"{data()['tens'][parts[0]] + (words[parts[1]] if len(parts) > 1 else 0):g}"
    if number[0] in data()["number_characters"]:
        return f"{_chinese_value(number):g}"
    plain = THOUSANDS.sub("", number).strip(".,")
    # "05 g" lost its point.
    return f"0.{plain[1:]}" if len(plain) > 1 and plain[0] == "0" and plain.isdigit() else plain


def _chinese_value(number: str) -> float:
    """十 as ten, twenty (二十) or twelve (十二), 百 likewise; other runs of characters digit by digit."""
    characters, total, last = data()["number_characters"], 0.0, 0.0
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
