"""Warm but wrong: typed mutations of a good answer, for the rejected side of preferences.

Each keeps the comfort and breaks one thing, so that comfort and correctness are learnt together. A mutation that finds
nothing to break gives None. Mutated text is training material for what not to say; it never leaves the pairs files.
"""

from __future__ import annotations

import random
import re
from functools import cache
from typing import NamedTuple

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.core.text import join_sentences, sentences
from bedside.signals import Fact, extract

__all__ = ["Mutated", "break_fact", "reassure_falsely"]

FIRST_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Swaps that change how often or how long.
OTHER_WORD = {
    "once": "three times", "twice": "six times", "one": "four", "two": "six", "three": "one", "four": "one", "five": "two",
    "six": "two", "seven": "two", "eight": "two", "ten": "three", "a": "three",
    "一": "四", "两": "六", "二": "六", "三": "一", "四": "一", "五": "二", "六": "二", "七": "二", "八": "二", "十": "三",
}  # fmt: skip
WORD = re.compile("|".join([rf"\b{w}\b" for w in OTHER_WORD if w.isascii()] + [w for w in OTHER_WORD if not w.isascii()]), re.IGNORECASE)
PROHIBITING = re.compile(r"\b(?:do not|don't|never)\s+|不要|切勿|请勿|避免|忌|禁止", re.IGNORECASE)


class Mutated(NamedTuple):
    """A broken answer and what was broken."""

    text: str
    kind: str


def reassure_falsely(answer: str, language: Language, rng: random.Random) -> Mutated:
    """The answer with an unfounded reassurance where the advice on danger was, or else before its last sentence."""
    lines = _reassurances(language)
    parts = sentences(answer)
    urgent = [i for i, part in enumerate(parts) if any(f.kind == "urgency" for f in extract(part, language))]
    if urgent:
        parts[urgent[0]] = rng.choice(lines)
    else:
        parts.insert(max(1, len(parts) - 1), rng.choice(lines))
    return Mutated(join_sentences(parts), "false reassurance")


def break_fact(answer: str, language: Language, rng: random.Random) -> Mutated | None:
    """The answer with one fact changed: a dose, frequency, duration, drug or prohibition."""
    facts = [f for f in extract(answer, language) if f.kind in ("dose", "frequency", "duration", "drug", "prohibition")]
    rng.shuffle(facts)
    for fact in facts:
        changed = _changed(fact, rng)
        if changed is not None and changed != answer[fact.start : fact.end]:
            text = answer[: fact.start] + changed + answer[fact.end :]
            return Mutated(text[:1].upper() + text[1:], fact.kind)
    return None


def _changed(fact: Fact, rng: random.Random) -> str | None:
    if fact.kind == "prohibition":
        return PROHIBITING.sub("", fact.text, count=1) if PROHIBITING.search(fact.text) else None
    if fact.kind == "drug":
        return rng.choice([d for d in COMMON_DRUGS if d != fact.norm])
    number = FIRST_NUMBER.search(fact.text)
    if number:
        factor = rng.choice((10, 5, 3) if fact.kind == "dose" else (3, 4))
        return f"{fact.text[: number.start()]}{float(number[0]) * factor:g}{fact.text[number.end() :]}"
    return WORD.sub(lambda m: OTHER_WORD[m[0].lower()], fact.text, count=1) if WORD.search(fact.text) else None


COMMON_DRUGS = (
    "aspirin", "ibuprofen", "paracetamol", "amoxicillin", "prednisolone", "omeprazole", "metformin", "cetirizine",
    "warfarin", "diazepam", "tramadol", "furosemide", "amlodipine", "levothyroxine",
)  # fmt: skip


@cache
def _reassurances(language: Language) -> tuple[str, ...]:
    return tuple(load_yaml(f"pairs/data/false_reassurance_{language}.yaml"))
