"""Where two versions of a text differ, word by word (Chinese: character by character); long texts by sentence.

Comparing takes time as the product of the lengths; 2,000 words and spaces a side take about a third of a second.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

__all__ = ["MOST_WORDS", "Piece", "differences"]

MOST_WORDS = 2000
SENTENCE = re.compile(r"[^.!?。！？\n]*[.!?。！？\n]+\s*|[^.!?。！？\n]+")
WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+|\s+|.", re.DOTALL)


class Piece(NamedTuple):
    """A stretch of one version: in both, or in this one alone."""

    where: Literal["both", "here"]
    text: str


def differences(original: str, rewrite: str) -> tuple[list[Piece], list[Piece]]:
    """Both versions in pieces; the pieces of each put together are its text."""
    one, two = WORD.findall(original), WORD.findall(rewrite)
    if len(one) > MOST_WORDS or len(two) > MOST_WORDS:
        one, two = SENTENCE.findall(original), SENTENCE.findall(rewrite)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        for side, text in ((left, "".join(one[a:b])), (right, "".join(two[c:d]))):
            if text:
                side.append(Piece("both" if tag == "equal" else "here", text))
    return left, right
