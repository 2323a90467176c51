"""What is asked for each dialogue: its emotion and recipe, by the plan. A stream; a corpus need not fit in memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from bedside.core.config import RewriteConfig
from bedside.core.errors import UserMistake
from bedside.core.files import read_rows
from bedside.core.records import Dialogue, PlannedEmotion, Recipe
from bedside.rewrite.plan import make_recipes

__all__ = ["Order", "Orders"]


class Order(msgspec.Struct, frozen=True):
    """One dialogue and what is asked of its rewrite."""

    dialogue: Dialogue
    planned: PlannedEmotion
    recipe: Recipe


class Orders:
    """The orders of a file of dialogues, as often as they are asked for; the whole file is checked first.

    Raises:
        InputFileError: a row that is no dialogue.
        UserMistake: there is none.
    """

    def __init__(self, path: Path, config: RewriteConfig, seed: int) -> None:
        self._path = path
        self._config = config
        self.count = sum(1 for _ in self._dialogues())
        if not self.count:
            raise UserMistake("holds no dialogue", where=str(path))
        self._plan = make_recipes(self.count, config.plan, seed, config.recipe)

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Order]:
        for dialogue, (planned, recipe) in zip(self._dialogues(), self._plan, strict=True):
            yield Order(dialogue, planned, recipe)

    def _dialogues(self) -> Iterator[Dialogue]:
        return islice(read_rows(self._path, Dialogue), self._config.limit)
