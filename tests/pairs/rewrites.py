"""Accepted rewrites for the tests of pairs, each with a name and numbers of its own."""

from __future__ import annotations

from typing import Any

import msgspec

from bedside.core.records import Emotion, Message, Rewrite

DRUGS = ("ibuprofen", "paracetamol", "amoxicillin", "omeprazole", "cetirizine", "metformin", "amlodipine", "warfarin")
COMFORT = "I can hear how worried you are."
FEELING = "I am so worried about this."


def answer(number: int) -> str:
    """A doctor's answer with a drug, a dose, a frequency, a duration, a prohibition and an urgency."""
    return (
        f"Take {DRUGS[number % len(DRUGS)]} {100 + 10 * number} mg twice a day for {2 + number % 9} days. "
        f"Please do not drive. Drink tea. Go to the emergency room if you faint."
    )


def row(number: int, emotion: Emotion = "anxiety", **more: Any) -> Rewrite:
    """An accepted rewrite of the training split; a neutral one is its original."""
    original = (Message("patient", f"I am case {number}."), Message("doctor", answer(number)))
    comforted = (
        Message("patient", f"{FEELING} I am case {number}."),
        Message("doctor", f"{COMFORT} {answer(number)}"),
    )
    calm = emotion == "neutral"
    made = Rewrite(
        id=f"r{number}",
        source="here",
        language="en",
        split="train",
        status="accepted",
        recipe="neutral control" if calm else "distressed query",
        emotion=emotion,
        intensity=0 if calm else 2,
        mode="none" if calm else "explicit concern",
        original=original,
        rewritten=original if calm else comforted,
    )
    return msgspec.structs.replace(made, **more)


def rows(distressed: int, neutral: int = 0) -> list[Rewrite]:
    """So many distressed rewrites, then so many neutral ones."""
    return [row(n) for n in range(distressed)] + [row(distressed + n, "neutral") for n in range(neutral)]
