"""Chinese names before a title whatever stands before them (同意高文博主任), behind a bed, at a message's end.

And pet names of children that no relative introduces (小宇评估, 雪儿妈妈). What speaks for a name: weigh_zh.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import rjieba

from bedside.corpus.weigh_zh import name_characters, person_at, roles, surname_pattern
from bedside.corpus.words_zh import CHINESE_WORD, HAN, is_medicine, never_given, opening, words

__all__ = ["titled_names"]

TITLE = re.compile(r"(?:主任|大夫|医[生师]|教授|院长|护士|女士|先生|老师|药师)")
# How far before a title its name may open, in characters, and how much before that jieba reads.
LONGEST, BEFORE = 3, 4
# Titles behind which a surname is told from a word by what stands before it: 过顾主任.
LEFT = frozenset("过完属园校院科室床是找看问让听请给跟和与在叫了您好到去位我你他她由")
COUNTS = frozenset("一二两三四五六七八九十几半多每这上下单双本整周天月年0123456789")
# Surnames that are what one does to or for a doctor: 向医生咨询, 信任医生.
VERBS = frozenset("向任应于时经问")
BED = re.compile(rf"\d(?:号|加)?床(?:的|患者|病人)?[：:]?(?={HAN}{{2}})")
# Where a child is the subject: 小宇评估, 悦悦吃饭.
DOES = (
    r"(?:的(?:妈妈?|爸爸?|奶奶|爷爷|外婆|外公|姥姥|姥爷|家长|监护人)|评估|咳嗽|发烧|发热|今|昨|前天|最近|吃[饭奶药]|确诊|出生|从小|睡觉"
    r"|说话|每天|晚上|早上|又(?![称叫名])|也是|还是|一直|已经|现在|还在|\d{1,2}(?:岁|个月)|[一二三四五六七八九十两]{1,2}岁)"
)
CHILD = re.compile(rf"[\n，,。！!？?；;\s说让是](?P<n>小{HAN}|(?P<a>{HAN})(?P=a))(?={DOES})")
SON = re.compile(r"儿(?=妈妈|爸爸|家长|的(?:妈|爸)|宝贝)")
NO_SON = frozenset("女幼婴患胎孤托早小生产宝孩男头哪这那一点会健少新护")
LAST = re.compile(rf"[，,。.！!？?；;\s]\s?({HAN}{{2,3}})[。.！!\s]*\Z")
SELF = re.compile(rf"[\n，,。！!？?；;\s]我({HAN}{{2}})(?=[，,。])")
PERSONS = ("nr", "nrfg", "nrt")


def titled_names(text: str) -> Iterator[tuple[int, int]]:
    """Spans of such names, the longer first."""
    for title in TITLE.finditer(text):
        yield from _before_title(text, title.start())
    if "床" in text:
        for bed in BED.finditer(text):
            if span := person_at(text, bed.end(), 3):
                yield span
    yield from _children(text)
    for match in opening(SELF, text):
        if _is_person(match[1]):
            yield match.start(1) - 1, match.end(1) - 1
    if (last := LAST.search(text, max(0, len(text) - 8))) and _is_person(last[1]):
        yield last.span(1)


def _before_title(text: str, end: int) -> Iterator[tuple[int, int]]:
    """The full name, else the surname, that stands before a title and opens where a word may."""
    if end == 0 or text[end - 1] in never_given():
        return
    for start in range(max(0, end - LONGEST), end - 1):
        surname = text[start] in _surnames() if end - start < LONGEST else surname_pattern().match(text, start)
        if surname and person_at(text, start, 2) == (start, end) and _opens(text, start):
            yield start, end
            return
    start = end - 1
    if text[start] in _surnames() and _opens(text, start) and text[start - 1 : start] not in COUNTS:
        yield start, end


def _opens(text: str, at: int) -> bool:
    """Whether a word begins there: jieba's, or one behind a character that is a word by itself."""
    if at == 0 or text[at - 1] in LEFT or not CHINESE_WORD.match(text[at - 1]):
        return True
    first = max(0, at - BEFORE)
    place = first
    for word, _ in rjieba.tag(text[first : at + BEFORE]):
        if place >= at:
            return place == at
        place += len(word)
    return False


@cache
def _surnames() -> frozenset[str]:
    """The commonest surnames that are hardly ever anything else, and the rare ones."""
    lists = words()
    return (frozenset(lists.common_surnames) | frozenset(lists.rare_surnames)) - frozenset(lists.weak_surnames) - VERBS


def _children(text: str) -> Iterator[tuple[int, int]]:
    for match in opening(CHILD, text):
        if _is_pet(match["n"], match.string, match.start("n")):
            yield match.start("n") - 1, match.end("n") - 1
    if "儿" in text:
        for match in SON.finditer(text):
            first = match.start() - 1
            if first >= 0 and text[first] in name_characters() and text[first] not in NO_SON and _opens(text, first):
                yield first, match.end()


def _is_pet(word: str, text: str, at: int) -> bool:
    """Whether a child can be called so: no word for a part of the body or a way of doing."""
    if word in words().not_pet or word in roles().nobody or not set(word[1:]) <= name_characters():
        return False
    first, tag = rjieba.tag(text[at : at + BEFORE])[0]
    known = first.startswith(word) and not tag.startswith(("nr", "x"))
    return not is_medicine(text, at, at + 2) and not (known and (len(first) > 2 or tag[0] not in "na"))


def _is_person(word: str) -> bool:
    """Whether jieba takes the whole word for a person, and its characters are such as names are made of."""
    if word in roles().nobody or word in words().plain_words or is_medicine(word, 0, len(word)):
        return False
    named = word[0] in words().common_surnames and set(word[1:]) <= name_characters()
    return named and rjieba.tag(word)[0] in [(word, tag) for tag in PERSONS]
