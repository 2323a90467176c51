"""The exam in its skins: accuracy, belief pull, and what tuning and a skin do together beyond what each does alone."""

from __future__ import annotations

import msgspec

from bedside.evaluate.statistics import Estimate

__all__ = ["Interaction", "SkinFigure"]


class SkinFigure(msgspec.Struct, frozen=True):
    """An arm in one skin of one source (`all`: of all); `majority` is what the commonest place would score."""

    arm: str
    source: str
    skin: str
    accuracy: Estimate | None
    pull: Estimate | None
    majority: float
    unscored: int


class Interaction(msgspec.Struct, frozen=True):
    """(arm - base in the skin) - (arm - base in plain), of the accuracy."""

    arm: str
    source: str
    skin: str
    value: Estimate
