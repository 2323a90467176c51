"""Which conversations can be told as a chat: patient and doctor in turn, the patient first, the doctor last. Pure.

A conversation is kept whole or left out with its reason; nothing is cut, merged or padded.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from bedside.core.records import ChatMessage, LeftOut, LeftOutReason, Message, Rewrite, chat_messages
from bedside.core.text import word_count

__all__ = ["Told", "chat", "told"]


class Told(NamedTuple):
    """Rewrites that can be told as a chat, and those that cannot."""

    kept: list[Rewrite]
    left_out: list[LeftOut]


def told(rows: list[Rewrite], max_words: int | None) -> Told:
    """Part the rewrites; longer than `max_words` (all turns together, in either version) is too long."""
    kept, left_out = [], []
    for row in rows:
        found = _reason(row, max_words)
        if found is None:
            kept.append(row)
        else:
            left_out.append(LeftOut(row.id, "all", *found))
    return Told(kept, left_out)


def chat(messages: tuple[Message, ...], system_prompt: str) -> tuple[ChatMessage, ...]:
    """The conversation for a model, the system prompt first where there is one."""
    system = (ChatMessage("system", system_prompt),) if system_prompt else ()
    return (*system, *chat_messages(messages))


def _reason(row: Rewrite, max_words: int | None) -> tuple[LeftOutReason, str] | None:
    for version, messages in (("original", row.original), ("rewrite", row.rewritten)):
        reason = _untellable(messages)
        if reason is not None:
            return reason, f"{version}: {', '.join(m.role for m in messages) or 'no turn'}"
        words = sum(word_count(m.content) for m in messages)
        if max_words is not None and words > max_words:
            return "too_long", f"{version}: {words} words, at most {max_words}"
    if len(row.original) != len(row.rewritten):
        return "turns_differ", f"original: {len(row.original)} turns, rewrite: {len(row.rewritten)}"
    return None


def _untellable(messages: tuple[Message, ...]) -> LeftOutReason | None:
    if not any(m.role == "doctor" for m in messages):
        return "no_doctor_turn"
    if messages[0].role == "doctor":
        return "doctor_first"
    if any(one.role == two.role for one, two in pairwise(messages)):
        return "two_turns_of_one_role"
    if messages[-1].role == "patient":
        return "ends_with_patient"
    return "empty_turn" if any(not m.content.strip() for m in messages) else None
