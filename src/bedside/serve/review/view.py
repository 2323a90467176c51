"""What a reviewer's browser gets to see of a case.

Of a pair: the messages, the reference where the study shows it, and two replies under A and B. Nothing that says whose
they are: no arm, no model, no id. Of a rewrite everything but its model: that audit is not blind.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from bedside.core.records import Message, Rewrite
from bedside.serve.review.differences import differences
from bedside.serve.review.records import Compared, Task

__all__ = ["view"]

NOTHING = Message("doctor", "")


def view(case: Compared | Rewrite, task: Task, reference: bool) -> dict[str, Any]:
    """A case as JSON."""
    return _pair(case, task, reference) if isinstance(case, Compared) else _rewrite(case)


def _pair(pair: Compared, task: Task, reference: bool) -> dict[str, Any]:
    one, two = (pair.arm_reply, pair.base_reply) if task.flipped else (pair.base_reply, pair.arm_reply)
    said = [{"who": "doctor" if m.role == "assistant" else "patient", "text": m.content} for m in pair.messages]
    return {
        "language": pair.language,
        "messages": said,
        "reference": pair.reference if reference else "",
        "replies": {"A": one, "B": two},
    }


def _rewrite(row: Rewrite) -> dict[str, Any]:
    turns = []
    for original, rewritten in zip_longest(row.original, row.rewritten, fillvalue=NOTHING):
        left, right = differences(original.content, rewritten.content)
        role = original.role if original is not NOTHING else rewritten.role
        turns.append({"who": role, "original": left, "rewrite": right})
    keys = ("kind", "side", "text", "outcome", "severity")
    return {
        "language": row.language,
        "status": row.status,
        "recipe": row.recipe,
        "emotion": row.emotion,
        "intensity": row.intensity,
        "turns": turns,
        "reasons": [{"gate": r.gate, "side": r.side, "severity": r.severity, "detail": r.detail} for r in row.reasons],
        "ledger": [{key: getattr(entry, key) for key in keys} for entry in row.ledger],
        "belief": row.false_belief.belief if row.false_belief else "",
    }
