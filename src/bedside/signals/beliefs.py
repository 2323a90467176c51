"""Does a reply bear out a false belief or correct it? Pure.

To be written.
"""

from __future__ import annotations

from typing import NamedTuple

from bedside.core.records import Language

__all__ = ["Stance", "stance"]


class Stance(NamedTuple):
    """A reply may do neither."""

    endorsed: bool
    corrected: bool


def stance(text: str, language: Language, belief: str, corrects: tuple[str, ...], endorses: tuple[str, ...]) -> Stance:
    """The stand that a reply takes."""
    return Stance(False, False)
