"""What the chat page shows beside a conversation: feeling and urgency of a message, acts and facts of a reply."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, Field

from bedside.core.records import Language
from bedside.core.text import is_chinese
from bedside.serve.danger import DangerReader
from bedside.signals.comfort import anti_acts, comfort_acts
from bedside.signals.emotion import emotion_of
from bedside.signals.facts import extract
from bedside.signals.urgency import red_flags, urgent_advice

__all__ = ["ReadBody", "read"]


class ReadBody(BaseModel):
    """A text and whose it is; the language is recognised where not given."""

    text: Annotated[str, Field(max_length=20_000)]
    role: Literal["patient", "doctor"] = "patient"
    language: Literal["en", "zh"] | None = None


def read(body: ReadBody, reader: DangerReader) -> dict[str, Any]:
    """Findings with their places, as plain data."""
    text = body.text
    language: Language = body.language or ("zh" if is_chinese(text) else "en")
    if body.role == "patient":
        danger = reader.message(text)
        found: dict[str, Any] = {
            "emotion": emotion_of(text, language),
            "urgency": {"crisis": danger.crisis, "level": danger.flag, "condition": danger.condition},
            "red_flags": red_flags(text, language),
        }
    else:
        found = {
            "comfort_acts": comfort_acts(text, language),
            "anti_acts": anti_acts(text, language),
            "facts": extract(text, language),
            "urgent_advice": urgent_advice(text, language),
        }
    return {
        "role": body.role,
        "language": language,
        **{name: msgspec.to_builtins(value) for name, value in found.items()},
    }
