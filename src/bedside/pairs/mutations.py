"""Warm but wrong: typed mutations of a good answer, for the rejected side of preferences.

Each keeps the comfort and breaks one thing, so that comfort and correctness are learnt together. A mutation that finds
nothing to break gives None. Mutated text is training material for what not to say; it never leaves the pairs files.

`mutate` breaks one thing of a named kind, fluently, in one place; the same seed breaks the same. It knows the wordings
of its rules (`data/mutations_*.yaml`) and the facts that `signals` reads, not whether the text was right before.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import cache
from typing import Any, Literal, NamedTuple, get_args

from bedside.core.phrases import load_yaml
from bedside.core.records import Language, Role
from bedside.core.text import join_sentences, sentences
from bedside.pairs.drug_breaks import drug_breaks
from bedside.pairs.edits import Break, apply, broken_by_rules
from bedside.pairs.quantity_breaks import dose_breaks, duration_breaks, frequency_breaks
from bedside.pairs.sentence_breaks import (
    diagnosis_breaks,
    reassurance_breaks,
    reassurances,
    red_flag_breaks,
    test_breaks,
)
from bedside.signals import Fact, extract

__all__ = ["KINDS", "PATIENT_KINDS", "Mutated", "Mutation", "break_fact", "mutate", "reassure_falsely"]

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

CHINESE_NUMBER = re.compile("[一二三四五六七八九十]{2,}")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
PROHIBITING = re.compile(r"\b(?:do not|don't|never)\s+|不要|切勿|请勿|避免|忌|禁止", re.IGNORECASE)


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


def reassure_falsely(answer: str, language: Language, rng: random.Random) -> Mutated:
    """The answer with an unfounded reassurance where the advice on danger was, or else before its last sentence."""
    lines = reassurances(language)
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
