"""The words without which a regular expression cannot match, read off the expression itself. Pure.

Only this much of the syntax is known: groups `(?:`, looks around, classes, escapes, and the quantifiers; case is
settled beforehand. What is read is a necessary condition, never a sufficient one.
"""

from __future__ import annotations

import re

from bedside.core.records import Language

__all__ = ["DIGIT", "MARK", "PREFIXES", "WORD", "WORD_END", "needs", "strings"]

WORD = re.compile(r"[a-z0-9]+")
# The key of any digit.
DIGIT = "#"
# A character that stands for a word of feeling; its own key.
MARK = "\u01c2"
# Ends the key of a word that must stand as it is; other keys are beginnings of words, of so many letters.
WORD_END, PREFIXES = " ", range(2, 9)
# Stands before a run of letters that may be the tail of a word.
TAIL = "\0"
QUANTIFIER = re.compile(r"([?*+]|\{(\d*),?\d*\})\??")
# A class after which a letter begins a word.
NO_LETTERS = re.compile(r"\[(?!\^)(?:\\[nst]|[^\w\\])+\]")
# To look for so many strings is faster than to try the pattern.
MOST_STRINGS = 12
NOT_PLAIN = frozenset("\\[](){}|?*+.^$")


def needs(pattern: str, language: Language, edged: bool) -> list[frozenset[str]]:
    """Sets of keys: a text that matches holds one key at least of each. `edged`: a match begins where a word begins.

    English keys are beginnings of words, or words; Chinese ones are characters and pairs of them.
    """
    read = [_keys_of(literals, language) for literals in _Reader(pattern, language, edged).branches()]
    return sorted(
        dict.fromkeys(n for n in read if n), key=lambda n: (MARK not in n, -min(map(len, n)), len(n), sorted(n))
    )


def strings(pattern: str, language: Language, edged: bool) -> tuple[tuple[str, ...], ...]:
    """Sets of strings, each small enough to be looked for one by one: a text that matches holds one of each."""
    read = [frozenset(s.replace(TAIL, "") for s in found) for found in _Reader(pattern, language, edged).branches()]
    kept = [tuple(sorted(found)) for found in read if len(found) <= MOST_STRINGS]
    return tuple(dict.fromkeys(found for found in kept if DIGIT not in found and not any(MARK in s for s in found)))


def _keys_of(literals: frozenset[str], language: Language) -> frozenset[str]:
    """A key for each literal, one of which a matching text must hold; empty when some literal has none."""
    keys = [_key(literal, language) for literal in literals]
    return frozenset(k for k in keys if k) if all(keys) else frozenset()


def _key(literal: str, language: Language) -> str:
    if literal == DIGIT:
        return DIGIT
    if MARK in literal:
        return MARK
    if language == "zh":
        return literal.replace(TAIL, "")[:2]
    # A word after TAIL may be the end of another one; the last may go on.
    words = [
        (m[0], m.end() < len(literal)) for m in WORD.finditer(literal) if literal[m.start() - 1 : m.start()] != TAIL
    ]
    keys = [w + WORD_END if ended else w[: PREFIXES[-1]] for w, ended in words if ended or len(w) >= PREFIXES[0]]
    return max(keys, key=len, default="")


class _Reader:
    """Reads the literals off a pattern of the known syntax. `fresh` says whether a word starts at this place."""

    def __init__(self, pattern: str, language: Language, fresh: bool) -> None:
        self.pattern, self.language, self.at, self.fresh = pattern, language, 0, fresh

    def branches(self) -> list[frozenset[str]]:
        fresh = self.fresh
        found = [self.sequence()]
        after = self.fresh
        while self.at < len(self.pattern) and self.pattern[self.at] == "|":
            self.at += 1
            self.fresh = fresh
            found.append(self.sequence())
            after = after and self.fresh
        self.fresh = after
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
                self.fresh = self.fresh and fresh
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
            begin, self.at = self.at, self.pattern.index("]", self.at + 2) + 1
            self.fresh = NO_LETTERS.fullmatch(self.pattern, begin, self.at) is not None
            return [], ""
        if char == "\\":
            kind = self.pattern[self.at + 1]
            self.fresh = kind in "bsW"
            self.at += 2
            return ([frozenset([DIGIT])] if kind == "d" else []), ""
        self.at += 1
        self.fresh = char in " -^"
        return [], "" if char in NOT_PLAIN else char

    def group(self) -> list[frozenset[str]]:
        plain = self.pattern.startswith("(?:", self.at)
        fresh = self.fresh
        self.at += 4 if self.pattern.startswith("(?<", self.at) else 3
        inner = self.branches()
        self.at += 1
        self.fresh = self.fresh if plain else fresh  # a look takes no room
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
