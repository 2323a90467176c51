"""Chinese names with no cue: what jieba takes for a person, where one may stand.

jieba alone is wrong more often than right in medical text (银耳, 高峰, 隆鼻): a common surname with two characters
of given names is believed; what is shorter or rarer needs a boundary or a word of person on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import rjieba

from bedside.corpus.words_zh import CHINESE_WORD, all_given, is_medicine, patterns, words

__all__ = ["introduces", "segmented"]

MARK = re.compile(r"[^\u4e00-\u9fff]")
# A word of person right after a name.
PERSON = re.compile(r"家属|先生|女士|医生|大夫|主任|说|告诉|她|他|[，,/\s]{1,2}[男女]|[\s/，,]{0,2}\d{1,2}[岁/\s]")


def segmented(text: str) -> Iterator[tuple[int, int]]:
    """Spans (start, end). A surname that stands alone is joined with a given name after it (周 + 建国)."""
    at, alone, surname = 0, False, patterns().surname
    for word, tag in rjieba.tag(text):
        start, end = at, at + len(word)
        at = end
        if not alone and tag[0] not in "nx":
            continue
        if alone and len(word) <= 2 and all_given(word) and _is_person(text, start - 1, end):
            yield start - 1, end
        alone = False
        # Persons are tagged nr, nrfg and nrt; what the dictionary does not hold x; a surname alone often n.
        if tag[0] not in "nx":
            continue
        if len(word) == 1:
            alone = bool(surname.match(word)) and (tag.startswith("nr") or _left(text, start))
        elif len(word) <= 5 and (tag.startswith("nr") or (tag == "x" and len(word) == 2)) and CHINESE_WORD.match(word):
            yield from _person(text, start, end)


def _person(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    longer = end + _third(text, start, end)
    if _is_person(text, start, longer):
        yield start, longer
    elif _is_transliterated(text, start, end) or (end - start == 2 and _is_given(text, start, end)):
        yield start, end


def _is_person(text: str, start: int, end: int) -> bool:
    surname = patterns().surname.match(text, start, end)
    if surname is None or not 0 < end - surname.end() <= 2 or is_medicine(text, start, end):
        return False
    rest = text[surname.end() : end]
    weak = text[start] in words().weak_surnames
    common = text[start] in words().common_surnames or surname.end() - start == 2
    if common and len(rest) == 2 and all_given(rest) and not weak:
        return True
    if not _left(text, start) or not _right(text, end):
        return False
    if common and not weak:
        return True
    if len(rest) == 1 or not all_given(rest):
        return _told(text, start, end)
    return all_given(rest)


def _third(text: str, start: int, end: int) -> int:
    """One more character where jieba cut a name of three characters in two: 贺敏 of 贺敏之，."""
    more = text[end : end + 1]
    return int(
        end - start == 2 and bool(more) and all_given(more) and more not in words().name_right and _mark(text, end + 1)
    )


def _told(text: str, start: int, end: int) -> bool:
    """Whether a relative, a patient or an introduction is named before, or something only persons do stands after."""
    return introduces(text, start) or bool(PERSON.match(text, end))


def _left(text: str, start: int) -> bool:
    return _mark(text, start - 1) or text[start - 1] in words().name_left or introduces(text, start)


def _right(text: str, end: int) -> bool:
    after = text[end : end + 1]
    return _mark(text, end) or after in words().name_right or bool(PERSON.match(text, end))


def _mark(text: str, at: int) -> bool:
    return at < 0 or at >= len(text) or bool(MARK.match(text, at))


@cache
def _introducers() -> tuple[str, ...]:
    lists = words()
    listed = (*lists.relations, *lists.openers, *lists.introductions)
    return (*listed, "叫", "医生", "大夫", "主任", "教授", "病房的", "床的", "宿舍的", "班的")


def introduces(text: str, at: int) -> bool:
    """Whether a relative, a patient or an introduction is named right before."""
    return text.endswith(_introducers(), max(0, at - 6), at)


def _is_given(text: str, start: int, end: int) -> bool:
    """侄子俊熙: a given name alone, after a word for a relative."""
    return (
        text.endswith(words().relations, max(0, start - 3), start)
        and all_given(text[start:end])
        and not is_medicine(text, start, end)
    )


def _is_transliterated(text: str, start: int, end: int) -> bool:
    """古丽娜尔, 扎西顿珠: after a relative or a patient, or of three characters and more at the head of a message."""
    headed = end - start >= 3 and (start == 0 or text[start - 1] == "\n")
    fits = patterns().transliterated.fullmatch(text, start, end) is not None
    return fits and (headed or introduces(text, start)) and not is_medicine(text, start, end)
