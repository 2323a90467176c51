"""A text cut into clauses of words, each word with what it stands for. Pure; `en` and `zh`.

English words are stemmed (Snowball) and joined with their synonyms; Chinese is cut by the rjieba dictionary and joined
with its synonyms. A clause knows what turns its meaning: negation, doubt, certainty, condition, question. Grammar is
not parsed: a clause ends at punctuation or before a conjunction, and negation is the clause's, carried on through a
list ("no fever, cough or rash").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, partial
from itertools import accumulate, islice
from typing import Any

import msgspec
import rjieba
import snowballstemmer
from msgspec import structs

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.signals.quantities import spoken_number
from bedside.signals.terms import Term, lower

__all__ = ["Clause", "Word", "clauses", "unit", "vocabulary"]

TOKEN = re.compile(r"([^\W\d_]+(?:['’][^\W\d_]+)?|\d+(?:[.,:/]\d+)*|[^\w\s]|\n)")
# The same for texts in lower-case ASCII, faster.
ASCII_TOKEN = re.compile(r"([a-z]+(?:'[a-z]+)?|[0-9]+(?:[.,:/][0-9]+)*|[^\w\s]|\n)", re.ASCII)
# 不到, 不停 and the like are no denial.
NO_DENIAL = re.compile("不(?=到\\d|到一|小心|停|断|得了|少|久|过)")
# "Not only" and "no doubt" affirm what follows.
NOT_ONLY = re.compile(r"\bnot(?= (?:only|just|merely)\b)|\bno(?= doubt\b)")
EITHER = re.compile(r"([\u3400-\u9fff])[不没]\1")
ENDS_SENTENCE, ENDS_CLAUSE = frozenset(".!?\n。！？；;"), frozenset(",:()（），：、—–")
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


class Vocabulary(msgspec.Struct, frozen=True):
    """A language's words of function, and the groups of words that say the same (`data/words_*`, `data/synonyms_*`)."""

    stop: frozenset[str]
    light: frozenset[str]
    negators: frozenset[str]
    half_negators: frozenset[str]
    hedges: frozenset[str]
    half_hedges: frozenset[str]
    absolutes: frozenset[str]
    conditions: frozenset[str]
    breaks: frozenset[str]
    asks: frozenset[str]
    starters: frozenset[str]
    opposites: dict[str, frozenset[str]]
    groups: dict[str, str]
    light_groups: frozenset[str]
    subjects: frozenset[str]
    asserts: frozenset[str]
    persons: frozenset[str]


class Sense(msgspec.Struct, frozen=True, gc=False):
    """What a word is, whatever stands around it; `turns`: whether any of the others is so."""

    unit: str
    weight: float
    turns: bool = False
    negates: bool = False
    half_negates: bool = False
    hedges: bool = False
    half_hedges: bool = False
    absolute: bool = False
    conditional: bool = False
    breaks: bool = False
    asks: bool = False
    starts: bool = False
    subject: bool = False
    asserts: bool = False
    personal: bool = False


# Weights: a word that a sentence may lose or gain and say the same, a word of content, a word of a name.
LIGHT, CONTENT, NAMED = 0.3, 1.0, 1.6


