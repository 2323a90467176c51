"""Which of many patterns may match a text, told by its words alone. Pure; linear in the text.

A set of keys is met by a text that holds one key of it; a pattern is tried where all its sets are met and the text has
the strings that it needs. Which sets are met is a mask, one bit a set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import add, or_

from bedside.core.records import Language
from bedside.signals.literals import DIGIT, PREFIXES, WORD, WORD_END, needs, strings

__all__ = ["Look", "leftmost"]

NUMBER = re.compile(r"\d")
# A text of new words must not grow what is known of words for ever.
MOST_WORDS = 100_000


class Look:
    """Patterns by what they need. `edged`: a match begins where a word begins."""

    def __init__(self, patterns: Sequence[str], language: Language, edged: bool = False) -> None:
        self.language = language
        needed = [needs(pattern, language, edged) for pattern in patterns]
        self.strings = [strings(pattern, language, edged) for pattern in patterns]
        self.bits: dict[str, int] = {}
        self.always: list[int] = []
        self.first: dict[int, list[tuple[int, int]]] = {}
        numbers: dict[frozenset[str], int] = {}
        for pattern, sets in enumerate(needed):
            if not sets:
                self.always.append(pattern)
                continue
            bits = [1 << numbers.setdefault(keys, len(numbers)) for keys in sets]
            self.first.setdefault(bits[0], []).append((sum(set(bits)), pattern))
        for keys, number in numbers.items():
            for key in keys:
                self.bits[key] = self.bits.get(key, 0) | 1 << number
        self.firsts = sum(self.first)
        self.digit = self.bits.get(DIGIT, 0)
        self.known = _Known(self.bits)

    def mask(self, text: str) -> int:
        """The sets that a text in small letters meets."""
        return self.mask_of(text, {*WORD.findall(text)} if self.language == "en" else ())

    def mask_of(self, text: str, words: Iterable[str]) -> int:
        """The same where the words of the text are known."""
        if self.language == "zh":
            return self._chinese(text)
        found = reduce(or_, map(self.known.__getitem__, words), 0)
        return found | self.digit if self.digit and NUMBER.search(text) else found

    def tried(self, mask: int, text: str) -> list[int]:
        """The patterns all of whose sets are met by a text of this mask, in their order."""
        left, found = mask & self.firsts, self.always.copy()
        while left:
            bit = left & -left
            left ^= bit
            for needed, pattern in self.first[bit]:
                if needed & mask == needed:
                    found.append(pattern)
        found.sort()
        return [pattern for pattern in found if not self.strings[pattern] or self._holds(pattern, text)]

    def _holds(self, pattern: int, text: str) -> bool:
        """Whether the text has one of each set of strings."""
        for some in self.strings[pattern]:
            for string in some:
                if string in text:
                    break
            else:
                return False
        return True

    def _chinese(self, text: str) -> int:
        found, bits = 0, self.bits.get
        for met in {*map(bits, text), *map(bits, map(add, text, text[1:]))}:
            if met:
                found |= met
        return found | self.digit if self.digit and NUMBER.search(text) else found


def leftmost(patterns: Sequence[re.Pattern[str]], text: str) -> Iterator[re.Match[str]]:
    """The matches that the patterns would have as one alternation, in this order; none of them matches nothing."""
    if len(patterns) < 2:
        for pattern in patterns:
            yield from pattern.finditer(text)
        return
    heads = [(m.start(), order, m) for order, p in enumerate(patterns) if (m := p.search(text))]
    while heads:
        first = min(heads)[2]
        yield first
        place, left = first.end(), []
        for start, order, match in heads:
            later = match if start >= place else patterns[order].search(text, place)
            if later:
                left.append((later.start(), order, later))
        heads = left


class _Known(dict[str, int]):
    """Each word's sets, worked out once."""

    def __init__(self, bits: dict[str, int]) -> None:
        super().__init__()
        self.bits = bits

    def __missing__(self, word: str) -> int:
        if len(self) > MOST_WORDS:
            self.clear()
        found = self.bits.get(word + WORD_END, 0)
        for length in PREFIXES:
            if length > len(word):
                break
            found |= self.bits.get(word[:length], 0)
        self[word] = found
        return found
