"""A reply cut into what is read as one: sentences, lines and cells; and long text without an end in overlapping parts.

What never ends (a list without full stops, Chinese without punctuation) is read in windows that overlap, so that a
promise in the middle of it is read whole before its first word is let go. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bedside.core.text import is_chinese, sentences

__all__ = ["Window", "is_long", "units", "windows"]

# Other ends of a line than "\n", as they stand in tables and in text that was copied.
LINE_END = re.compile(r"(?:\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]|<br ?/?>)\s*", re.IGNORECASE)
# A text longer than this is no sentence, or too long to be weighed as one; characters of English and of Chinese.
LONG_EN, LONG_ZH = 400, 150
# It is read from each part on, through so many characters: a promise with what is around it, and hardly more than it.
REACHES_EN, REACHES_ZH = (240, 90), (90, 30)
# Parts end at marks within a sentence, or where there are none after so many characters.
MARK = re.compile(r"[,，、;；:：|\t]|  +| [-–—•·*] ")
MOST_EN, MOST_ZH = 40, 8
WORD_START = re.compile(r"(?<=\s)\S")

# Where a window begins and how far it reaches.
Window = tuple[int, tuple[int, ...]]


def units(text: str) -> list[str]:
    """The sentences and lines of a text, each with what follows it; joined they are the text again."""
    return [part for sentence in sentences(text) for part in _lines(sentence)]


def is_long(text: str) -> bool:
    """Whether a text is to be read in windows."""
    return len(text) > (LONG_ZH if is_chinese(text) else LONG_EN)


def windows(text: str, ended: bool) -> Iterator[Window]:
    """Where each part begins, and the ends of what is read from there; of text that goes on, only what is there."""
    chinese = is_chinese(text)
    reaches = REACHES_ZH if chinese else REACHES_EN
    for start in _starts(text, MOST_ZH if chinese else MOST_EN):
        if not ended and start + reaches[0] > len(text):
            return
        yield start, tuple(min(start + reach, len(text)) for reach in reaches)


def _lines(sentence: str) -> Iterator[str]:
    start = 0
    for end in LINE_END.finditer(sentence):
        if sentence[start : end.start()].strip():
            yield sentence[start : end.end()]
            start = end.end()
    if start < len(sentence):
        yield sentence[start:]


def _starts(text: str, most: int) -> Iterator[int]:
    """Where parts begin: behind marks; in what is longer, at words, or anywhere where there are no spaces."""
    start = 0
    yield start
    while start < len(text):
        mark = MARK.search(text, start, start + most)
        word = None if mark else WORD_START.search(text, start + most // 2, start + 2 * most)
        start = mark.end() if mark else word.start() if word else start + most
        if start < len(text):
            yield start
