"""Names that stand by themselves in an English message: signatures at its end, patients' headers at its start.

Knows nothing of the cues inside sentences; see names_en.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from bedside.corpus.tokens_en import GAP, LONGEST, POSSESSIVE, Message, Run, plain_words, words

__all__ = ["headers", "signatures"]

AT_END = re.compile(r"[\s.,!)\"'*~x♥❤:;-]*\Z")
LINE_END = re.compile(r"[\s.,!)]*\n")
DASH = re.compile(r"(?:^|[\s.!?])[-–—~*]{1,2}\s*(?:dr\.?\s*)?\Z", re.IGNORECASE)
NEW_LINE = re.compile(r"\n\s*(?:dr\.?\s*)?\Z", re.IGNORECASE)
NEW_SENTENCE = re.compile(r"[.!?]\s+\Z")
# How far from a message's end a signature may stand, in characters, and how much is looked at before it.
REACH, BEFORE = 160, 12
# `Okonkwo/54/M`, `Nurmukhamed 70M`, `addison reyes here, 28f`, `April, my oldest`: name, then age and sex or kinship.
WORD = r"(?!here\b)[^\W\d_][^\W\d_'’.-]*(?:['’-][^\W\d_]+)*"
HEADER = re.compile(
    rf"(?:^|\n)\s*(?P<n>{WORD}(?:[ ]{WORD}\.?){{0,2}})(?P<after>"
    r"[ ]?[,/|(:-]?[ ]?(?:age[d:]?[ ]|here,?[ ]|is[ ])?\d{1,2}\s?[,/ -]?\s?"
    r"(?:m|f|male|female|yo|y/o|y\.?o\.?|yrs?[ -]?old|years?[ -]old)\b"
    r"|[ ]?/[ ]?[mf][ ]?/[ ]?\d|,[ ]?(?:male|female|[mf])[ ,/]"
    r"|[ ]here[,.]|,[ ]please\b"
    r"|,[ ]my[ ](?:oldest|youngest|eldest|middle|son|daughter|wife|husband|mum|mom|dad|baby)\b)",
    re.IGNORECASE,
)


def headers(message: Message) -> Iterator[Run]:
    """Names at the head of a line before age and sex; words of medicine and everyday words are none."""
    for match in HEADER.finditer(message.text):
        first = next(i for i, start in enumerate(message.starts) if start >= match.start("n"))
        last = first
        while last < len(message) and message.starts[last] < match.end("n"):
            last += 1
        if _heads(message, first, last, kin=match["after"].startswith(",") and "my" in match["after"]):
            yield Run(first, last)


def _heads(message: Message, first: int, last: int, kin: bool) -> bool:
    within = range(first, last)
    if kin:
        return message.given(first) and message.capital(first)
    if any(message.low(i) in words().words or message.medical(i) for i in within):
        return False
    if any(message.low(i) in words().relations | words().roles | words().titles for i in within):
        return False
    known = any(message.known(i) for i in within)
    plain = all(message.ordinary(i) for i in within) and not (len(within) == 1 and message.given(first))
    return known or (not plain and all(message.capital(i) for i in within) and message.cased)


@cache
def _closing() -> frozenset[str]:
    """What a doctor writes after the name."""
    return words().degrees | words().roles | {"x", "xx", "xxx", "xo"}


@cache
def _before_name() -> frozenset[str]:
    """What stands before the name in a signature and is no part of it."""
    lists = words()
    return lists.titles | lists.words | lists.sign_offs | lists.forewords


def signatures(message: Message) -> Iterator[Run]:
    """Names at the end of a message or of a line, after a greeting, a dash or a full stop."""
    closing, before_name = _closing(), _before_name()
    for end in _line_ends(message):
        last = end
        while last and (message.low(last - 1) in closing or _degree(message, last - 1)) and not message.given(last - 1):
            last -= 1
        first = last
        while first and last - first < LONGEST and _part(message, first - 1, first, last):
            first -= 1
        while first < last and message.low(first) in before_name and not message.abbreviated(first):
            first += 1
        if first < last and _signed(message, first, last):
            yield Run(first, last)


def _degree(message: Message, i: int) -> bool:
    """`, CNM`: capitals after a comma at the end, in a message that is not written in capitals."""
    text = message.texts[i]
    comma = i > 0 and message.between(i - 1, i) == ", "
    return comma and 2 <= len(text) <= 5 and text.isupper() and message.cased


def _part(message: Message, i: int, first: int, last: int) -> bool:
    low = message.low(i)
    if first < last and not GAP.fullmatch(message.text[message.end(i) : message.starts[first]]):
        return False
    if low in words().particles or message.looks(i, "strong"):
        return True
    # In lower case and listed nowhere: only where a letter's close leaves no doubt.
    before, broken = message.low(i - 1), "\n" in message.between(i - 1, i) if i else False
    closed = before in ("regards", "rgds", "sincerely", "cheers") or (broken and before in words().sign_offs)
    return closed and not message.ordinary(i) and not message.medical(i)


def _signed(message: Message, first: int, last: int) -> bool:
    start, previous, lists = message.starts[first], message.low(first - 1), words()
    before = message.text[max(0, start - BEFORE) : start]
    if (
        any(POSSESSIVE.sub("", message.low(i)) in lists.clinical for i in range(first, last))
        and previous not in lists.sign_offs
    ):
        return False
    if all(message.low(i) in lists.roles or message.medical(i) for i in range(first, last)):
        return False
    dash = DASH.search(before)
    if dash or NEW_LINE.search(before):
        return (
            bool(dash)
            or any(message.given(i) or message.capital(i) for i in range(first, last))
            or previous in lists.sign_offs
        )
    if previous in lists.sign_offs or previous in lists.titles:
        if last - first == 1 and message.low(first) in plain_words() and not message.known(first):
            return False
        return not before.rstrip().endswith("?")
    if not NEW_SENTENCE.search(before):
        return False
    capitals = all(message.capital(i) for i in range(first, last))
    known = any(message.known(i) for i in range(first, last))
    # Two words at the very end that are listed nowhere, in capitals; `gareth pugh-davies` in lower case.
    alone = (
        capitals
        and last - first > 1
        and not any(message.ordinary(i) or message.medical(i) for i in range(first, last))
        and message.cased
    )
    lower = message.given(first) and message.known(first) and last - first == 2
    # One word at the very end, in capitals, that is no word of English: `BP 160/100. Harpreet.`
    single = last - first == 1 and message.unlisted(first) and last == len(message) and "!" not in before[-3:]
    alone = alone or single
    return (capitals and known) or ((alone or lower) and last == len(message))


def _line_ends(message: Message) -> Iterator[int]:
    """Indices after the last token of the message and of lines that are followed by nothing but short lines."""
    text = message.text
    for i in range(len(message) - 1, -1, -1):
        end = message.end(i)
        if len(text) - end >= REACH:
            return
        after = text[end : end + 2]
        if after[:1] == " " and after[1:].isalnum():
            continue
        if AT_END.match(text, end) or LINE_END.match(text, end) or _then_degrees(message, i):
            yield i + 1


def _then_degrees(message: Message, i: int) -> bool:
    if not message.text.startswith(",", message.end(i)):
        return False
    after = message.texts[i + 1] if i + 1 < len(message) else ""
    return message.low(i + 1) in _closing() or (2 <= len(after) <= 5 and after.isupper() and message.cased)
