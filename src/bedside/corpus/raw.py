"""What a format reader yields: a consultation as it stood in the source, or why a row is none."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from bedside.core.records import Dialogue, KnownFact, Language, Message, Rejected, Role, Split

__all__ = ["ROLES", "Given", "Raw", "Unreadable", "broken", "message_rows"]

# What sources call the two sides.
ROLES: dict[str, Role] = {
    "patient": "patient", "user": "patient", "human": "patient", "患者": "patient", "病人": "patient",
    "doctor": "doctor", "assistant": "doctor", "gpt": "doctor", "bot": "doctor", "医生": "doctor",
}  # fmt: skip


class Raw(msgspec.Struct, frozen=True):
    """A consultation before cleaning. `key` is unique within the source; `where` is `file:line` or `file#row`."""

    source: str
    key: str
    where: str
    messages: tuple[Message, ...]
    licence: str
    language: Language | None = None
    title: str = ""
    split: Split = "train"
    facts: tuple[KnownFact, ...] = ()


class Given(msgspec.Struct, frozen=True):
    """A dialogue that bedside wrote before, and where it stood; it is checked, not cleaned again."""

    where: str
    dialogue: Dialogue


class Unreadable(msgspec.Struct, frozen=True):
    """Stands in the place of a row that the file's own syntax does not allow: what is wrong, and the text there."""

    detail: str
    text: str


def broken(source: str, where: str, detail: str, row: Any) -> Rejected:
    """A row that is not of the format's shape; its text is kept for whoever mends it.

    An `Unreadable` row tells its own detail.
    """
    if isinstance(row, Unreadable):
        detail, row = row.detail, row.text
    text = row if isinstance(row, str) else json.dumps(row, ensure_ascii=False, default=str)
    return Rejected(source, where, "broken_row", detail, text[:2000])


def message_rows(turns: Any) -> tuple[Message, ...] | None:
    """Chat turns in any of the common shapes as messages, None when they are not turns; system turns are left out."""
    if not isinstance(turns, list):
        return None
    messages = []
    for turn in turns:
        if not isinstance(turn, dict):
            return None
        name = turn.get("role", turn.get("from"))
        text = turn.get("content", turn.get("value"))
        if name == "system":
            continue
        if not isinstance(name, str) or name not in ROLES or not isinstance(text, str):
            return None
        messages.append(Message(ROLES[name], text))
    return tuple(messages)
