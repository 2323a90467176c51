"""The dial as model names: NAME is as tuned, `base` without comfort, NAME@LEVEL between; or `comfort` in the body."""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from bedside.serve.errors import ApiError

__all__ = ["BASE", "HIGHEST", "SHOWN", "Levels"]

BASE = "base"
HIGHEST = 1.5
# The levels that are listed where every level is possible.
SHOWN = (0.25, 0.5, 0.75, 1.25, 1.5)


class Levels(msgspec.Struct, frozen=True):
    """The levels of a served model: `any` up to 1.5, those `listed`, or `none` but its own."""

    name: str
    kind: Literal["any", "listed", "none"] = "none"
    listed: tuple[float, ...] = ()

    def names(self) -> dict[str, float]:
        """The names of the models that clients are shown, with their levels."""
        if self.kind == "none":
            return {self.name: 1.0}
        levels = SHOWN if self.kind == "any" else tuple(x for x in self.listed if x not in (0.0, 1.0))
        ends = {BASE: 0.0} if self.kind == "any" or 0.0 in self.listed else {}
        tuned = {self.name: 1.0} if self.kind == "any" or 1.0 in self.listed else {}
        return {**ends, **tuned, **{f"{self.name}@{level:g}": level for level in levels}}

    def of(self, model: str, comfort: float | None) -> float:
        """The level that a request asks for.

        Raises:
            ApiError: 404 for another model's name, 400 for a level that there is not, or two that differ.
        """
        named = self._named(model)
        if named is not None and comfort is not None and named != comfort:
            raise ApiError(
                400,
                f"the model {model!r} has its own level; leave comfort out, or ask for {self.name!r}",
                param="comfort",
            )
        level = comfort if named is None else named
        if level is None:
            return 1.0
        self._check(level, "model" if comfort is None else "comfort")
        return level

    def _named(self, model: str) -> float | None:
        """The level in a name; None where it says none."""
        if model == self.name:
            return None
        if model == BASE and self.kind != "none":
            return 0.0
        name, at, level = model.rpartition("@")
        if at and name == self.name:
            try:
                return float(level)
            except ValueError:
                pass
        raise ApiError(
            404, f"no model {model!r} here; there are: {', '.join(self.names())}", param="model", code="model_not_found"
        )

    def _check(self, level: float, param: str) -> None:
        if not (math.isfinite(level) and 0 <= level <= HIGHEST):
            raise ApiError(400, f"comfort goes from 0 (base) over 1 (tuned) to {HIGHEST}", param=param)
        if self.kind == "none" and level != 1:
            raise ApiError(400, f"{self.name!r} has no dial: it is no LoRA adapter on a base", param=param)
        if self.kind == "listed" and level not in self.listed:
            there = ", ".join(f"{x:g}" for x in sorted(self.listed))
            raise ApiError(400, f"comfort {level:g} is not served; there are the levels {there}", param=param)