def clauses(text: str, language: Language, names: Sequence[Term]) -> tuple[Clause, ...]:
    """The clauses of a text; `names` are its terms, as `terms` gives them."""
    found: list[Clause] = []
    build = _Builder()
    known, read = _senses(language), partial(_sense, language=language)
    marks = ENDS_SENTENCE | ENDS_CLAUSE
    name, last = 0, len(names)
    begins = names[0].start if names else len(text)
    surfaces, places = _tokens(text, language)
    for surface, start, sense in zip(surfaces, places, map(known.get, surfaces), strict=True):
        inside = begins <= start
        while inside and names[name].end <= start:
            name += 1
            begins = names[name].start if name < last else len(text)
            inside = begins <= start
        if surface in marks:
            build.ends(found, start, surface)
            continue
        sense = sense or read(surface)
        if sense.turns:
            if sense.breaks and not inside and build.words:
                build.ends(found, start, "")
            build.turns(surface, sense, inside)
        build.begun = True
        if inside:
            build.takes(sense.unit or surface, start, NAMED, names[name].norm)
        elif sense.unit:
            build.takes(sense.unit, start, sense.weight, "")
    build.ends(found, len(text), ".")
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
        self.half_negators: set[str] = set()
        self.hedges: set[str] = set()
        self.half_hedges: set[str] = set()
        self.absolute = self.conditional = self.asks = self.begins_asking = self.asserts = self.personal = False

    def turns(self, surface: str, sense: Sense, named: bool) -> None:
        """Take in what a word does to the meaning of its clause."""
        if sense.subject:
            self.reach = 0
        if sense.negates and not named:
            self.negations += 1
            self.reach = REACH
        if sense.half_negates:
            self.half_negators.add(surface)
        if sense.hedges:
            self.hedges.add(surface)
        if sense.half_hedges:
            self.half_hedges.add(surface)
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
                self.half_negators.add(LISTED)
            if self.reach == REACH:
                self._denies_before(found)
            found.append(
                Clause(self.start, end, self.sentence, tuple(self.words), self.negations,
                       frozenset(self.half_negators) if self.half_negators else NOTHING,
                       frozenset(self.hedges) if self.hedges else NOTHING,
                       frozenset(self.half_hedges) if self.half_hedges else NOTHING, self.absolute, self.conditional,
                       asks, self.begins_asking, self.asserts, self.personal)
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
        self.half_negators.add(LISTED)


def _tokens(text: str, language: Language) -> tuple[list[str], list[int]]:
    """Lower-case words and marks, and their places."""
    small = lower(text)
    if language == "en":
        small = NOT_ONLY.sub(lambda match: " " * len(match[0]), small)
        parts = (ASCII_TOKEN if small.isascii() else TOKEN).split(small)
        words, places = parts[1::2], list(islice(accumulate(map(len, parts)), 0, None, 2))[: len(parts) // 2]
        return (words, places) if _pairs().keys().isdisjoint(words) else _with_phrases(words, places)
    small = NO_DENIAL.sub(" ", EITHER.sub(r"\1吗 ", small))  # 会不会, 有没有 ask, they do not deny
    found, places, place, denied = [], [], 0, _denials()
    for word in rjieba.cut(small, False):
        if word in denied and len(word) > 1 and word[0] in "不没无":
            found += [word[0], word[1:]]
            places += [place, place + 1]
        elif word[0].isdigit() and _after_point(found, places, place):
            found[-2:], places[-1:] = [f"{found[-2]}.{word}"], []  # 0.5 is cut in three
        elif word == "\n" or not word.isspace():
            found.append(word)
            places.append(place)
        place += len(word)
    return found, places


def _after_point(found: list[str], places: list[int], place: int) -> bool:
    """Whether a digit and a point stand right before a place."""
    return (
        len(found) > 1
        and found[-1] == "."
        and places[-1] == place - 1
        and found[-2][0].isdigit()
        and places[-2] + len(found[-2]) == place - 1
    )


def _with_phrases(words: list[str], places: list[int]) -> tuple[list[str], list[int]]:
    """The tokens, two of them as one where they stand in a group of synonyms together ("cut down")."""
    pairs, found, starts, number = _pairs(), [], [], 0
    while number < len(words):
        word, start = words[number], places[number]
        if word in pairs and number + 1 < len(words) and f"{word} {words[number + 1]}" in pairs[word]:
            word = f"{word} {words[number + 1]}"
            number += 1
        found.append(word)
        starts.append(start)
        number += 1
    return found, starts


@cache
def _pairs() -> dict[str, frozenset[str]]:
    """The phrases of two words, by their first."""
    found: dict[str, set[str]] = {}
    for phrase in _groups("en"):
        if phrase.count(" ") == 1:
            found.setdefault(phrase.partition(" ")[0], set()).add(phrase)
    return {first: frozenset(phrases) for first, phrases in found.items()}


@cache
def _denials() -> frozenset[str]:
    """Chinese words that are a "not" and a word of their own (不好)."""
    return frozenset(str(load_yaml("signals/data/words_zh.yaml")["denials"]).split())


def unit(word: str, language: Language) -> str:
    """What a word stands for: its group of synonyms, or its stem; empty for a word of function."""
    return (_senses(language).get(word) or _sense(word, language)).unit


# A text of new words must not grow the cache for ever.
MOST_SENSES = 200_000


def _sense(word: str, language: Language) -> Sense:
    known, v = _senses(language), vocabulary(language)
    if len(known) > MOST_SENSES:
        known.clear()
    plain = word.replace("’", "'")
    turns = {
        "negates": plain in v.negators, "half_negates": plain in v.half_negators or _turned(plain, language),
        "hedges": plain in v.hedges, "half_hedges": plain in v.half_hedges, "absolute": plain in v.absolutes,
        "conditional": plain in v.conditions, "breaks": plain in v.breaks, "asks": plain in v.asks,
        "starts": plain in v.starters,
        "subject": plain in v.subjects, "asserts": plain in v.asserts, "personal": plain in v.persons,
    }  # fmt: skip
    turns["turns"] = any(turns.values())
    number = spoken_number(plain)
    if number:
        sense = Sense(f"#{number}", CONTENT, **turns)
    elif plain in v.stop or plain in v.negators or not plain[0].isalpha():
        sense = Sense("", 0.0, **turns)
    else:
        stem = _stem(plain) if language == "en" else plain
        name = v.groups.get(plain) or v.groups.get(stem, stem)
        sense = (
            Sense("", 0.0, **turns)
            if name in v.stop
            else Sense(name, LIGHT if plain in v.light or name in v.light_groups else CONTENT, **turns)
        )
    known[word] = sense
    return sense


# English words that begin with "un-" or "non-" and something are turned ("unaffected"); these are not.
UNTURNED = ("under", "unit", "until", "unless", "uncl", "union", "uniq", "univ", "none")


def _turned(word: str, language: Language) -> bool:
    return language == "en" and len(word) > 5 and word.startswith(("un", "non")) and not word.startswith(UNTURNED)


@cache
def _senses(language: Language) -> dict[str, Sense]:
    return {}


@cache
def _stemmer() -> Any:
    return snowballstemmer.stemmer("english")


def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word.removesuffix("'s")))


