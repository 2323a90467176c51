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

CHINESE_NUMBER = re.compile("[一二三四五六七八九十]{2,}")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
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
        end = fact.start + len(answer[fact.start : fact.end].rstrip())
        stood = answer[fact.start : end]
        changed = _changed(fact, stood, language, rng)
        if changed is not None and changed != stood:
            return Mutated(answer[: fact.start] + changed + answer[end:], fact.kind)
    return None


def _changed(fact: Fact, stood: str, language: Language, rng: random.Random) -> str | None:
    """Another wording of what stood there, that says something else; None where nothing can be broken."""
    if fact.kind == "prohibition":
        return _allowed(stood)
    if fact.kind == "drug":
        return str(rng.choice([d for d in load_swaps()["drugs"][language] if d not in (fact.norm, stood)]))
    numbers = list(NUMBER.finditer(stood))
    if numbers:
        factor = rng.choice((10, 5, 3) if fact.kind == "dose" else (3, 4))
        return NUMBER.sub(lambda m: f"{float(m[0]) * factor:g}", stood)
    if CHINESE_NUMBER.search(stood):
        return CHINESE_NUMBER.sub("三", stood, count=1)
    word, others = _number_words()
    return word.sub(lambda m: others[m[0].lower()], stood, count=1) if word.search(stood) else None


def _allowed(stood: str) -> str | None:
    """A prohibition without its "do not"; what opened a sentence opens it with a capital still."""
    match = PROHIBITING.search(stood)
    if match is None:
        return None
    rest = stood[match.end() :]
    opens = match[0][:1].isupper()
    return stood[: match.start()] + (rest[:1].upper() + rest[1:] if opens else rest)


@cache
def load_swaps() -> dict[str, Any]:
    """What number words and drugs are swapped for."""
    return dict(load_yaml("pairs/data/swaps.yaml"))


@cache
def _number_words() -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern of number words, and the other word that each becomes."""
    others: dict[str, str] = load_swaps()["number_words"]
    digits = "".join(word for word in others if not word.isascii())
    # Of a longer Chinese number (十二) no single character is swapped.
    parts = [rf"\b{w}\b" if w.isascii() else rf"(?<![{digits}]){w}(?![{digits}])" for w in others]
    return re.compile("|".join(parts), re.IGNORECASE), others


@cache
def _reassurances(language: Language) -> tuple[str, ...]:
    return tuple(load_yaml(f"pairs/data/false_reassurance_{language}.yaml"))
