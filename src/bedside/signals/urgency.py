"""Emergencies in a patient's words, and how urgent a doctor's advice is. Pure: text in, findings with places out.

`red_flags` looks for signs told together in one message (`data/red_flags_*.yaml`): a chest pain with sweat, a fever in
an infant. A sign that is denied, past, feared, asked about in general or read of somewhere does not count. A learnt
model (`danger_model`) hears other wording, and does not name what it hears (UNNAMED). It is a lookout, no triage: no
finding does not mean no emergency. `urgent_advice` reads where and how soon a doctor sends the patient.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Literal

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.core.text import word_count
from bedside.signals.danger_model import VETO, read
from bedside.signals.patterns import MOST, Bank, Match, any_of, clause_bounds, flat, sentence_bounds

__all__ = ["AdviceLevel", "RedFlag", "RedFlagLevel", "UrgentAdvice", "red_flags", "red_flags_by_rules", "urgent_advice"]

RedFlagLevel = Literal["emergency", "same day"]
AdviceLevel = Literal["emergency", "same day", "urgent", "routine review"]
# The condition of a finding that only the model made.
UNNAMED = "signs of an emergency"


# The model alone raises no flag in a message shorter than those that it was trained on.
FEWEST_WORDS: dict[Language, int] = {"en": 12, "zh": 16}


class RedFlag(msgspec.Struct, frozen=True):
    """Signs of a condition; `text[start:end]` is the first sign of it in the message."""

    condition: str
    level: RedFlagLevel
    start: int
    end: int
    text: str


class UrgentAdvice(msgspec.Struct, frozen=True):
    """Where to and how soon, at `text[start:end]`; `conditional`: only if something happens."""

    level: AdviceLevel
    conditional: bool
    start: int
    end: int
    text: str


class Flag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finding when each group of `all` (names joined by `|`) is told and none of `unless` is."""

    condition: str
    level: RedFlagLevel
    all: list[str]
    unless: list[str] = []


class FlagRules(msgspec.Struct, frozen=True):
    """`groups` are the names of each flag's groups, `masks` the same with the bit of each name set."""

    flags: list[Flag]
    groups: list[list[list[str]]]
    masks: list[list[int]]
    bits: dict[str, int]
    bank: Bank
    sure: frozenset[str]
    before: re.Pattern[str]
    inside: re.Pattern[str]
    tight: re.Pattern[str]
    asked: re.Pattern[str]
    sentence: re.Pattern[str]
    now: re.Pattern[str]


class AdviceRules(msgspec.Struct, frozen=True):
    bank: Bank
    before: re.Pattern[str]
    conditional: re.Pattern[str]


def red_flags(text: str, language: Language) -> tuple[RedFlag, ...]:
    """The emergencies that a patient's message tells of, in order of place; one finding a condition."""
    found = red_flags_by_rules(text, language)
    # Of what the rules found only the score is asked, not where the model hears it.
    reading = read(flat(text), "red_flags", language, math.inf if found else 0.0)
    if found:
        return found if reading.score >= VETO["red_flags", language] else ()
    if reading.score < 0 or word_count(text) < FEWEST_WORDS[language]:
        return ()
    return (RedFlag(UNNAMED, "emergency", reading.start, reading.end, text[reading.start : reading.end]),)


def red_flags_by_rules(text: str, language: Language) -> tuple[RedFlag, ...]:
    """What the rules alone find."""
    rules = _flag_rules(language)
    told = _Told(flat(text), rules)
    found: dict[str, RedFlag] = {}
    for number in told.open_flags():
        flag = rules.flags[number]
        if flag.condition not in found and (signs := told.signs(number)):
            first = min(signs, key=lambda m: m.start)
            span = (first.start, first.end)
            found[flag.condition] = RedFlag(flag.condition, flag.level, *span, text[slice(*span)])
    return tuple(sorted(found.values(), key=lambda f: (f.start, f.condition)))


def urgent_advice(text: str, language: Language) -> tuple[UrgentAdvice, ...]:
    """Where and how soon a doctor sends a patient, in order of place; the most urgent where places overlap."""
    rules = _advice_rules(language)
    plain = flat(text)
    found = []
    for match in rules.bank.matches(plain):
        start, end = sentence_bounds(plain, match.start, match.end)
        if not rules.before.search(plain, start, match.start):
            conditional = bool(rules.conditional.search(plain, start, end))
            found.append((match, conditional))
    kept: list[UrgentAdvice] = []
    order: dict[str, int] = {"emergency": 0, "same day": 1, "urgent": 2, "routine review": 3}
    for match, conditional in sorted(found, key=lambda f: (order[f[0].name], f[0].start, -f[0].end)):
        if all(match.end <= other.start or other.end <= match.start for other in kept):
            level: AdviceLevel = match.name  # type: ignore[assignment]  # the bank's names are the levels
            kept.append(UrgentAdvice(level, conditional, match.start, match.end, text[match.start : match.end]))
    return tuple(sorted(kept, key=lambda f: f.start))


