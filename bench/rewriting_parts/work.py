"""The work that every client is given: the clinic's consultations, their prompts, and replies that pass the gates.

A reply is the phrase bank's rewrite of the consultation, in the JSON that bedside's prompt asks for. Consultations
whose rewrite a gate would turn down are passed over, so that one request a row is enough and no client waits for
another's retries. Written to a folder: `dialogues.jsonl` for bedside, `prompts.jsonl` (row, system, user) for the
others, `answers.jsonl` (user, reply) for the endpoint.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from bedside.clinic import consultations
from bedside.core.config import PlanConfig
from bedside.core.files import write_rows
from bedside.core.records import Dialogue, Message, PlannedEmotion, Recipe
from bedside.rewrite.gates import Case, judge
from bedside.rewrite.phrasebook import rewrite
from bedside.rewrite.plan import make_plan
from bedside.rewrite.recipes import prompt
from bedside.rewrite.source_gate import unsafe_sources

__all__ = ["made"]

SEED = 0
SPARE = 4


class Prompt(msgspec.Struct, frozen=True):
    """One row's messages."""

    row: int
    system: str
    user: str


class Answer(msgspec.Struct, frozen=True):
    """What the endpoint replies to a user message."""

    user: str
    reply: str


def made(folder: Path, rows: int) -> Path:
    """The folder with the work of `rows` rows; it is written unless it is there.

    The plan of emotions is the one that `bedside rewrite` makes for as many rows with its defaults.
    """
    if folder.exists():
        return folder
    source = consultations(rows * SPARE, SEED, "train")
    dialogues, prompts, answers = [], [], []
    for number, planned in enumerate(make_plan(rows, PlanConfig(), SEED)):
        recipe: Recipe = "neutral control" if planned.emotion == "neutral" else "distressed query"
        dialogue, messages = _passing(source, planned, recipe)
        system, user = prompt(dialogue, planned, recipe)
        reply = msgspec.json.encode({"messages": messages}).decode()
        dialogues.append(dialogue)
        prompts.append(Prompt(number, system.content, user.content))
        answers.append(Answer(user.content, reply))
    folder.mkdir(parents=True)
    write_rows(folder / "dialogues.jsonl", dialogues)
    write_rows(folder / "prompts.jsonl", prompts)
    write_rows(folder / "answers.jsonl", answers)
    return folder


def _passing(source: Any, planned: PlannedEmotion, recipe: Recipe) -> tuple[Dialogue, tuple[Message, ...]]:
    """The next consultation whose rewrite passes, and that rewrite."""
    for dialogue in source:
        if unsafe_sources([dialogue]):
            continue
        messages = rewrite(dialogue, planned, recipe, SEED)
        if judge(Case(dialogue.language, dialogue.messages, messages, planned, recipe)).accepted:
            return dialogue, messages
    raise AssertionError("the clinic has run out of consultations: raise SPARE")
