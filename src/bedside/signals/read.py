"""Everything that is read in one text, as plain data: what `bedside signals` prints."""

from __future__ import annotations

from typing import Any

import msgspec

from bedside.core.records import Language
from bedside.core.text import is_chinese, word_count
from bedside.signals.comfort import anti_acts, comfort_acts, emotion_words
from bedside.signals.facts import extract

__all__ = ["read"]


def read(text: str, language: Language | None = None) -> dict[str, Any]:
    """Facts, feelings, comfort acts and anti-acts with character spans; the language is recognised where not given."""
    spoken: Language = language or ("zh" if is_chinese(text) else "en")
    findings = {
        "facts": extract(text, spoken),
        "feelings": emotion_words(text, spoken),
        "comfort_acts": comfort_acts(text, spoken),
        "anti_acts": anti_acts(text, spoken),
    }
    return {"language": spoken, "words": word_count(text)} | {k: msgspec.to_builtins(v) for k, v in findings.items()}
