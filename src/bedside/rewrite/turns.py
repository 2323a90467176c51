"""The gate on dialogues of several turns: each fact in its own turn, and no comfort said twice.

Taken together the turns may hold every fact and still be out of order: an answer before its question, advice that has
moved. Here each turn is compared with what was said up to it. Pure; a dialogue of one turn a side has no such fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bedside.core.records import Language, Message, Reason
from bedside.core.text import sentences, word_count
from bedside.signals.equivalents import stated
from bedside.signals.facts import Fact
from bedside.signals.reading import Reading, read_text

__all__ = ["turn_reasons"]

# What has a place in a dialogue. Others (who is spoken of, how urgent it is) are repeated freely.
PLACED = frozenset({"dose", "frequency", "drug", "test", "diagnosis", "lab value", "duration"})
# A shorter sentence ("Thank you.") may come again.
LEAST_WORDS = 5
# Sentences of which this share of the words is the same say the same.
SAME_WORDS = 0.8
WORD = re.compile(r"[^\W_\u3400-\u9fff]+|[\u3400-\u9fff]")
Turns = tuple[Message, ...]


def turn_reasons(original: Turns, rewritten: Turns, language: Language) -> Iterator[Reason]:
    """A reason for the first fact told before or after its turn, and for the first comfort told twice."""
    if len(original) <= 2 or len(original) != len(rewritten):
        return
    before, after = ([read_text(m.content, language) for m in turns] for turns in (original, rewritten))
    for number, message in enumerate(rewritten):
        early = _told_elsewhere(after[number], before[: number + 1], before[number + 1 :])
        if early:
            yield _reason(message, f"Turn {number + 1} tells “{early.text}” before its turn. Leave it where it was.")
            break
        late = _told_elsewhere(before[number], after[: number + 1], after[number + 1 :])
        if late:
            yield _reason(message, f"“{late.text}” has moved from turn {number + 1} to a later one. Put it back.")
            break
    yield from _repeated(original, rewritten)


def _reason(message: Message, detail: str) -> Reason:
    return Reason("turns", message.role, "major", detail)


def _told_elsewhere(turn: Reading, up_to_here: list[Reading], later: list[Reading]) -> Fact | None:
    """A fact of a turn that the other version tells only later."""
    placed = (f for f in turn.facts if f.kind in PLACED and not any(stated(f, text) for text in up_to_here))
    return next((f for f in placed if any((f.kind, f.norm) in text.norms for text in later)), None)


def _repeated(original: Turns, rewritten: Turns) -> Iterator[Reason]:
    """The first sentence of the doctor that comes again in a later turn and does not in the original."""
    known = [set(WORD.findall(s.casefold())) for m in original for s in sentences(m.content)]
    earlier: list[set[str]] = []
    for number, message in enumerate(rewritten):
        if message.role != "doctor":
            continue
        said = [s for s in sentences(message.content) if word_count(s) >= LEAST_WORDS]
        for sentence in said:
            words = set(WORD.findall(sentence.casefold()))
            if any(_same(words, one) for one in earlier) and not any(_same(words, one) for one in known):
                detail = f"Turn {number + 1} repeats an earlier turn: “{sentence.strip()}”."
                yield _reason(message, f"{detail} Say something of its own, or nothing.")
                return
        earlier += [set(WORD.findall(s.casefold())) for s in said]


def _same(one: set[str], other: set[str]) -> bool:
    return len(one & other) >= SAME_WORDS * max(len(one), len(other), 1)
