"""Signs of a crisis in what patients and relatives write: suicide, self-harm, overdose, abuse. Pure.

`explicit` is said in so many words, `indirect` hinted at. Not a finding: what is denied, a figure of speech, a history
that is over, the topic of a film, a job or a leaflet. The rules (`data/crisis_*.yaml`) know common ways of saying it, a
learnt model (`danger_model`) hears others; both miss some, so that no finding does not mean no danger.

A finding is `likely`, sure enough to answer with help instead of what was asked, or, only where it is asked for,
`possible`: a reason to ask gently or to add where help is, in a reply that answers what was asked.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Literal

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.core.text import word_count
from bedside.signals.danger_model import VETO, read
from bedside.signals.patterns import Bank, Match, any_of, clause_bounds, flat, sentence_bounds

__all__ = ["CrisisFinding", "CrisisKind", "CrisisLevel", "CrisisMode", "crisis", "crisis_by_rules"]

CrisisKind = Literal["suicide", "self-harm", "overdose", "abuse"]
CrisisMode = Literal["explicit", "indirect"]
CrisisLevel = Literal["likely", "possible"]

# Where the rules know a sign to be denied or past, the model must be this sure of another.
EXCUSED = 0.5
# A score from here up to what is needed for a likely finding is a possible one (docs/decisions/030).
POSSIBLE: dict[Language, float] = {"en": -0.15, "zh": -0.15}
# The model alone is not heard in a text of fewer words than this: a greeting has too little in it to be weighed.
FEWEST_WORDS: dict[Language, int] = {"en": 4, "zh": 5}


class CrisisFinding(msgspec.Struct, frozen=True):
    """A sign of danger at `text[start:end]`."""

    kind: CrisisKind
    mode: CrisisMode
    start: int
    end: int
    text: str
    level: CrisisLevel = "likely"


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`sure`: holds its own negation. `weak`: counts only beside another weak rule with another name."""

    kind: CrisisKind
    mode: CrisisMode
    any: list[str]
    sure: bool = False
    weak: bool = False
    name: str = ""


class Rules(msgspec.Struct, frozen=True):
    rules: list[Rule]
    bank: Bank
    before: re.Pattern[str]
    sentence: re.Pattern[str]
    accident: re.Pattern[str]
    now: re.Pattern[str]


def crisis(text: str, language: Language, *, possible: bool = False) -> tuple[CrisisFinding, ...]:
    """What in a patient's text points to a crisis, in order of place; one finding for each kind and place.

    Where the rules find none and the model does, its finding is the sentence that says most, `indirect`. With
    `possible`, also what is only possible: a lower score, and what the rules find and the model does not believe.
    """
    found, excused = _told(text, language)
    needed = EXCUSED if excused else 0.0
    least = needed if not possible else 0.0 if excused else POSSIBLE[language]
    # Of what the rules found only the score is asked, not where the model hears it.
    reading = read(flat(text), "crisis", language, math.inf if found else least)
    if found:
        if reading.score >= VETO["crisis", language]:
            return found
        return tuple(msgspec.structs.replace(f, level="possible") for f in found) if possible else ()
    if reading.score < least or word_count(text) < FEWEST_WORDS[language]:
        return ()
    kind: CrisisKind = reading.kind  # type: ignore[assignment]  # the model's labels are the kinds
    level: CrisisLevel = "likely" if reading.score >= needed else "possible"
    place = (reading.start, reading.end)
    return (CrisisFinding(kind, "indirect", *place, text[slice(*place)], level),)


def crisis_by_rules(text: str, language: Language) -> tuple[CrisisFinding, ...]:
    """What the rules alone find."""
    return _told(text, language)[0]


def _told(text: str, language: Language) -> tuple[tuple[CrisisFinding, ...], bool]:
    """What the rules find, and whether they know something of the text to be denied, past or too little."""
    rules = _rules(language)
    plain = flat(text)
    matches = [(rules.rules[int(match.name)], match) for match in rules.bank.matches(plain)]
    found = [(rule, match) for rule, match in matches if not _excused(plain, rule, match, rules)]
    if len({rule.name for rule, _ in found if rule.weak}) < 2:
        found = [(rule, match) for rule, match in found if not rule.weak]
    return _merged(text, found), len(found) < len(matches)


def _excused(text: str, rule: Rule, match: Match, rules: Rules) -> bool:
    start, end = sentence_bounds(text, match.start, match.end)
    if not rule.sure and rules.before.search(text, start, match.start):
        return True
    if not rule.sure and rules.accident.search(text, start, end):
        return True
    low, high = clause_bounds(text, match, start, end)
    return bool(rules.sentence.search(text, start, end)) and not rules.now.search(text, low, high)


def _merged(text: str, found: list[tuple[Rule, Match]]) -> tuple[CrisisFinding, ...]:
    """One finding for places that overlap and say the same; the explicit one goes first."""
    kept: list[CrisisFinding] = []
    for rule, match in sorted(found, key=lambda f: (f[0].kind, f[1].start, f[0].mode, -f[1].end)):
        if not kept or kept[-1].kind != rule.kind or kept[-1].end <= match.start:
            kept.append(CrisisFinding(rule.kind, rule.mode, match.start, match.end, text[match.start : match.end]))
    return tuple(sorted(kept, key=lambda f: (f.start, f.end)))


@cache
def _rules(language: Language) -> Rules:
    data = load_yaml(f"signals/data/crisis_{language}.yaml")
    rules = msgspec.convert(data["rules"], list[Rule])
    macros: dict[str, str] = data["macros"]
    guards = data["guards"]
    return Rules(
        rules=rules,
        bank=Bank({str(i): rule.any for i, rule in enumerate(rules)}, language, macros),
        before=any_of(guards["before"], language, macros),
        accident=any_of(guards["accident"], language, macros),
        sentence=any_of(guards["sentence"], language, macros),
        now=re.compile(guards["now"]),
    )