@cache
def vocabulary(language: Language) -> Vocabulary:
    """The words of function of a language."""
    data: dict[str, Any] = load_yaml(f"signals/data/words_{language}.yaml")
    pairs = data.pop("opposites")
    lists = {name: frozenset(str(words).split()) for name, words in data.items() if name != "denials"}
    groups = _groups(language)
    heads = {groups[word] for word in lists["light"] | lists["stop"] if word in groups}
    opposites: dict[str, set[str]] = {}
    for one, other in pairs:
        a, b = (groups.get(w) or (_stem(w) if language == "en" else w) for w in (str(one), str(other)))
        opposites.setdefault(a, set()).add(b)
        opposites.setdefault(b, set()).add(a)
    return Vocabulary(
        **lists, opposites={k: frozenset(v) for k, v in opposites.items()}, groups=groups, light_groups=frozenset(heads)
    )


@cache
def _groups(language: Language) -> dict[str, str]:
    """Each word's group, named by its first word."""
    groups: dict[str, str] = {}
    for group in load_yaml(f"signals/data/synonyms_{language}.yaml"):
        head = _stem(str(group[0])) if language == "en" else str(group[0])
        for word in group:
            small = str(word).lower()
            groups.setdefault(small, head)
            if language == "en" and " " not in small:
                groups.setdefault(_stem(small), head)
    return groups
