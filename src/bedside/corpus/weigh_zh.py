"""How much speaks for a Chinese name: its surname, its characters, jieba's guess and a boundary behind it.

Against it speaks a known word that begins there. Knows no cue; see roles_zh.py and spoken_zh.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec
import rjieba

from bedside.core.phrases import load_yaml
from bedside.corpus.words_zh import CHINESE_WORD, HAN, given, is_medicine, never_given, patterns, words

__all__ = [
    "FAMILIAR",
    "Roles",
    "familiar_at",
    "is_given_name",
    "is_unknown",
    "name_characters",
    "one_character",
    "person_at",
    "roles",
    "surname_pattern",
]

AHEAD = 8
# How much must speak for a name.
ENOUGH = 4
MARK = re.compile(r"[^\u4e00-\u9fff]|$")
TITLE = re.compile(r"医生|大夫|主任|教授|护士|老师|先生|女士|小姐|医师|阿姨|叔叔|院长|师傅|同志|家属|药师")
FAMILIAR = re.compile(
    rf"(?:[阿小]{HAN}|老[大二三四五六七幺么]|{HAN}[哥姐叔姨嫂婶子儿爷伯妹]|(?P<a>{HAN})(?P=a))(?=[，,。！!、\s~啊呀哦吧\d今昨]"
    rf"|[一二两三四五六七八九十]{{1,2}}(?:岁|个月|周)|$|说|讲|给|帮|让|告诉|提醒|留)"
)
# jieba's tags for what it does not know: marks, names of things, single characters put together.
GUESSED = frozenset(("nz", "x", "g", "vg", "ng", "ag", "nt"))


class Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The word lists of `data/roles_zh.yaml`; those that are one string are sets of characters."""

    roles: tuple[str, ...]
    namings: tuple[str, ...]
    departments: tuple[str, ...]
    closings: tuple[str, ...]
    turnings: tuple[str, ...]
    kin_titles: tuple[str, ...]
    staff: frozenset[str]
    nobody: frozenset[str]
    wordlike: str
    surnames: str
    double_surnames: tuple[str, ...]
    given: str


@cache
def roles() -> Roles:
    return msgspec.convert(load_yaml("corpus/data/roles_zh.yaml"), Roles)


@cache
def name_characters() -> frozenset[str]:
    return given() | set(roles().given)


@cache
def surname_pattern() -> re.Pattern[str]:
    """Any surname, one of two characters first."""
    two = "|".join(sorted({*roles().double_surnames, *words().double_surnames}, key=len, reverse=True))
    return re.compile(rf"{two}|[{one_character()}]")


@cache
def one_character() -> str:
    """Surnames of one character, as the inside of a class."""
    lists = words()
    return "".join(sorted({*roles().surnames, *lists.more_surnames, *lists.rare_surnames, *lists.common_surnames}))


def is_given_name(text: str, start: int, end: int) -> bool:
    """Whether two characters are a given name: both such as names are made of, no word, and jieba's guess a person."""
    word = text[start:end]
    if len(word) != 2 or not set(word) <= name_characters() or is_medicine(text, start, end):
        return False
    if word in roles().nobody or word in words().not_pet:
        return False
    first, tag = rjieba.tag(text[start : start + AHEAD])[0]
    return word[0] == word[1] or (first == word and (tag.startswith("nr") or tag in GUESSED))


def is_unknown(text: str, start: int, end: int) -> bool:
    """Whether two characters are no word of the dictionary: 子衿家长，."""
    word = text[start:end]
    plain = is_medicine(text, start, end) or not never_given().isdisjoint(word)
    return len(word) == 2 and not plain and len(rjieba.tag(word)) == 2


def familiar_at(text: str, at: int) -> tuple[int, int] | None:
    match = FAMILIAR.match(text, at)
    if match is None or match[0] in words().not_pet or match[0] in roles().nobody or is_medicine(text, *match.span()):
        return None
    known = match[0][0] in "阿老" or (
        match[0][0] == "小" and (match[0][1] in name_characters() or surname_pattern().match(match[0], 1))
    )
    return match.span() if known and never_given().isdisjoint(match[0][1:]) else None


def person_at(text: str, at: int, cue: int, whole: bool = False, named: bool = False) -> tuple[int, int] | None:
    """The full name that opens at `at`, if enough speaks for it; `whole`: three characters, then a mark."""
    surname = surname_pattern().match(text, at)
    if (
        surname is None
        or not _may_go_on(text, surname.end())
        or (patterns().clinical.match(text, at) and text[at : at + 2] not in words().nameable)
    ):
        return None
    tagged = rjieba.tag(text[at : at + AHEAD])
    for end in (surname.end() + 2, surname.end() + 1):
        closed = end <= len(text) and bool(MARK.match(text, end))
        if whole and (not closed or end - at < 3):
            continue
        if end <= len(text):
            speaks = _speaks(text, at, surname.end(), end, tagged, named=named)
            if speaks + cue + closed >= ENOUGH + (end - at < 3):
                return at, end
    return None


def _may_go_on(text: str, at: int) -> bool:
    """The quick test: whether the character behind the surname can be one of a name."""
    after = text[at : at + 1]
    return bool(after) and after not in never_given() and bool(CHINESE_WORD.match(after))


def _speaks(text: str, at: int, middle: int, end: int, tagged: list[tuple[str, str]], named: bool) -> int:
    """How much the characters speak for a name; a known word there speaks against everything."""
    rest, word = text[middle:end], text[at:end]
    if not CHINESE_WORD.match(rest) or not never_given().isdisjoint(rest) or word in roles().nobody:
        return -9
    if word in words().plain_words or is_medicine(text, at, end) or not _bounded(text, end, tagged, at):
        return -9
    doubled = len(rest) == 2 and rest[0] == rest[1]
    if (
        not doubled
        and not (named and MARK.match(text, end) and set(rest) <= name_characters())
        and _is_known(tagged, at, middle, end)
    ):
        return -9
    guess = any(a == at and b == end and tag.startswith("nr") for a, b, tag in _places(tagged, at))
    surname = 2 if text[at] not in roles().wordlike or middle - at > 1 else 0
    return surname + (set(rest) <= name_characters()) + guess + doubled + (text[at] in words().rare_surnames)


def _places(tagged: list[tuple[str, str]], at: int) -> Iterator[tuple[int, int, str]]:
    for word, tag in tagged:
        yield at, at + len(word), tag
        at += len(word)


def _is_known(tagged: list[tuple[str, str]], at: int, middle: int, end: int) -> bool:
    """Whether a word of the dictionary covers the surname and more, or goes on beyond the name."""
    for a, b, tag in _places(tagged, at):
        plain = not tag.startswith("nr") and tag not in ("x", "eng", "ns", "nz") and b - a > 1
        if plain and ((a == at and b > middle) or (a < end < b)):
            return True
    return False


def _bounded(text: str, end: int, tagged: list[tuple[str, str]], at: int) -> bool:
    """Whether a word begins behind the name."""
    if MARK.match(text, end) or TITLE.match(text, end) or text.startswith(words().does, end):
        return True
    return any(a == end for a, _, _ in _places(tagged, at))
