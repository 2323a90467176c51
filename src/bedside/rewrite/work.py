"""The part of rewriting that costs processor time and talks to no model: auditing, judging, the phrasebook.

Each piece of work is a record, so that it can be sent to another process; the same work has the same result anywhere.
"""

from __future__ import annotations

from typing import Any

import msgspec

from bedside.core.records import Dialogue, FalseBelief, Message, Reason, Usage
from bedside.rewrite.gates import Case, Verdict, judge
from bedside.rewrite.order import Order
from bedside.rewrite.phrasebook import rewrite as by_phrasebook
from bedside.rewrite.source_gate import unsafe_sources

__all__ = ["Attempted", "Audit", "Compose", "Defect", "Judge", "Work", "perform"]


class Attempted(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far the tries came: the last rewrite (empty when there was none) and its verdict.

    `cause` is why a row failed, or `no rewrite` when the answers could not be read as one.
    """

    messages: tuple[Message, ...]
    verdict: Verdict
    attempts: int
    usage: Usage
    failed: bool = False
    cause: str = ""
    model: str = ""
    false_belief: FalseBelief | None = None


class Audit(msgspec.Struct, frozen=True, tag="audit"):
    """Is the source answer itself unsafe? Gives the reasons, none when it is safe."""

    dialogue: Dialogue


class Judge(msgspec.Struct, frozen=True, tag="judge"):
    """Put a rewrite through the gates. Gives a Verdict."""

    case: Case


class Compose(msgspec.Struct, frozen=True, tag="compose"):
    """Rewrite by the phrasebook, and judge. Gives an Attempted."""

    order: Order
    seed: int


Work = Audit | Judge | Compose


class Defect(Exception):
    """A gate that broke down over a row: a mistake of bedside, told with the place where it happened."""


def perform(work: Work) -> Any:
    """Do a piece of work: reasons, a Verdict, or an Attempted, as its record says."""
    if isinstance(work, Judge):
        return judge(work.case)
    if isinstance(work, Audit):
        found: tuple[Reason, ...] = unsafe_sources([work.dialogue]).get(work.dialogue.id, ())
        return found
    order = work.order
    messages = by_phrasebook(order.dialogue, order.planned, order.recipe, work.seed)
    verdict = judge(Case(order.dialogue.language, order.dialogue.messages, messages, order.planned, order.recipe))
    return Attempted(messages, verdict, 1, Usage(), model="phrasebook")
