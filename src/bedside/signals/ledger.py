"""The fact ledger: what became of each critical fact of an original in its rewrite.

A fact is `kept` when the rewrite states its equivalent; `changed` when the rewrite states another of the same kind that
the original does not; otherwise `lost`. What only the rewrite states is `added`. Comfort sentences state no facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bedside.core.records import Language, LedgerEntry, Role
from bedside.core.text import sentences
from bedside.signals.comfort import comfort_acts
from bedside.signals.facts import SEVERITY, Fact, FactKind, extract, spoken_numbers

__all__ = ["compare"]


def compare(original: str, rewrite: str, language: Language, side: Role) -> tuple[LedgerEntry, ...]:
    """The ledger of one side's words; facts of the original come first, in order of place."""
    before, after = _read(original, language, side), _read(rewrite, language, side)
    added = _without(after, before, original)
    gone = _without(before, after, rewrite)
    replaced = {fact.kind for fact in added}
    entries = [
        _entry(f, side, "kept" if f not in gone else "changed" if f.kind in replaced else "lost") for f in _once(before)
    ]
    # A fact that replaced another is told of as `changed` once, at the original's place.
    changed = {fact.kind for fact in gone}
    return (*entries, *(_entry(f, side, "added") for f in _once(added) if f.kind not in changed))


def _read(text: str, language: Language, side: Role) -> tuple[Fact, ...]:
    """A text's facts; a patient forbids nothing, and what a comforting sentence asks for ("do not carry this alone") is
    neither prohibition nor urgency."""
    facts = extract(text, language)
    if side == "patient":
        return tuple(fact for fact in facts if fact.kind != "prohibition")
    soothing = _comforting_spans(text, language)
    return tuple(
        fact
        for fact in facts
        if fact.kind not in ("prohibition", "urgency") or not any(a <= fact.start < b for a, b in soothing)
    )


def _comforting_spans(text: str, language: Language) -> list[tuple[int, int]]:
    """The sentences that perform a comfort act and name no drug or dose."""
    spans, start = [], 0
    for sentence in sentences(text):
        if comfort_acts(sentence, language) and not any(
            f.kind in ("drug", "dose", "test") for f in extract(sentence, language)
        ):
            spans.append((start, start + len(sentence)))
        start += len(sentence)
    return spans


def _without(facts: Iterable[Fact], others: tuple[Fact, ...], other_text: str) -> list[Fact]:
    """The facts that have no equivalent among the others."""
    norms = {(f.kind, f.norm) for f in others}
    numbers = spoken_numbers(other_text)
    forbidden = [set(f.norm.split()) for f in others if f.kind == "prohibition"]
    return [f for f in facts if not _stated(f, norms, numbers, (forbidden, other_text))]


def _stated(fact: Fact, norms: set[tuple[FactKind, str]], numbers: set[str], other: tuple[list[set[str]], str]) -> bool:
    forbidden, other_text = other
    if (fact.kind, fact.norm) in norms:
        return True
    if fact.kind in ("number", "age"):
        # "3 things" may become "three things", and "24 years old" "at 24".
        return fact.norm in numbers or re.search(rf"(?<![\d.]){re.escape(fact.norm)}(?![\d])", other_text) is not None
    if fact.kind == "prohibition":
        words = set(fact.norm.split())
        return any(2 * len(words & other) >= min(len(words), len(other)) for other in forbidden)
    return False


def _once(facts: Iterable[Fact]) -> list[Fact]:
    """Each (kind, norm) once, at its first place."""
    return list({(f.kind, f.norm): f for f in reversed(list(facts))}.values())[::-1]


def _entry(fact: Fact, side: Role, outcome: str) -> LedgerEntry:
    return LedgerEntry(fact.kind, side, fact.text, fact.norm, outcome, SEVERITY[fact.kind])  # type: ignore[arg-type]
