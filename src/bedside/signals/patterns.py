"""Banks of regular expressions with a cheap look beforehand, and the context of a match. Pure.

A pattern is tried only on sentences that hold the beginnings of the words (Chinese: the pairs of characters) without
which it cannot match. They are read off the pattern itself, so that a look never loses a match. In patterns `~` stands
for a gap inside a sentence, `<name>` for a macro. Gaps are bounded: the time grows in line with the text.
Only this much of the syntax is known: groups `(?:`, looks around, classes, escapes, and the quantifiers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, pairwise

import msgspec

from bedside.core.records import Language

__all__ = ["Bank", "Match", "any_of", "clause_bounds", "flat", "sentence_bounds"]

GAP = {"en": r"[^.!?\n]{0,40}?\b", "zh": r"[^。！？!?\n]{0,14}?"}
NUMBER = re.compile(r"\d")
WORD = re.compile(r"[a-z0-9]+")
MACRO = re.compile(r"<(\w+)>")
SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[。！？；!?\n]")
COMMA = re.compile(r"[,，;；:：]")
# So many matches of one pattern are looked at; a text with more is no message.
MOST = 50
REACH = 300
# The key of any digit.
DIGIT = "#"
# Stands before a run of letters that may be the tail of a word.
TAIL = "\0"
QUANTIFIER = re.compile(r"([?*+]|\{(\d*),?\d*\})\??")
NOT_PLAIN = frozenset("\\[](){}|?*+.^$")


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
        self.index: dict[str, list[int]] = {}
        self.always: list[int] = []
        self.entries: list[tuple[str, re.Pattern[str], list[frozenset[str]]]] = []
        for name, patterns in lists.items():
            for pattern in patterns:
                self._add(name, _expanded(pattern, language, macros))

    def matches(self, text: str, wanted: Callable[[set[str]], set[str]] | None = None) -> Iterator[Match]:
        """All matches in a text made `flat`, sentence by sentence; none goes beyond its sentence.

        `wanted` says, of the names that may match, which ones are worth a search.
        """
        places = list(self._places(text))
        names = {self.entries[i][0] for i, _, _ in places}
        chosen = wanted(names) if wanted else names
        for i, low, high in places:
            name, regex, _ = self.entries[i]
            if name in chosen:
                for m in islice(regex.finditer(text, low, high), MOST):
                    yield Match(name, m.start(), m.end())

    def _places(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Each pattern with a sentence's place in which it may match."""
        for low, high, keys in _looks(text, self.language):
            tried = set(self.always)
            for key in keys:
                if key in self.index:
                    tried.update(self.index[key])
            for i in sorted(tried):
                if all(not need.isdisjoint(keys) for need in self.entries[i][2]):
                    yield i, low, high

    def _add(self, name: str, pattern: str) -> None:
        edge = r"\b" if self.language == "en" else ""
        needs = [_keys_of(literals, self.language) for literals in _Reader(pattern, self.language).branches()]
        known = sorted((need for need in needs if need), key=lambda need: (-min(map(len, need)), len(need)))
        place = len(self.entries)
        self.entries.append((name, re.compile(f"{edge}(?:{pattern}){self.end}"), known))
        for key in known[0] if known else ():
            self.index.setdefault(key, []).append(place)
        if not known:
            self.always.append(place)


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
def _looks(text: str, language: Language) -> tuple[tuple[int, int, frozenset[str]], ...]:
    """Each sentence's place and what a look finds in it."""
    ends = [m.end() for m in SENTENCE_END.finditer(text)] + [len(text)]
    bounds = pairwise([0, *ends])
    return tuple((low, high, _keys(text[low:high], language)) for low, high in bounds if low < high)