class _Told:
    """What a text tells of the concepts of the flags. A concept is searched for when a flag first hangs on it."""

    def __init__(self, text: str, rules: FlagRules) -> None:
        self._text, self._rules = text, rules
        self._places = rules.bank.places(text)
        # The concepts that may be told: those with a place that have not been looked for in vain.
        self._open = sum(map(rules.bits.__getitem__, self._places))
        self._known: dict[str, Match | None] = {}

    def open_flags(self) -> Iterator[int]:
        """The flags of which each group may be told."""
        for number, masks in enumerate(self._rules.masks):
            for mask in masks:
                if not mask & self._open:
                    break
            else:
                yield number

    def signs(self, number: int) -> list[Match]:
        """A sign for each group, or none where a group is not told, or something is told that excludes the flag."""
        groups = [[name for name in group if name in self._places] for group in self._rules.groups[number]]
        # What may stand in few places is looked for first: mostly it is not there, and the rest need not be looked for.
        tries = [sum(len(self._places[name]) for name in group) for group in groups]
        found: dict[int, Match] = {}
        for place in sorted(range(len(groups)), key=tries.__getitem__):
            sign = next(filter(None, map(self._first, groups[place])), None)
            if sign is None:
                return []
            found[place] = sign
        if any(name in self._places and self._first(name) for name in self._rules.flags[number].unless):
            return []
        return [found[place] for place in range(len(groups))]

    def _first(self, name: str) -> Match | None:
        """The first place where a concept is told and not excused."""
        if name not in self._known:
            self._known[name] = self._searched(name)
            if self._known[name] is None:
                self._open &= ~self._rules.bits[name]
        return self._known[name]

    def _searched(self, name: str) -> Match | None:
        best: Match | None = None
        for regex, low, high in self._places[name]:
            if best is not None and low > best.start:
                break
            for m in islice(regex.finditer(self._text, low, high), MOST):
                match = Match(name, m.start(), m.end())
                if (best is None or match.start < best.start) and not _excused(self._text, match, self._rules):
                    best = match
        return best


def _excused(text: str, match: Match, rules: FlagRules) -> bool:
    """Whether a sign is denied, feared, asked about, or past; a date counts up to the end of the sign's clause."""
    start, end = sentence_bounds(text, match.start, match.end)
    sure = match.name in rules.sure
    denied = rules.tight if sure else rules.before
    if denied.search(text, start, match.start) or rules.asked.search(text, start, match.start):
        return True
    if not sure and rules.inside.search(text, match.start, match.end):
        return True
    low, high = clause_bounds(text, match, start, end)
    return bool(rules.sentence.search(text, start, high)) and not rules.now.search(text, low, high)


@cache
def _flag_rules(language: Language) -> FlagRules:
    data = load_yaml(f"signals/data/red_flags_{language}.yaml")
    concepts = data["concepts"]
    macros: dict[str, str] = data["macros"]
    guards = data["guards"]
    flags = msgspec.convert(data["flags"], list[Flag])
    used = {name for flag in flags for name in "|".join([*flag.all, *flag.unless]).split("|")}
    if used - concepts.keys():
        raise ValueError(f"red_flags_{language}.yaml: no concepts {sorted(used - concepts.keys())}")
    groups = [[group.split("|") for group in flag.all] for flag in flags]
    bits = {name: 1 << place for place, name in enumerate(sorted(used))}
    return FlagRules(
        flags=flags,
        groups=groups,
        masks=[[sum({bits[name] for name in group}) for group in own] for own in groups],
        bits=bits,
        bank=Bank({name: concepts[name]["any"] for name in sorted(used)}, language, macros, whole=True),
        sure=frozenset(name for name, concept in concepts.items() if concept.get("sure")),
        before=any_of(guards["before"], language, macros),
        inside=any_of(guards["inside"], language, macros),
        tight=any_of(guards["tight"], language, macros),
        asked=any_of(guards["asked"], language, macros),
        sentence=any_of(guards["sentence"], language, macros),
        now=re.compile(guards["now"]),
    )


@cache
def _advice_rules(language: Language) -> AdviceRules:
    data = load_yaml(f"signals/data/urgent_advice_{language}.yaml")
    macros: dict[str, str] = data["macros"]
    return AdviceRules(
        bank=Bank(data["levels"], language, macros),
        before=any_of(data["before"], language, macros),
        conditional=any_of(data["conditional"], language, macros),
    )
