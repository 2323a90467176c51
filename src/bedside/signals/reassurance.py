"""False reassurance in a doctor's words: promises without condition or ground, and dismissals. Pure.

Not a finding where the same sentence gives a condition, a reason, a doubt, a denial, or repeats what the patient said.
Reasons in the sentence before are not seen, and a reason that is wrong is not either. Rules: `data/reassurance_*.yaml`.
"""

from __future__ import annotations

import re
from functools import cache

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.signals.patterns import Bank, Match, any_of, flat, sentence_bounds

__all__ = ["FalseReassurance", "false_reassurance"]


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
    rules = _rules(language)
    plain = flat(text)
    kept: list[FalseReassurance] = []
    for match in sorted(rules.bank.matches(plain), key=lambda m: (m.start, -m.end)):
        if kept and match.start < kept[-1].end:
            continue
        if not _excused(plain, match, rules):
            kept.append(FalseReassurance(match.start, match.end, text[match.start : match.end]))
    return tuple(kept)


def _excused(text: str, match: Match, rules: Rules) -> bool:
    start, end = sentence_bounds(text, match.start, match.end)
    return rules.excused.search(text, start, end) is not None


@cache
def _rules(language: Language) -> Rules:
    data = load_yaml(f"signals/data/reassurance_{language}.yaml")
    macros: dict[str, str] = data["macros"]
    bank = Bank({"reassurance": data["rules"]}, language, macros)
    return Rules(bank, any_of(data["excused"], language, macros))
