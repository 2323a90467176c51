"""Chinese names that are spoken to (若溪你好, 在的梅朵，) and names that close a message (儿科查晓棠, 哲子留).

Knows greetings and closings; what a name is made of is weighed in weigh_zh.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec

from bedside.corpus.weigh_zh import (
    FAMILIAR,
    is_given_name,
    is_unknown,
    name_characters,
    person_at,
    roles,
)
from bedside.corpus.words_zh import HAN, any_of, is_medicine, never_given, words

__all__ = [
    "addressed",
    "at_ends",
    "department",
    "found",
]

SPOKEN_TO = re.compile(
    rf"({HAN}{{2,4}}?)(?=[，,：:！!~]?\s?(?:你好|您好|早上好|下午好|晚上好)|[，,：:！!~]|(?:家长|妈妈|爸爸|家属)[，,：:你您]|(?:别|不用|放心|加油))"
)
CARED_FOR = re.compile(rf"[给带抱陪喂帮让替]({HAN}{{2}})(?!们)")
BEFORE_CARE = re.compile(r"(?:^|[，,。！!？?；;\s]|可以|每天|先|要|请|应该|继续|再|别|多)\Z")


class Ends(msgspec.Struct, frozen=True):
    """The word lists as patterns, compiled once."""

    signed: re.Pattern[str]
    closed: re.Pattern[str]
    turned: re.Pattern[str]
    elder: re.Pattern[str]


@cache
def ends() -> Ends:
    lists = roles()
    return Ends(
        signed=re.compile(
            rf"(?:^|[。！!？?；;，,\s~—-])\s*(?:{department()}|[\u4e00-\u9fff]{{2,8}}(?:科|院|室|中心)|值班(?:医生|护士|医师)"
            rf"|主治医师)\s?[：:—-]{{0,2}}\s?({HAN}{{2,4}})[。.\s]*\Z"
        ),
        closed=re.compile(rf"(?:^|[。！!？?；;，,\s~—-])({HAN}{{2,4}}?)(?:{any_of(lists.closings)})[。.！!\s]*\Z"),
        turned=re.compile(rf"(?:{any_of(lists.turnings)})[，,！!～~\s]?({HAN}{{2,3}}?)(?=[啊呀哦]?[，,。！!～~：:]|$)"),
        elder=re.compile(
            rf"(?:(?:你好|您好|谢谢|感谢|在的|好的|亲爱的)[，,]?)?({HAN}{{2}})(?=(?:{any_of(lists.kin_titles)})[，,：:！!～~]"
            rf"|(?:{any_of(lists.kin_titles)})[你您]好)"
        ),
    )


@cache
def department() -> str:
    """A pattern of the departments of a hospital."""
    return f"(?:{any_of(roles().departments)})(?:病房|门诊|中心)?[一二三四五]?(?:病?区|科|部|组)?的?"


def at_ends(text: str) -> Iterator[tuple[int, int]]:
    """儿科查晓棠 and 哲子留 at a message's end."""
    head = max(0, len(text) - 24)
    if match := ends().signed.search(text, head):
        yield from found(_whole_name(text, *match.span(1), cue=1))
    elif (match := ends().closed.search(text, head)) and match[1] not in roles().nobody:
        plain = is_medicine(text, *match.span(1)) or not never_given().isdisjoint(match[1])
        if not plain and (_whole_name(text, *match.span(1), cue=2) or FAMILIAR.match(text, match.start(1))):
            yield match.span(1)


def found(span: tuple[int, int] | None) -> Iterator[tuple[int, int]]:
    if span:
        yield span


def addressed(text: str) -> Iterator[tuple[int, int]]:
    """若溪你好; 在的梅朵，; 凤霞阿姨，."""
    for pattern, matches in _spoken_to(text):
        for match in matches:
            familiar = FAMILIAR.match(text, match.start(1)) if pattern is not SPOKEN_TO else None
            if match[1] in roles().nobody or match[1] in words().not_pet:
                continue
            if (
                is_given_name(text, *match.span(1))
                or person_at(text, match.start(1), 1) == match.span(1)
                or (text.startswith("家长", match.end(1)) and is_unknown(text, *match.span(1)))
                or (familiar and familiar[0] == match[1] and match[1][0] in "阿老")
            ):
                yield match.span(1)
    for match in CARED_FOR.finditer(text):
        cared = set(match[1]) <= name_characters() and BEFORE_CARE.search(
            text, max(0, match.start() - 2), match.start()
        )
        if cared and is_given_name(text, *match.span(1)):
            yield match.span(1)


def _spoken_to(text: str) -> Iterator[tuple[re.Pattern[str], Iterator[re.Match[str]]]]:
    """The patterns of those spoken to with their matches: at the heads of lines, and after 谢谢 and the like."""
    heads = [0] if "\n" not in text else [0, *(m.end() for m in re.finditer("\n", text))]
    for pattern in (SPOKEN_TO, ends().elder):
        yield pattern, filter(None, (pattern.match(text, head) for head in heads))
    yield ends().turned, ends().turned.finditer(text)


def _whole_name(text: str, start: int, end: int, cue: int) -> tuple[int, int] | None:
    found = person_at(text, start, cue)
    return found if found == (start, end) or (is_given_name(text, start, end) and cue > 1) else None
