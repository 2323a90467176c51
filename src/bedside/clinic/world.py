"""The clinic's world: common conditions and the frames in which patients tell of them.

A software demonstration written from general patient-education knowledge; not medical advice. Both are authored
package data (`conditions/*.yaml`, `frames.yaml`). Wording is split into `train` and `held_out`, which share no line.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from bedside.core.phrases import load_yaml

__all__ = ["Condition", "Frames", "Pools", "Relation", "Statement", "Wording", "World", "load_feelings", "load_world"]

Who = Literal["adult", "child", "woman", "man"]
Wording = Literal["train", "held_out"]


class Pools(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Wordings seen in training and disjoint ones held out."""

    train: tuple[str, ...]
    held_out: tuple[str, ...]

    def of(self, wording: Wording) -> tuple[str, ...]:
        return self.held_out if wording == "held_out" else self.train


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fact in a doctor's words: two wordings, and the keys that both hold."""

    say: tuple[str, ...]
    keys: tuple[str, ...]


class Myth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A common wrong belief (completes "I have heard that ___") and its correction."""

    belief: str
    say: tuple[str, ...]
    keys: tuple[str, ...]


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One condition; `who` can have it, `avoid` is what is not to be done."""

    id: str
    name: str
    area: str
    who: tuple[Who, ...]
    symptoms: tuple[Pools, ...]
    self_care: Statement
    treatment: Statement
    test: Statement
    avoid: Statement
    red_flag: Statement
    myth: Myth


class Relation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Someone a patient may write for, with their pronouns."""

    who: str
    they: str
    them: str
    their: str
    sex: Literal["woman", "man", "girl", "boy"]


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    openings: Pools
    about: Pools
    presentations: Pools
    known: Pools


class Relations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    adult: tuple[Relation, ...]
    child: tuple[Relation, ...]


class DoctorFrames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    diagnosis: tuple[str, ...]
    known: tuple[str, ...]


class Systems(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    plain: tuple[str, ...]
    warm: tuple[str, ...]


class Frames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How patients and the plain doctor put things; slots in braces are filled by the generator."""

    durations: Pools
    relations: Relations
    self: Person
    other: Person
    asks: dict[str, Pools]
    thanks: Pools
    doctor: DoctorFrames
    pretraining_systems: Systems


class World(msgspec.Struct, frozen=True):
    conditions: tuple[Condition, ...]
    frames: Frames


@cache
def load_world() -> World:
    """The whole world, read from the package data."""
    conditions = [row for name in _files("conditions") for row in load_yaml(f"clinic/conditions/{name}")]
    return World(
        conditions=msgspec.convert(conditions, tuple[Condition, ...]),
        frames=msgspec.convert(load_yaml("clinic/frames.yaml"), Frames),
    )


@cache
def load_feelings() -> dict[str, list[str]]:
    """Sentences of distressed patients by emotion, and calm asides (`calm`): the base model's wider reading."""
    return {name: lines for file in _files("feelings") for name, lines in load_yaml(f"clinic/feelings/{file}").items()}


def _files(folder: str) -> list[str]:
    found = resources.files("bedside").joinpath("clinic", folder).iterdir()
    return sorted(part.name for part in found if part.name.endswith(".yaml"))
