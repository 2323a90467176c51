"""Warm but wrong: typed mutations of a good answer, for the rejected side of preferences.

Each keeps the comfort and breaks one thing, so that comfort and correctness are learnt together. A mutation that finds
nothing to break gives None. Mutated text is training material for what not to say; it never leaves the pairs files.

`mutate` breaks one thing of a named kind, fluently, in one place; the same seed breaks the same. It knows the wordings
of its rules (`data/mutations_*.yaml`) and the facts that `signals` reads, not whether the text was right before.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Literal, NamedTuple, get_args

from bedside.core.records import Language, Role
from bedside.pairs.drug_breaks import drug_breaks
from bedside.pairs.edits import Break, apply, broken_by_rules
from bedside.pairs.quantity_breaks import dose_breaks, duration_breaks, frequency_breaks
from bedside.pairs.sentence_breaks import (
    diagnosis_breaks,
    reassurance_breaks,
    red_flag_breaks,
    test_breaks,
)
from bedside.signals import extract

__all__ = ["KINDS", "PATIENT_KINDS", "Mutated", "Mutation", "mutate"]

Mutation = Literal[
    "dose x10", "dose small", "unit", "drug swap", "negation", "condition", "laterality", "frequency", "duration",
    "dropped test", "dropped red flag", "added diagnosis", "false reassurance", "removed uncertainty",
]  # fmt: skip
KINDS: tuple[Mutation, ...] = get_args(Mutation)
# What a patient's words can be broken by; the other kinds are about advice.
PATIENT_KINDS: tuple[Mutation, ...] = (
    "dose x10", "dose small", "unit", "drug swap", "negation", "laterality", "frequency", "duration", "added diagnosis",
)  # fmt: skip
# Kinds whose facts must differ in their comparable form, or nothing was broken.
MEASURED: dict[str, str] = {
    "dose x10": "dose", "dose small": "dose", "frequency": "frequency", "duration": "duration", "drug swap": "drug",
}  # fmt: skip


class Mutated(NamedTuple):
    """A broken answer and what was broken."""

    text: str
    kind: str


def mutate(text: str, language: Language, kind: Mutation, rng: random.Random, side: Role = "doctor") -> Mutated | None:
    """The text with one thing of a kind broken, in one place; None where it has nothing of the kind to break."""
    if side == "patient" and kind not in PATIENT_KINDS:
        return None
    breaks = _breaks(text, language, kind, side, rng)
    rng.shuffle(breaks)
    for edit in breaks:
        broken = apply(text, edit)
        if broken != text and broken.strip() and _differs(text, broken, language, kind):
            return Mutated(broken, kind)
    return None


def _breaks(text: str, language: Language, kind: Mutation, side: Role, rng: random.Random) -> list[Break]:
    """Every edit of a kind that the text affords."""
    match kind:
        case "dose x10":
            return dose_breaks(text, language, (10,), rng)
        case "dose small":
            return dose_breaks(text, language, (0.5, 2, 1.5), rng)
        case "frequency":
            return frequency_breaks(text, language, rng)
        case "duration":
            return duration_breaks(text, language, rng)
        case "drug swap":
            return drug_breaks(text, language, rng)
        case "dropped test":
            return test_breaks(text, language)
        case "dropped red flag":
            return red_flag_breaks(text, language)
        case "added diagnosis":
            return diagnosis_breaks(text, language, side, rng)
        case "false reassurance":
            return reassurance_breaks(text, language, rng)
        case "removed uncertainty":
            return broken_by_rules(text, language, "uncertainty")
        case _:
            return broken_by_rules(text, language, kind)


def _differs(text: str, broken: str, language: Language, kind: Mutation) -> bool:
    """Whether the facts that a kind is about are others now, in their comparable form."""
    if kind not in MEASURED:
        return True
    before, after = (Counter(f.norm for f in extract(t, language) if f.kind == MEASURED[kind]) for t in (text, broken))
    return before != after
