"""The authored phrase banks: what distressed patients say and how a good doctor meets it, in `en` and `zh`.

The sentences are package data (`phrases/*.yaml`). Each patient list is split into `train` and `held_out`, which share
no line; what is evaluated is asked in held-out words.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, Literal

import msgspec
import yaml

from bedside.core.records import Emotion, Language, PlannedEmotion
from bedside.core.text import join_sentences, sentences

__all__ = [
    "LEVEL_NAMES",
    "DoctorPhrases",
    "PatientPhrases",
    "PhraseBank",
    "comfort_lines",
    "load_yaml",
    "paragraphs",
    "phrase_bank",
    "surround",
    "weave",
]

Pool = Literal["train", "held_out"]
# The phrase bank's name for each intensity.
LEVEL_NAMES = {0: "calm", 1: "implicit", 2: "explicit_2", 3: "explicit_3"}


class PatientPhrases(msgspec.Struct, frozen=True):
    """A list of sentences for training and another, disjoint, for evaluation."""

    train: tuple[str, ...]
    held_out: tuple[str, ...]

    def pool(self, name: Pool) -> tuple[str, ...]:
        return self.train if name == "train" else self.held_out


class DoctorPhrases(msgspec.Struct, frozen=True):
    """A doctor's sentences for one emotion, by the comfort act that they perform."""

    names: tuple[str, ...]
    legitimises: tuple[str, ...]
    respects: tuple[str, ...]
    supports: tuple[str, ...]


class AnyPhrases(msgspec.Struct, frozen=True):
    supports: tuple[str, ...]
    invites: tuple[str, ...]


class PhraseBank(msgspec.Struct, frozen=True):
    """`patient[emotion][level]`, level being `implicit`, `explicit_2`, `explicit_3`, or `calm` for neutral."""

    patient: dict[Emotion, dict[str, PatientPhrases]]
    doctor: dict[Emotion, DoctorPhrases]
    any: AnyPhrases


@cache
def phrase_bank(language: Language) -> PhraseBank:
    """The phrase bank of a language."""
    doctor = dict(load_yaml(f"phrases/doctor_{language}.yaml"))
    anything = doctor.pop("any")
    bank = {"patient": load_yaml(f"phrases/patient_{language}.yaml"), "doctor": doctor, "any": anything}
    return msgspec.convert(bank, PhraseBank)


def load_yaml(name: str) -> Any:
    """Package data by its path inside the package."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is ten times as fast, where it is built
    return yaml.load(resources.files("bedside").joinpath(name).read_text(encoding="utf-8"), Loader=loader)


def weave(text: str, lines: Sequence[str], rng: random.Random) -> str:
    """A patient's message with sentences put in: before it, after it, or between two of its sentences."""
    parts = sentences(text)
    for line in lines:
        parts.insert(rng.choice((0, len(parts), rng.randint(0, len(parts)))), line)
    return join_sentences(parts)


def surround(answer: str, bank: PhraseBank, planned: PlannedEmotion, rng: random.Random) -> str:
    """A doctor's answer, word for word, with comfort before and after it (see `comfort_lines`), as paragraphs."""
    opening, closing = comfort_lines(bank, planned, rng)
    return paragraphs(opening, [answer.strip()], closing)


def paragraphs(*parts: list[str]) -> str:
    """Sentences as paragraphs, a blank line between: comfort and medicine stand apart, each found at a glance."""
    return "\n\n".join(join_sentences(part) for part in parts if part)


def comfort_lines(bank: PhraseBank, planned: PlannedEmotion, rng: random.Random) -> tuple[list[str], list[str]]:
    """What a doctor says before and after the answer, in the measure of the feeling.

    A hint (intensity 1) is met by naming it; what was said openly is also legitimised or respected; what is strong is
    always followed up after the answer, the rest every other time.
    """
    lines = bank.doctor[planned.emotion]
    opening = [rng.choice(lines.names)]
    if planned.intensity >= 2:
        opening.append(rng.choice(rng.choice((lines.legitimises, lines.respects))))
    closing = []
    if planned.intensity >= 3 or rng.random() < 0.5:
        closing.append(rng.choice(rng.choice((lines.supports, bank.any.supports, bank.any.invites))))
    return opening, closing
