"""The gate before rewriting: source answers that are themselves unsafe, with their reasons."""

from __future__ import annotations

from collections.abc import Iterable

from bedside.core.records import Dialogue, Reason, joined
from bedside.signals.audit import audit

__all__ = ["unsafe_sources"]


def unsafe_sources(dialogues: Iterable[Dialogue]) -> dict[str, tuple[Reason, ...]]:
    """The dialogues (by id) whose answer has a critical defect, each with all its defects as reasons."""
    found = {}
    for dialogue in dialogues:
        defects = audit(joined(dialogue.messages, "patient"), joined(dialogue.messages, "doctor"), dialogue.language)
        if any(defect.severity == "critical" for defect in defects):
            found[dialogue.id] = tuple(Reason("source audit", d.side, d.severity, d.detail) for d in defects)
    return found
