"""What the arms are asked: held-out consultations, each posed calmly and, where it was rewritten so, in distress; and
the shipped probes that the settings name.

The question is everything before the doctor's first answer; that answer is the reference.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from bedside.core.config import EvaluateConfig
from bedside.core.errors import InputFileError, UserMistake
from bedside.core.files import read_rows
from bedside.core.records import Emotion, Item, Message, Mode, Rewrite, Tone, chat_messages
from bedside.evaluate.probes import LANGUAGES, probe_items

__all__ = ["choose", "read_items"]

Row = TypeVar("Row")


def read_items(paths: list[Path]) -> list[Item]:
    """The items of files of items, or of rewrites (their test split).

    Raises:
        InputFileError: a row that is neither.
        UserMistake: there is none, or two share an id.
    """
    items: list[Item] = []
    for path in paths:
        for number, row in enumerate(read_rows(path, dict), start=1):
            items += _of_row(row, f"{path}:{number}")
    ids = {item.id for item in items}
    if not items:
        raise UserMistake("holds no item of the test split", where=", ".join(map(str, paths)))
    if len(ids) != len(items):
        raise UserMistake("two items share an id", where=", ".join(map(str, paths)), remedy="Make the ids unique.")
    return items


def choose(items: list[Item], config: EvaluateConfig, seed: int) -> list[Item]:
    """As many consultations of each tone as the settings ask for, and all other items, then the settings' probes.

    Calm ones whose distressed twin is asked come first; probes are asked in the languages of the items alone.
    """
    rng = random.Random(f"items {seed}")
    distressed = [item for item in items if item.kind == "dialogue" and item.tone == "distressed"]
    neutral = [item for item in items if item.kind == "dialogue" and item.tone == "neutral"]
    others = [item for item in items if item.kind != "dialogue"]
    rng.shuffle(distressed)
    rng.shuffle(neutral)
    distressed = distressed[: config.distressed]
    twins = {item.dialogue for item in distressed}
    neutral.sort(key=lambda item: item.dialogue not in twins)
    languages = {item.language for item in items} or LANGUAGES
    own = {item.id for item in items}
    probes = [p for p in probe_items(config.probes, config.probe_limit, seed, languages) if p.id not in own]
    return [*distressed, *neutral[: config.neutral], *others, *probes]


def _of_row(row: dict[str, object], where: str) -> Iterator[Item]:
    if "rewritten" not in row:
        yield _converted(row, Item, where)
        return
    rewrite = _converted(row, Rewrite, where)
    # A test rewrite whose patient's side says something else medically is no fair question.
    unfair = rewrite.status == "failed" or any(r.side == "patient" and r.gate != "emotion" for r in rewrite.reasons)
    if rewrite.split != "test" or unfair or not rewrite.rewritten:
        return
    feeling = (rewrite.emotion, rewrite.intensity, rewrite.mode)
    if rewrite.emotion == "neutral":
        yield _item(rewrite, rewrite.rewritten, "neutral", feeling)
    else:
        yield _item(rewrite, rewrite.rewritten, "distressed", feeling)
        yield _item(rewrite, rewrite.original, "neutral", ("neutral", 0, "none"))


def _converted(row: dict[str, object], kind: type[Row], where: str) -> Row:
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as error:
        raise InputFileError(f"neither an item nor a rewrite: {error}", where=where) from None


def _item(row: Rewrite, messages: tuple[Message, ...], tone: Tone, feeling: tuple[Emotion, int, Mode]) -> Item:
    answer = next(i for i, m in enumerate(row.original) if m.role == "doctor")
    return Item(
        id=f"{row.id}/{tone}",
        dialogue=row.id,
        language=row.language,
        tone=tone,
        emotion=feeling[0],
        intensity=feeling[1],
        mode=feeling[2],
        messages=chat_messages(messages[:answer]),
        reference=row.original[answer].content,
        facts=row.facts,
    )
