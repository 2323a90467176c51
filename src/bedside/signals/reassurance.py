"""False reassurance in a doctor's words: promises without condition or ground, and dismissals. Pure.

Not a finding where the same sentence gives a condition, a reason, a doubt, a denial, or repeats what the patient said.
Reasons in the sentence before are not seen, and a reason that is wrong is not either. Rules: `data/reassurance_*.yaml`;
a learnt model (`danger_model`) hears other wording and takes back what the rules misread, sentence by sentence.
"""

from __future__ import annotations

import math
import re
from functools import cache

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.core.text import word_count
from bedside.signals.danger_model import VETO, read
from bedside.signals.patterns import Bank, Match, any_of, clause_bounds, flat, sentence_bounds

__all__ = ["FalseReassurance", "false_reassurance", "false_reassurance_by_rules"]


# The model alone hears no promise in fewer words than those that it was trained on ("Sure.", "注意休息。").
FEWEST_WORDS: dict[Language, int] = {"en": 5, "zh": 6}


class FalseReassurance(msgspec.Struct, frozen=True):
    """An unfounded promise or dismissal at `text[start:end]`."""

    start: int
    end: int
    text: str


class Rules(msgspec.Struct, frozen=True):
    bank: Bank
    excused: re.Pattern[str]


def false_reassurance(text: str, language: Language) -> tuple[FalseReassurance, ...]:
    """Where a doctor's text promises or dismisses without ground, the longest where places overlap."""
    plain = flat(text)
    found = [f for f in false_reassurance_by_rules(text, language) if _sounds_so(plain, f, language)]
    reading = read(plain, "false_reassurance", language)
    said = plain[reading.start : reading.end]
    new = all(f.end <= reading.start or reading.end <= f.start for f in found)
    long = word_count(said) >= FEWEST_WORDS[language]
    if new and long and reading.score >= 0 and not _known(said, language):
        found.append(FalseReassurance(reading.start, reading.end, text[reading.start : reading.end]))
    return tuple(sorted(found, key=lambda f: f.start))


def _sounds_so(plain: str, found: FalseReassurance, language: Language) -> bool:
    """Whether the model hears a promise too, in the sentence around a rule's finding or in the clause."""
    start, end = sentence_bounds(plain, found.start, found.end)
    clause = clause_bounds(plain, Match("", found.start, found.end), start, end)
    best = max(read(plain[a:b], "false_reassurance", language, math.inf).score for a, b in ((start, end), clause))
    return best >= VETO["false_reassurance", language]


def _known(sentence: str, language: Language) -> bool:
    """Whether the rules see a condition, a reason, a doubt, a denial or a quotation in a sentence."""
    return _rules(language).excused.search(sentence) is not None


def false_reassurance_by_rules(text: str, language: Language) -> tuple[FalseReassurance, ...]:
    """What the rules alone find."""
    rules = _rules(language)
    plain = flat(text)
    kept: list[FalseReassurance] = []
    for match in sorted(rules.bank.matches(plain), key=lambda m: (m.start, -m.end)):
        if kept and match.start < kept[-1].end:
            continue
        if not _excused(plain, match, rules):
            end = _end(plain, match)
            kept.append(FalseReassurance(match.start, end, text[match.start : end]))
    return tuple(kept)


def _end(text: str, match: Match) -> int:
    """The end of the clause around a match: a reader wants the whole promise, not the words that gave it away."""
    _, end = clause_bounds(text, match, *sentence_bounds(text, match.start, match.end))
    return max(match.end, match.start + len(text[match.start : end].rstrip(" .!?,;:。！？，；：")))


def _excused(text: str, match: Match, rules: Rules) -> bool:
    start, end = sentence_bounds(text, match.start, match.end)
    return rules.excused.search(text, start, end) is not None


@cache
def _rules(language: Language) -> Rules:
    data = load_yaml(f"signals/data/reassurance_{language}.yaml")
    macros: dict[str, str] = data["macros"]
    bank = Bank({"reassurance": data["rules"]}, language, macros)
    return Rules(bank, any_of(data["excused"], language, macros))
