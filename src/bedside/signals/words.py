"""A text cut into clauses of words, each word with what it stands for. Pure; `en` and `zh`.

English words are stemmed (Snowball) and joined with their synonyms; Chinese is cut by the rjieba dictionary and joined
with its synonyms. A clause knows what turns its meaning: negation, doubt, certainty, condition, question. Grammar is
not parsed: a clause ends at punctuation or before a conjunction, and negation is the clause's, carried on through a
list ("no fever, cough or rash").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
import rjieba
import snowballstemmer
from msgspec import structs

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.signals.quantities import spoken_number
from bedside.signals.terms import Term, lower

__all__ = ["Clause", "Word", "clauses", "unit", "vocabulary"]

TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+(?:[.,:/]\d+)*|[^\w\s]|\n")
# 不到, 不停 and the like are no denial.
NO_DENIAL = re.compile("不(?=到\\d|到一|小心|停|断|得了|少|久|过)")
# "Not only" and "no doubt" affirm what follows.
NOT_ONLY = re.compile(r"\bnot(?= (?:only|just|merely)\b)|\bno(?= doubt\b)")
EITHER = re.compile(r"([\u3400-\u9fff])[不没]\1")
ENDS_SENTENCE, ENDS_CLAUSE = frozenset(".!?\n。！？；;"), frozenset(",:()（），：、—–")
# Stands for the "not" of a list's first item among the half-negators of the others.
LISTED = "..."
LONGEST_LIST = 6
# A "not" reaches this many content words.
REACH = 2
# A clause of no more content words than this, after a negated one, goes on with its list.
LIST_ITEM = 2


class Word(NamedTuple):
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


class Sense(NamedTuple):
    """What a word is, whatever stands around it."""

    unit: str
    weight: float
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
    senses, tokens = _senses(language), _tokens(text, language)
    name, last = 0, len(names)
    for surface, start in tokens:
        while name < last and names[name].end <= start:
            name += 1
        inside = name < last and names[name].start <= start
        if surface in ENDS_SENTENCE or surface in ENDS_CLAUSE:
            build.ends(found, start, surface)
            continue
        sense = senses.get(surface) or _sense(surface, language)
        if sense.breaks and not inside and build.words:
            build.ends(found, start, "")
        build.takes(surface, start, sense, names[name].norm if inside else "")
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

    def takes(self, surface: str, start: int, sense: Sense, term: str) -> None:
        if sense.subject:
            self.reach = 0
        if sense.asserts:
            self.asserts = True
        if sense.personal:
            self.personal = True
        if sense.negates and not term:
            self.negations += 1
            self.reach = REACH
        if sense.half_negates:
            self.half_negators.add(surface)
        if sense.hedges:
            self.hedges.add(surface)
        if sense.half_hedges:
            self.half_hedges.add(surface)
        if sense.absolute:
            self.absolute = True
        if sense.conditional:
            self.conditional = True
        if sense.asks:
            self.asks = True
        if sense.starts and not self.begun:
            self.begins_asking = True
        self.begun = True
        if term or sense.unit:
            denied = 0 if not self.reach else 1 if self.reach == REACH else 2
            self.words.append(Word(sense.unit or surface, term, start, NAMED if term else sense.weight, denied))
            self.reach = max(0, self.reach - 1)

    def ends(self, found: list[Clause], end: int, mark: str) -> None:
        """Close the clause before `mark`."""
        asks = self.asks or (mark in "?？" and mark != "")
        if self.words or self.negations:
            content = sum(w.weight >= CONTENT for w in self.words)
            listed = bool(self.carried) and content <= LIST_ITEM and not self.negations and not self.asserts
            if listed:
                self.half_negators.add(LISTED)
            if self.reach == REACH:
                self._denies_before(found)
            found.append(
                Clause(self.start, end, self.sentence, tuple(self.words), self.negations, frozenset(self.half_negators),
                       frozenset(self.hedges), frozenset(self.half_hedges), self.absolute, self.conditional,
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


def _tokens(text: str, language: Language) -> list[tuple[str, int]]:
    """Lower-case words and marks with their places."""
    small = lower(text)
    if language == "en":
        small = NOT_ONLY.sub(lambda match: " " * len(match[0]), small)
        return list(_with_phrases((m[0], m.start()) for m in TOKEN.finditer(small)))
    small = NO_DENIAL.sub(" ", EITHER.sub(r"\1吗 ", small))  # 会不会, 有没有 ask, they do not deny
    found, place = [], 0
    for word in rjieba.cut(small, False):
        if len(word) > 1 and word[0] in "不没无" and word in _denials():
            found += [(word[0], place), (word[1:], place + 1)]
        elif word[0].isdigit() and _after_point(found, place):
            found[-2:] = [(f"{found[-2][0]}.{word}", found[-2][1])]  # 0.5 is cut in three
        elif not word.isspace() or word == "\n":
            found.append((word, place))
        place += len(word)
    return found


def _after_point(found: list[tuple[str, int]], place: int) -> bool:
    """Whether a digit and a point stand right before a place."""
    return (
        len(found) > 1
        and found[-1] == (".", place - 1)
        and found[-2][0].isdigit()
        and found[-2][1] + len(found[-2][0]) == place - 1
    )


def _with_phrases(tokens: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """The tokens, two of them as one where they stand in a group of synonyms together ("cut down")."""
    pairs, held = _pairs(), None
    for token in tokens:
        if held is not None:
            if f"{held[0]} {token[0]}" in pairs[held[0]]:
                yield f"{held[0]} {token[0]}", held[1]
                held = None
                continue
            yield held
        held = token if token[0] in pairs else None
        if held is None:
            yield token
    if held is not None:
        yield held


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
