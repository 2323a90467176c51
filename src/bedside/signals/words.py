"""A text cut into clauses of words, each word with what it stands for. Pure; `en` and `zh`.

A clause knows what turns its meaning: negation, doubt, certainty, condition, question. Grammar is not parsed: a clause
ends at punctuation or before a conjunction, and negation is the clause's, carried on through a list ("no fever, cough
or rash").
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import structs

from bedside.core.records import Language
from bedside.signals.terms import Term
from bedside.signals.tokens import tokens
from bedside.signals.vocabulary import CONTENT, ENDS_SENTENCE, LIGHT, NAMED, Sense, senses, unit, vocabulary

__all__ = ["CONTENT", "LIGHT", "NAMED", "Clause", "Word", "clauses", "unit", "vocabulary"]

# Stands for the "not" of a list's first item among the half-negators of the others.
LISTED = "..."
LONGEST_LIST = 6
NOTHING: frozenset[str] = frozenset()
# A "not" reaches this many content words.
REACH = 2
# A clause of no more content words than this, after a negated one, goes on with its list.
LIST_ITEM = 2


class Word(msgspec.Struct, frozen=True, gc=False):
    """A content word. `unit` is what it stands for; `term` the normal form of the name that it is part of, or empty.

    `denied` is 1 for the word that a "not" stands before, 2 for those right after it, else 0.
    """

    unit: str
    term: str
    start: int
    weight: float
    denied: int


class Clause(msgspec.Struct, frozen=True, gc=False):
    """A stretch of a sentence: its content words, and what turns their meaning."""

    start: int
    end: int
    sentence: int
    words: tuple[Word, ...]
    negations: int
    half_negators: frozenset[str]
    hedges: frozenset[str]
    half_hedges: frozenset[str]
    absolute: bool
    conditional: bool
    asks: bool
    begins_asking: bool
    asserts: bool
    personal: bool


def clauses(text: str, language: Language, names: Sequence[Term]) -> tuple[Clause, ...]:
    """The clauses of a text; `names` are its terms, as `terms` gives them."""
    found: list[Clause] = []
    build = _Builder()
    far = len(text)
    left = iter(names)
    name = next(left, None)
    begins = name.start if name else far
    surfaces, places = tokens(text, language)
    for surface, start, sense in zip(surfaces, places, map(senses(language).__getitem__, surfaces), strict=True):
        inside = begins <= start
        if inside:
            while name and name.end <= start:
                name = next(left, None)
                begins = name.start if name else far
            inside = begins <= start
        if sense.turns:
            if sense.ends:
                build.ends(found, start, surface)
                continue
            if sense.breaks and not inside and build.words:
                build.ends(found, start, "")
            build.turns(surface, sense, inside)
        build.begun = True
        if inside and name:
            build.takes(sense.unit or surface, start, NAMED, name.norm)
        elif sense.unit:
            build.takes(sense.unit, start, sense.weight, "")
    build.ends(found, far, ".")
    return tuple(found)


class _Builder:
    """The clause that is being read."""

    __slots__ = (
        "absolute",
        "asks",
        "asserts",
        "begins_asking",
        "begun",
        "carried",
        "conditional",
        "half_hedges",
        "half_negators",
        "hedges",
        "negations",
        "personal",
        "reach",
        "sentence",
        "start",
        "words",
    )

    def __init__(self) -> None:
        self.sentence, self.carried, self.begun = 0, 0, False
        self._new(0)

    def _new(self, start: int) -> None:
        self.words: list[Word] = []
        self.start, self.negations, self.reach = start, 0, 0
        self.half_negators = self.hedges = self.half_hedges = NOTHING
        self.absolute = self.conditional = self.asks = self.begins_asking = self.asserts = self.personal = False

    def turns(self, surface: str, sense: Sense, named: bool) -> None:
        """Take in what a word does to the meaning of its clause."""
        if sense.subject:
            self.reach = 0
        if sense.negates and not named:
            self.negations += 1
            self.reach = REACH
        if sense.half_negates:
            self.half_negators |= {surface}
        if sense.hedges:
            self.hedges |= {surface}
        if sense.half_hedges:
            self.half_hedges |= {surface}
        self.asserts = self.asserts or sense.asserts
        self.personal = self.personal or sense.personal
        self.absolute = self.absolute or sense.absolute
        self.conditional = self.conditional or sense.conditional
        self.asks = self.asks or sense.asks
        if sense.starts and not self.begun:
            self.begins_asking = True

    def takes(self, unit: str, start: int, weight: float, term: str) -> None:
        """Take a word of content, or of a name."""
        reach = self.reach
        if reach:
            self.words.append(Word(unit, term, start, weight, 1 if reach == REACH else 2))
            self.reach = reach - 1
        else:
            self.words.append(Word(unit, term, start, weight, 0))

    def ends(self, found: list[Clause], end: int, mark: str) -> None:
        """Close the clause before `mark`."""
        asks = self.asks or (mark in "?？" and mark != "")
        if self.words or self.negations:
            listed = bool(self.carried) and not self.negations and not self.asserts
            listed = listed and sum(w.weight >= CONTENT for w in self.words) <= LIST_ITEM
            if listed:
                self.half_negators |= {LISTED}
            if self.reach == REACH:
                self._denies_before(found)
            found.append(
                Clause(self.start, end, self.sentence, tuple(self.words), self.negations, self.half_negators,
                       self.hedges, self.half_hedges, self.absolute, self.conditional, asks, self.begins_asking,
                       self.asserts, self.personal)
            )  # fmt: skip
            self.carried = (self.negations or listed) if mark in ",、" or not mark else 0
        if mark in ENDS_SENTENCE:
            self.sentence += 1
            self.carried, self.begun = 0, False
        self._new(end)

    def _denies_before(self, found: list[Clause]) -> None:
        """A "not" that nothing follows denies the list before it (胸闷、气急都没有)."""
        for place in range(len(found) - 1, max(-1, len(found) - 1 - LONGEST_LIST), -1):
            if found[place].sentence != self.sentence:
                return
            found[place] = structs.replace(found[place], half_negators=found[place].half_negators | {LISTED})
        self.half_negators |= {LISTED}
