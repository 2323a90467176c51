"""Warm but wrong: typed mutations of a good answer, for the rejected side of preferences.

Each keeps the comfort and breaks one thing, so that comfort and correctness are learnt together. A mutation that finds
nothing to break gives None. Mutated text is training material for what not to say; it never leaves the pairs files.
"""

from __future__ import annotations

import random
import re
from functools import cache
from typing import Any, NamedTuple

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.core.text import join_sentences, sentences
from bedside.signals import Fact, extract

__all__ = ["Mutated", "break_fact", "reassure_falsely"]

FIRST_NUMBER = re.compile(r"\d+(?:\.\d+)?")
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
        return str(rng.choice([d for d in load_swaps()["drugs"] if d != fact.norm]))
    number = FIRST_NUMBER.search(fact.text)
    if number:
        factor = rng.choice((10, 5, 3) if fact.kind == "dose" else (3, 4))
        return f"{fact.text[: number.start()]}{float(number[0]) * factor:g}{fact.text[number.end() :]}"
    word, others = _number_words()
    return word.sub(lambda m: others[m[0].lower()], fact.text, count=1) if word.search(fact.text) else None


@cache
def load_swaps() -> dict[str, Any]:
    """What number words and drugs are swapped for."""
    return dict(load_yaml("pairs/data/swaps.yaml"))


@cache
def _number_words() -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern of number words, and the other word that each becomes."""
    others: dict[str, str] = load_swaps()["number_words"]
    parts = [rf"\b{word}\b" if word.isascii() else word for word in others]
    return re.compile("|".join(parts), re.IGNORECASE), others


@cache
def _reassurances(language: Language) -> tuple[str, ...]:
    return tuple(load_yaml(f"pairs/data/false_reassurance_{language}.yaml"))
