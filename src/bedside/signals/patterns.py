"""Banks of regular expressions with a cheap look beforehand, and the context of a match. Pure.

A pattern is tried only on sentences that hold the beginnings of the words (Chinese: the pairs of characters) without
which it cannot match. They are read off the pattern itself, so that a look never loses a match. In patterns `~` stands
for a gap inside a sentence, `<name>` for a macro. Gaps are bounded: the time grows in line with the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, pairwise

import msgspec

from bedside.core.records import Language
from bedside.signals.literals import WORD
from bedside.signals.look import Look

__all__ = ["Bank", "Match", "Place", "any_of", "clause_bounds", "flat", "sentence_bounds", "sentences_of"]

GAP = {"en": r"[^.!?\n]{0,40}?\b", "zh": r"[^。！？!?\n]{0,14}?"}
MACRO = re.compile(r"<(\w+)>")
SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[。！？；!?\n]")
COMMA = re.compile(r"[,，;；:：]")
# So many matches of one pattern are looked at; a text with more is no message.
MOST = 50
REACH = 300


# A pattern, and the bounds within which it is tried.
Place = tuple[re.Pattern[str], int, int]


class Match(msgspec.Struct, frozen=True):
    """Where the pattern `name` matched."""

    name: str
    start: int
    end: int


class Bank:
    """Named lists of patterns, searched together."""

    def __init__(
        self, lists: Mapping[str, Sequence[str]], language: Language, macros: Mapping[str, str], whole: bool = False
    ) -> None:
        """`whole`: a match ends where a word ends (English)."""
        self.end = r"(?![a-z0-9])" if whole and language == "en" else ""
        self.language = language
        edge = r"\b" if language == "en" else ""
        named = [(name, _expanded(p, language, macros)) for name, patterns in lists.items() for p in patterns]
        self.entries = [(name, re.compile(f"{edge}(?:{pattern}){self.end}")) for name, pattern in named]
        self.look = Look([pattern for _, pattern in named], language, edged=True)

    def matches(self, text: str) -> Iterator[Match]:
        """All matches in a text made `flat`, sentence by sentence; none goes beyond its sentence."""
        for number, low, high in self._places(text):
            name, regex = self.entries[number]
            for m in islice(regex.finditer(text, low, high), MOST):
                yield Match(name, m.start(), m.end())

    def places(self, text: str) -> dict[str, list[Place]]:
        """Where each name may match a text made `flat`: patterns with a sentence's bounds, in the order of the text."""
        found: dict[str, list[Place]] = {}
        for number, low, high in self._places(text):
            name, regex = self.entries[number]
            found.setdefault(name, []).append((regex, low, high))
        return found

    def _places(self, text: str) -> list[tuple[int, int, int]]:
        """Each pattern with a sentence's place in which it may match."""
        look = self.look
        return [
            (number, low, high)
            for low, high, part, words in sentences_of(text)
            for number in look.tried(look.mask_of(part, words), part)
        ]


def any_of(patterns: Sequence[str], language: Language, macros: Mapping[str, str]) -> re.Pattern[str]:
    """One regular expression for all of a list; it matches nothing where the list is empty."""
    return re.compile("|".join(f"(?:{_expanded(p, language, macros)})" for p in patterns) or r"(?!)")


def flat(text: str) -> str:
    """The text in small letters with plain quotes and spaces, of the same length, so that places stay true."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return low.replace("’", "'").replace("‘", "'").replace("\t", " ").replace("\xa0", " ")


def sentence_bounds(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a place, no further than 300 characters to either side."""
    low, high = max(0, start - REACH), min(len(text), end + REACH)
    for m in SENTENCE_END.finditer(text, low, start):
        low = m.end()
    after = SENTENCE_END.search(text, end, high)
    return low, after.end() if after else high


def clause_bounds(text: str, match: Match, low: int, high: int) -> tuple[int, int]:
    """The part between commas around a match, inside the sentence from `low` to `high`."""
    start = low
    for m in COMMA.finditer(text, low, match.start):
        start = m.end()
    after = COMMA.search(text, match.end, high)
    return start, after.start() if after else high


def _expanded(pattern: str, language: Language, macros: Mapping[str, str]) -> str:
    while MACRO.search(pattern):
        pattern = MACRO.sub(lambda m: f"(?:{macros[m[1]]})" if m[1] in macros else _unknown(m[1]), pattern)
    return pattern.replace("~", GAP[language])


def _unknown(name: str) -> str:
    raise ValueError(f"no macro <{name}> in this bank")


@lru_cache(maxsize=16)
def sentences_of(text: str) -> tuple[tuple[int, int, str, frozenset[str]], ...]:
    """Each sentence with its place and its words."""
    ends = [m.end() for m in SENTENCE_END.finditer(text)] + [len(text)]
    bounds = [(low, high, text[low:high]) for low, high in pairwise([0, *ends]) if low < high]
    return tuple((low, high, part, frozenset(WORD.findall(part))) for low, high, part in bounds)
