"""Whether the fact ledger sees that one fact differs between two answers, and no second one. Pure."""

from __future__ import annotations

from bedside.core.records import Language, LedgerEntry
from bedside.signals import compare

__all__ = ["facts_apart", "places_apart"]

# A changed fact echoes: its sentence says something else, a "not" is gone, a rule holds no longer.
ECHOES = frozenset({"statement", "question", "negation", "certainty", "direction", "prohibition"})
# What the ledger may call one change in a time: every 8 hours is a frequency, for 8 hours a duration.
TIMES = frozenset({"frequency", "duration", "timing"})


def facts_apart(good: str, bad: str, language: Language, several: bool = False) -> bool:
    """Whether exactly one fact differs; with `several`, whether any does (a sentence that is dropped holds several)."""
    places = places_apart(good, bad, language)
    return places >= 1 if several else places == 1


def places_apart(before: str, after: str, language: Language, known: tuple[str, ...] = ()) -> int:
    """How many facts differ between two answers: facts with a name or number, or, where none does, what else differs.

    One of a kind that is gone and one of that kind that is new are one change. The second answer may repeat what is
    `known` (the patient's words).
    """
    changed = [entry for entry in compare(before, after, language, "doctor", known) if entry.outcome != "kept"]
    named = [entry for entry in changed if entry.kind not in ECHOES]
    return _named(named) if named else min(1, len(changed))


def _named(entries: list[LedgerEntry]) -> int:
    gone, new = ([_topic(e.kind) for e in entries if (e.outcome == "added") == added] for added in (False, True))
    topics = {*gone, *new}
    return sum(max(gone.count(topic), new.count(topic)) for topic in topics)


def _topic(kind: str) -> str:
    return "time" if kind in TIMES else kind
