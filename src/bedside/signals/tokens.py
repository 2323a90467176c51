"""A text cut into lower-case words and marks with their places. Pure, linear time; `en` and `zh`.

Chinese is cut by the rjieba dictionary. What only looks like a denial (不到, "not only") is put out of sight.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import accumulate

import rjieba

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.signals.terms import lower
from bedside.signals.vocabulary import groups_of

__all__ = ["tokens"]

TOKEN = re.compile(r"([^\W\d_]+(?:['’][^\W\d_]+)?|\d+(?:[.,:/]\d+)*|[^\w\s]|\n)")
# The same for texts in lower-case ASCII, faster.
ASCII_TOKEN = re.compile(r"([a-z]+(?:'[a-z]+)?|[0-9]+(?:[.,:/][0-9]+)*|[^\w\s]|\n)", re.ASCII)
# 不到, 不停 and the like are no denial.
NO_DENIAL = re.compile("不(?=到\\d|到一|小心|停|断|得了|少|久|过)")
# "Not only" and "no doubt" affirm what follows.
NOT_ONLY = re.compile(r"\bnot(?= (?:only|just|merely)\b)|\bno(?= doubt\b)")
NOT_ONLY_PHRASES = ("not only", "not just", "not merely", "no doubt")
EITHER = re.compile(r"([\u3400-\u9fff])[不没]\1")


def tokens(text: str, language: Language) -> tuple[list[str], list[int]]:
    """Lower-case words and marks, and their places."""
    small = lower(text)
    if language == "en":
        if any(phrase in small for phrase in NOT_ONLY_PHRASES):
            small = NOT_ONLY.sub(lambda match: " " * len(match[0]), small)
        parts = (ASCII_TOKEN if small.isascii() else TOKEN).split(small)
        words, places = parts[1::2], list(accumulate(map(len, parts)))[: len(parts) - 1 : 2]
        _join_phrases(words, places)
        return words, places
    small = NO_DENIAL.sub(" ", EITHER.sub(r"\1吗 ", small))  # 会不会, 有没有 ask, they do not deny
    found, places, place, denied = [], [], 0, _denials()
    for word in rjieba.cut(small, False):
        if word in denied and len(word) > 1 and word[0] in "不没无":
            found += [word[0], word[1:]]
            places += [place, place + 1]
        elif word[0].isdigit() and _after_point(found, places, place):
            found[-2:], places[-1:] = [f"{found[-2]}.{word}"], []  # 0.5 is cut in three
        elif word == "\n" or not word.isspace():
            found.append(word)
            places.append(place)
        place += len(word)
    return found, places


def _after_point(found: list[str], places: list[int], place: int) -> bool:
    """Whether a digit and a point stand right before a place."""
    return (
        len(found) > 1
        and found[-1] == "."
        and places[-1] == place - 1
        and found[-2][0].isdigit()
        and places[-2] + len(found[-2]) == place - 1
    )


def _join_phrases(words: list[str], places: list[int]) -> None:
    """Makes two tokens one where they stand in a group of synonyms together ("cut down"), the first two of three."""
    known, last, joined = _pairs(), len(words) - 1, -2
    found = [n for n, word in enumerate(words) if word in known and n < last and words[n + 1] in known[word]]
    chosen = []
    for number in found:
        if number > joined + 1:
            chosen.append(number)
            joined = number
    for number in reversed(chosen):
        words[number : number + 2] = [f"{words[number]} {words[number + 1]}"]
        del places[number + 1]


@cache
def _pairs() -> dict[str, frozenset[str]]:
    """The second words of phrases of two, by their first."""
    found: dict[str, set[str]] = {}
    for phrase in groups_of("en"):
        if phrase.count(" ") == 1:
            first, _, second = phrase.partition(" ")
            found.setdefault(first, set()).add(second)
    return {first: frozenset(seconds) for first, seconds in found.items()}


@cache
def _denials() -> frozenset[str]:
    """Chinese words that are a "not" and a word of their own (不好)."""
    return frozenset(str(load_yaml("signals/data/words_zh.yaml")["denials"]).split())
