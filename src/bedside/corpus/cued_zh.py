"""A Chinese name whose characters are no evidence, beside a word that says a name follows: 患者郗砚秋, 侴医生.

jieba says where a known word begins, so that 我妈花粉过敏 is no 花粉过; it is asked only after a cue.
"""

from __future__ import annotations

import re

import rjieba

from bedside.corpus.words_zh import CHINESE_WORD, all_given, is_medicine, patterns, words

__all__ = ["cued_name", "is_titled_name", "nameable_at"]

# How much of the text jieba reads after a cue, in characters.
AHEAD = 8
AGED = re.compile(r"[，,\s]{0,2}(?:男|女|今年|\d{1,3}岁|\d{2}[，,])")
# What only a person does: 病友高峰推荐我, 侄子田野一岁.
ACTS = re.compile(
    r"[，,（(]?(?:\d{1,3}岁|[一二三四五六七八九十两]{1,3}岁|今年|男|女|推荐|告诉|介绍|说|也|常常|总|昨|前天|上周|上个|最近|住院|得了|她|他|查出|确诊|吃)"
)
MARK = re.compile(r"[^\u4e00-\u9fff]|$")


def cued_name(text: str, at: int, sure: bool) -> tuple[int, int] | None:
    """The name that opens at `at`: a surname and one or two characters that open no known word.

    `sure` (我叫, 姓名) allows any surname; else one that is hardly anything else, or a known given name.
    """
    surname = patterns().surname.match(text, at)
    if surname is None or patterns().clinical.match(text, at):
        return None
    ends = [end for end in (surname.end() + 2, surname.end() + 1) if _may_end(text, surname.end(), end)]
    known = _known_words(text, at) if ends else []
    for end in ends:
        if _fits(text, surname.span(), end, known, sure or _safe(surname[0])):
            return at, end
    return None


def _may_end(text: str, first: int, end: int) -> bool:
    """Whether a given name from `first` may end here: the quick tests, before jieba is asked."""
    rest = text[first:end]
    return (
        end <= len(text)
        and bool(CHINESE_WORD.match(rest))
        and _bounded(text, end)
        and not set(rest) & set(words().never_given)
    )


def is_titled_name(text: str, start: int, end: int) -> bool:
    """Whether all that stands before a title can be a name: 白求实 of 白求实医生."""
    surname = patterns().surname.match(text, start, end)
    if surname is None or set(text[surname.end() : end]) & set(words().never_given):
        return False
    if not CHINESE_WORD.match(text[surname.end() : end] or "，"):
        return False
    known = _known_words(text[:end], start)
    whole = all(a >= surname.end() or b == surname.end() for a, b in known)
    return whole and (surname[0] in words().rare_surnames or not is_medicine(text, start, end))


def nameable_at(text: str, at: int) -> tuple[int, int] | None:
    """A word that is a full name too (高峰), where a person's doing or age comes after it."""
    end = at + 2
    return (at, end) if text[at:end] in words().nameable and ACTS.match(text, end) else None


def _safe(surname: str) -> bool:
    lists = words()
    plain = surname in lists.common_surnames and surname not in lists.weak_surnames
    return len(surname) > 1 or plain or surname in lists.rare_surnames


def _fits(text: str, surname: tuple[int, int], end: int, known: list[tuple[int, int]], believed: bool) -> bool:
    start, rest = surname[0], text[surname[1] : end]
    if text[start:end] in words().plain_words or is_medicine(text, start, end):
        return False
    for a, b in known:
        # A known word that goes on beyond the name, or that the surname is a part of, or that is the given name.
        if (a < end < b and a >= surname[0]) or (a < surname[1] and b > surname[1]):
            return False
        rare = text[start] in words().rare_surnames or AGED.match(text, end)
        if a == surname[1] and b == end and not all_given(rest) and not rare:
            return False
    if not (believed or all_given(rest)):
        return False
    return len(rest) == 2 or bool(MARK.match(text, end)) or all_given(rest)


def _bounded(text: str, end: int) -> bool:
    return bool(MARK.match(text, end)) or text.startswith(words().does, end)


def _known_words(text: str, at: int) -> list[tuple[int, int]]:
    """Spans of the dictionary's words of two characters and more from `at`, persons and guesses left out."""
    spans: list[tuple[int, int]] = []
    for word, tag in rjieba.tag(text[at : at + AHEAD]):
        if len(word) > 1 and not tag.startswith("nr") and tag != "x":
            spans.append((at, at + len(word)))
        at += len(word)
    return spans
