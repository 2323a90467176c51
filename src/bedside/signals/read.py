"""Everything that is read in one text, as plain data: what `bedside signals` prints."""

from __future__ import annotations

from typing import Any

import msgspec

from bedside.core.records import Language, LedgerEntry, Role
from bedside.core.text import is_chinese, word_count
from bedside.signals.burden import burden
from bedside.signals.comfort import anti_acts, comfort_acts, emotion_words
from bedside.signals.crisis import crisis
from bedside.signals.emotion import comfort_need, emotion_of
from bedside.signals.facts import extract
from bedside.signals.ledger import compare
from bedside.signals.urgency import red_flags, urgent_advice

__all__ = ["ledger_of", "read"]


def read(text: str, language: Language | None = None) -> dict[str, Any]:
    """All findings with character spans; the language is recognised where not given.

    Who speaks is not known: red flags, crisis and emotion are read as a patient's words, acts, urgent advice and burden
    as a doctor's.
    """
    spoken: Language = language or ("zh" if is_chinese(text) else "en")
    findings = {
        "facts": extract(text, spoken),
        "feelings": emotion_words(text, spoken),
        "emotion": emotion_of(text, spoken),
        "comfort_need": comfort_need(text, spoken),
        "comfort_acts": comfort_acts(text, spoken),
        "anti_acts": anti_acts(text, spoken),
        "crisis": crisis(text, spoken),
        "red_flags": red_flags(text, spoken),
        "urgent_advice": urgent_advice(text, spoken),
        "burden": burden(text, spoken),
    }
    return {"language": spoken, "words": word_count(text)} | {k: msgspec.to_builtins(v) for k, v in findings.items()}


def ledger_of(original: str, rewrite: str, side: Role, language: Language | None = None) -> tuple[LedgerEntry, ...]:
    """The fact ledger of two texts; the language is recognised where not given."""
    return compare(original, rewrite, language or ("zh" if is_chinese(original) else "en"), side)
