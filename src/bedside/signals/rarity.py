"""How rare a word is in consultations, and the linear decisions of the ledger: figures learnt by `train_ledger`. Pure.

A rare word tells more about what a text says than a common one. What the table does not hold is as rare as can be.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from bedside.core.records import Language
from bedside.signals.words import CONTENT, Word

__all__ = ["RAREST", "WEIGHTS", "Decision", "decision", "rarity", "worth"]

WEIGHTS = "signals/weights/ledger.json"
# The rarity (the logarithm of sentences to those with the word) of an unknown word, and of a number.
RAREST, NUMBER = 9.0, 7.0
# A word of little content is worth so much of its rarity.
LIGHT_SHARE = 0.4


class Decision(NamedTuple):
    """Weights by feature; a score above 0 is a finding."""

    features: tuple[str, ...]
    weights: NDArray[np.float64]
    bias: float

    def scores(self, rows: list[list[float]]) -> list[float]:
        """One score for each row of features."""
        return [float(s) for s in np.array(rows, dtype=np.float64) @ self.weights + self.bias] if rows else []


@cache
def _learnt() -> Any:
    return msgspec.json.decode((resources.files("bedside") / WEIGHTS).read_bytes())


@cache
def decision(name: str) -> Decision:
    """A decision by its name: `lost` or `found`."""
    data = _learnt()["decisions"][name]
    return Decision(tuple(data["features"]), np.array(data["weights"]), data["bias"])


@cache
def _rarities(language: Language) -> dict[str, float]:
    table: dict[str, list[str]] = _learnt()["rarity"][language]
    return {word: float(tenths) / 10 for tenths, words in table.items() for word in words}


def rarity(unit: str, language: Language) -> float:
    """How rare what a word stands for is, 0 to RAREST."""
    return NUMBER if unit[0] == "#" else _rarities(language).get(unit, RAREST)


def worth(word: Word, language: Language) -> float:
    """How much a word tells."""
    return rarity(word.unit, language) * (1.0 if word.weight >= CONTENT else LIGHT_SHARE)
