"""The phrasebook rewriter: no LLM. The doctor's text stays word for word; authored sentences are put around it.

It is the embedded default and the honest baseline for rewriting by LLM. Test dialogues are given held-out sentences, so
that no patient's sentence stands in both splits.
"""

from __future__ import annotations

import random

import msgspec

from bedside.core.phrases import LEVEL_NAMES, PhraseBank, comfort_lines, paragraphs, phrase_bank, weave
from bedside.core.records import Dialogue, Message, PlannedEmotion, Recipe

__all__ = ["rewrite"]

NEUTRAL_REMARK_SHARE = 0.2
TWO_SENTENCES_SHARE = 0.3


def rewrite(dialogue: Dialogue, planned: PlannedEmotion, recipe: Recipe, seed: int) -> tuple[Message, ...]:
    """The dialogue's messages with emotion in the patient's and comfort in the doctor's; the same for the same seed."""
    rng = random.Random(f"phrasebook {seed} {dialogue.id}")
    bank = phrase_bank(dialogue.language)
    messages = list(dialogue.messages)
    if recipe != "comforting answer":
        messages[0] = _distressed(messages[0], planned, (bank, dialogue.split == "test"), rng)
    if planned.emotion != "neutral":
        _comfort(messages, planned, bank, rng)
    return tuple(messages)


def _distressed(
    message: Message, planned: PlannedEmotion, source: tuple[PhraseBank, bool], rng: random.Random
) -> Message:
    bank, held_out = source
    lines = bank.patient[planned.emotion][LEVEL_NAMES[planned.intensity]].pool("held_out" if held_out else "train")
    if planned.emotion == "neutral":
        count = 1 if rng.random() < NEUTRAL_REMARK_SHARE else 0
    else:
        count = 2 if rng.random() < TWO_SENTENCES_SHARE else 1
    return msgspec.structs.replace(message, content=weave(message.content, rng.sample(lines, count), rng))


def _comfort(messages: list[Message], planned: PlannedEmotion, bank: PhraseBank, rng: random.Random) -> None:
    """Comfort before the doctor's first words; the close, where there are several answers, comes after the last."""
    answers = [i for i, m in enumerate(messages) if m.role == "doctor"]
    first, last = answers[0], answers[-1]
    opening, closing = comfort_lines(bank, planned, rng)
    messages[first] = Message("doctor", paragraphs(opening, [messages[first].content.strip()]))
    messages[last] = Message("doctor", paragraphs([messages[last].content], closing))
