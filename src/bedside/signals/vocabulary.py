"""What words stand for: stems, groups of synonyms, words of function, what turns a meaning. Pure; `en` and `zh`.

English words are stemmed (Snowball) and joined with their synonyms (`data/synonyms_*`); Chinese ones are joined with
theirs. What each does to the meaning of a clause is in `data/words_*`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import snowballstemmer

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.signals.numbers import spoken_number

__all__ = ["CONTENT", "ENDS_SENTENCE", "LIGHT", "NAMED", "Sense", "groups_of", "senses", "unit", "vocabulary"]

# Weights: a word that a sentence may lose or gain and say the same, a word of content, a word of a name.
LIGHT, CONTENT, NAMED = 0.3, 1.0, 1.6
ENDS_SENTENCE, ENDS_CLAUSE = frozenset(".!?\n。！？；;"), frozenset(",:()（），：、—–")
# English words that begin with "un-" or "non-" and something are turned ("unaffected"); these are not.
UNTURNED = ("under", "unit", "until", "unless", "uncl", "union", "uniq", "univ", "none")
# A text of new words must not grow the cache for ever.
MOST_SENSES = 200_000


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
    """What a word or mark is, whatever stands around it; `turns`: whether it does anything to its clause."""

    unit: str
    weight: float
    turns: bool = False
    ends: bool = False
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


class Senses(dict[str, Sense]):
    """Each word's sense, worked out once."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self.language = language

    def __missing__(self, word: str) -> Sense:
        if len(self) > MOST_SENSES:
            self.clear()
        self[word] = sense = _sense(word, self.language)
        return sense


@cache
def senses(language: Language) -> Senses:
    """The senses of a language's words."""
    return Senses(language)


def unit(word: str, language: Language) -> str:
    """What a word stands for: its group of synonyms, or its stem; empty for a word of function."""
    return senses(language)[word].unit


def _sense(word: str, language: Language) -> Sense:
    v = vocabulary(language)
    plain = word.replace("’", "'")
    turns = {
        "ends": word in ENDS_SENTENCE or word in ENDS_CLAUSE,
        "negates": plain in v.negators, "half_negates": plain in v.half_negators or _turned(plain, language),
        "hedges": plain in v.hedges, "half_hedges": plain in v.half_hedges, "absolute": plain in v.absolutes,
        "conditional": plain in v.conditions, "breaks": plain in v.breaks, "asks": plain in v.asks,
        "starts": plain in v.starters,
        "subject": plain in v.subjects, "asserts": plain in v.asserts, "personal": plain in v.persons,
    }  # fmt: skip
    turns["turns"] = any(turns.values())
    number = spoken_number(plain)
    if number:
        return Sense(f"#{number}", CONTENT, **turns)
    if plain in v.stop or plain in v.negators or not plain[0].isalpha():
        return Sense("", 0.0, **turns)
    stem = _stem(plain) if language == "en" else plain
    name = v.groups.get(plain) or v.groups.get(stem, stem)
    if name in v.stop:
        return Sense("", 0.0, **turns)
    return Sense(name, LIGHT if plain in v.light or name in v.light_groups else CONTENT, **turns)


def _turned(word: str, language: Language) -> bool:
    return language == "en" and len(word) > 5 and word.startswith(("un", "non")) and not word.startswith(UNTURNED)


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
    groups = groups_of(language)
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
def groups_of(language: Language) -> dict[str, str]:
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