def _keys(text: str, language: Language) -> frozenset[str]:
    """Beginnings of words (2 to 4 letters), or characters and pairs of them."""
    digit = [DIGIT] if NUMBER.search(text) else []
    if language == "zh":
        return frozenset(text).union(map("".join, pairwise(text)), digit)
    words = set(WORD.findall(text))
    return frozenset([w[:n] for w in words for n in (2, 3, 4)] + digit)


def _keys_of(literals: frozenset[str], language: Language) -> frozenset[str]:
    """A key for each literal, one of which a matching text must hold; empty when some literal has none."""
    keys = [_key(literal, language) for literal in literals]
    return frozenset(k for k in keys if k) if all(keys) else frozenset()


def _key(literal: str, language: Language) -> str:
    if literal == DIGIT:
        return DIGIT
    if language == "zh":
        return literal.replace(TAIL, "")[:2]
    # A word after TAIL may be the end of another one; the last may go on.
    words = [
        (m[0], m.end() < len(literal)) for m in WORD.finditer(literal) if literal[m.start() - 1 : m.start()] != TAIL
    ]
    whole = [w[:4] for w, ended in words if len(w) >= 4 or ended]
    part = [w[:3] for w, _ in words if len(w) >= 3] or [w[:2] for w, _ in words if len(w) == 2]
    return max(whole or part, key=len, default="")


class _Reader:
    """Reads the literals off a pattern of the known syntax. `fresh` says whether a word starts at this place."""

    def __init__(self, pattern: str, language: Language) -> None:
        self.pattern, self.language, self.at, self.fresh = pattern, language, 0, True

    def branches(self) -> list[frozenset[str]]:
        fresh = self.fresh
        found = [self.sequence()]
        while self.at < len(self.pattern) and self.pattern[self.at] == "|":
            self.at += 1
            self.fresh = fresh
            found.append(self.sequence())
        self.fresh = False
        if len(found) == 1:
            return found[0]
        if not all(found):
            return []
        return [frozenset().union(*(max(sets, key=self.worth) for sets in found))]

    def sequence(self) -> list[frozenset[str]]:
        needs: list[frozenset[str]] = []
        run = ""
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            fresh = self.fresh
            inner, char = self.item()
            optional, repeated = self.quantified()
            if optional:
                self.fresh = False
            if not optional:
                run += char if run or fresh or not char else TAIL + char
                needs += inner
            if run and (not char or optional or repeated):
                needs.append(frozenset([run]))
                run = ""
        return [*needs, frozenset([run])] if run else needs

    def item(self) -> tuple[list[frozenset[str]], str]:
        """What one item needs: the sets of a group, or its character; a look around and a class need nothing."""
        char = self.pattern[self.at]
        if char == "(":
            return self.group(), ""
        if char == "[":
            self.at = self.pattern.index("]", self.at + 2) + 1
            self.fresh = False
            return [], ""
        if char == "\\":
            kind = self.pattern[self.at + 1]
            self.fresh = kind == "b"
            self.at += 2
            return ([frozenset([DIGIT])] if kind == "d" else []), ""
        self.at += 1
        self.fresh = char in " -" or (self.fresh and char == "^")
        return [], "" if char in NOT_PLAIN else char

    def group(self) -> list[frozenset[str]]:
        plain = self.pattern.startswith("(?:", self.at)
        fresh = self.fresh
        self.at += 4 if self.pattern.startswith("(?<", self.at) else 3
        inner = self.branches()
        self.at += 1
        self.fresh = fresh and not plain  # a look takes no room
        return inner if plain else []

    def quantified(self) -> tuple[bool, bool]:
        """Whether the item may be absent, and whether it may be repeated; goes past the quantifier."""
        m = QUANTIFIER.match(self.pattern, self.at)
        if not m:
            return False, False
        self.at = m.end()
        return m[1] in "?*" or m[2] in ("", "0"), True

    def worth(self, literals: frozenset[str]) -> tuple[int, int]:
        """Long keys, then few of them, tell most."""
        return min(len(_key(literal, self.language)) for literal in literals), -len(literals)
