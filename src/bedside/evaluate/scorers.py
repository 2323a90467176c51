"""Scoring one reply against its item, offline. A score is a finite number, or None with a reason in `unscored`.

Facts are checked exactly where the item knows them (the clinic); elsewhere the critical facts that `signals` reads in
the reference are looked for in the reply, which misses what the reader does not know.
"""

from __future__ import annotations

from bedside.core.records import Item, Reply, Score
from bedside.core.text import word_count
from bedside.signals import anti_acts, comfort_acts, comforts, compare, flat, states

__all__ = ["score"]


def score(item: Item, reply: Reply) -> Score:
    """What is read in a reply."""
    if reply.finish.startswith("error"):
        return _unscored(item, reply.finish)
    total, lost = _facts(item, reply.text)
    return Score(
        item=item.id,
        dialogue=item.dialogue,
        tone=item.tone,
        acts=tuple(sorted({finding.kind for finding in comfort_acts(reply.text, item.language)})),
        comforted=comforts(reply.text, item.language),
        anti_acts=tuple(sorted({finding.kind for finding in anti_acts(reply.text, item.language)})),
        facts_total=total,
        facts_lost=lost,
        facts_kept=1 - len(lost) / total if total else None,
        words=word_count(reply.text),
        reference_words=word_count(item.reference),
        unscored="" if total else "facts: the reference states none that can be checked",
    )


def _facts(item: Item, text: str) -> tuple[int, tuple[str, ...]]:
    """How many facts the reference states, and which of them the reply does not."""
    if item.facts:
        plain = flat(text)
        return len(item.facts), tuple(f"{f.kind}: {', '.join(f.keys)}" for f in item.facts if not states(plain, f))
    ledger = compare(item.reference, text, item.language, "doctor")
    # Statements (without a normal form) are told of only where they changed: a share of them would mean nothing.
    ledger = tuple(entry for entry in ledger if entry.outcome != "added" and entry.norm)
    return len(ledger), tuple(f"{entry.kind}: {entry.text}" for entry in ledger if entry.outcome != "kept")


def _unscored(item: Item, reason: str) -> Score:
    return Score(item.id, item.dialogue, item.tone, (), None, (), 0, (), None, 0, word_count(item.reference), reason)
