"""Skins: what an asker says before and after an exam item, by language, kind of item and skin; authored data.

The wording is drawn by the hash of the item and the skin, so every arm is asked in the same words and nothing else that
is asked changes them. The clinical text stands between `before` and `after`, byte for byte.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import ExamItem, Language, Skin
from bedside.evaluate.exam_formats.question import drawn

__all__ = ["Said", "Wording", "said_around", "wordings"]

Kind = Literal["exam", "consultation"]


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said before and after; `{belief}` stands for the wrong option."""

    before: str = ""
    after: str = ""


class Said(NamedTuple):
    """The words around one item; `wording` is their place in the list."""

    wording: int
    before: str
    after: str


@cache
def wordings(language: Language) -> dict[Kind, dict[Skin, tuple[Wording, ...]]]:
    """All wordings of a language."""
    return msgspec.convert(load_yaml(f"evaluate/skins/{language}.yaml"), dict[Kind, dict[Skin, tuple[Wording, ...]]])


def said_around(item: ExamItem, skin: Skin) -> Said:
    """What is said around an item in a skin; nothing in the plain one."""
    if skin == "plain":
        return Said(0, "", "")
    kind: Kind = "consultation" if item.form == "consultation" else "exam"
    choices = wordings(item.language)[kind][skin]
    place = drawn(f"skin {skin} {item.id}", len(choices))
    belief = item.options[item.belief].strip().rstrip(".。")
    chosen = choices[place]
    return Said(place, chosen.before.replace("{belief}", belief), chosen.after.replace("{belief}", belief))
