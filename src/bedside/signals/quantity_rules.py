"""The words and units of quantities, and the patterns made of them. Pure; data in `data/quantities.yaml`."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from bedside.core.phrases import load_yaml

__all__ = ["Heads", "data", "heads", "patterns", "places"]

CHINESE = re.compile(r"[\u3400-\u9fff]")
# No number is written in more Chinese characters; a bound keeps the time linear.
LONGEST_ZH = 16
ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# First words of what is said of time without a number.
LONE = frozenset({"past", "last", "previous", "next", "coming", "following"})
EVERY = frozenset({"every", "each", "每", "隔"})
AGED = frozenset({"age", "aged"})
VAGUE = frozenset({"a", "few", "several", "couple", "many", "some", "numerous"})
VAGUE_ZH = frozenset("好几数多很许")
COUNTED_BY_THEMSELVES = frozenset({"once", "twice", "thrice"})
# What may go on a number, beside numbers and units.
GOES_ON = frozenset({"to", "or", "and", "few", "couple"})


class Heads(NamedTuple):
    """The first words of all that is read: `any` of them, those of shorthand, and number words before a unit.

    A number word that is followed by a word not in `continues` counts nothing.
    """

    any: frozenset[str]
    shorthand: frozenset[str]
    words: frozenset[str]
    continues: frozenset[str]


@cache
def places() -> re.Pattern[str]:
    """Words, numbers, and the Chinese characters that a quantity may begin with."""
    return re.compile(f"([a-z]+|\\d+|[{''.join(h for h in heads().any if CHINESE.fullmatch(h))}])")


@cache
def heads() -> Heads:
    """The first words of what is read as a quantity."""
    known = data()
    short = {str(n).split()[0].split("-")[0].split(".")[0] for n in known["shorthand"]}
    short |= {name[0] for name in known["shorthand"] if not name.isascii()} | {"b", "t", "q"}
    numbers = {*map(str, known["number_words"]), *map(str, known["tens"])}
    others = short | LONE | EVERY | AGED | COUNTED_BY_THEMSELVES
    units = {str(name) for name in (*known["unit_of"], *known["spans_of"])}
    return Heads(
        any=frozenset(others | VAGUE_ZH | {"half"} | {*known["vague"]} | numbers | {*known["number_characters"]}),
        shorthand=frozenset(short),
        words=frozenset(numbers - others),
        continues=frozenset(units | {f"{unit}s" for unit in units} | numbers | {"half"} | GOES_ON),
    )


def _either(names: Any) -> str:
    return "|".join(sorted((re.escape(str(name)) for name in names), key=len, reverse=True))


@cache
def patterns() -> dict[str, re.Pattern[str]]:
    """The patterns by name; each is matched at a place."""
    known = data()
    words, tens = _either(known["number_words"]), _either(known["tens"])
    number = (
        rf"(?:[1-9]/[2-9](?![\d/])|\d+(?:[.,]\d+)*|half an?\b|(?:{tens})(?:[ -](?:{_either(ONES)})\b)?\b|(?:{words})\b"
        rf"|[{''.join(known['number_characters'])}]{{1,{LONGEST_ZH}}})"
    )
    latin_gaps = _either(name for name in known["gaps"] if str(name).isascii())
    chinese = _either({*known["gaps"], *known["periods"]} - {n for n in known["gaps"] if str(n).isascii()})
    shorthand = _either(known["shorthand"])
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
            rf"({_either(known['vague_spans'])})s\b"
        ),
    }
    return {name: re.compile(source) for name, source in sources.items()}


@cache
def data() -> dict[str, Any]:
    """The words and units, by what is asked of them."""
    known = dict(load_yaml("signals/data/quantities.yaml"))
    known["unit_of"] = {
        str(n).lower(): (base, factor) for base, names in known["units"].items() for n, factor in names.items()
    }
    known["spans_of"] = {str(n): (base, factor) for n, (base, factor) in known["spans"].items()}
    known["measures"] = frozenset(known["measures"])
    known["pairs_zh"] = frozenset(a + b for a, b in zip("一两二三四五六七八", "两三三四五六七八九", strict=True))
    known["vague_spans"] = [n for n in known["spans_of"] if n.isascii()]
    return known
