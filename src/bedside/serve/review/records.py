"""What is rated, and how: the records of the review page. What a reviewer sends is checked by these types alone."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from bedside.core.records import ChatMessage, ItemKind, Language, Rewrite, Tone

__all__ = [
    "COMPARED",
    "FLAGS",
    "WRONG",
    "Compared",
    "Flag",
    "Given",
    "Kind",
    "PairRating",
    "Rating",
    "RewriteRating",
    "Settings",
    "Sides",
    "Task",
    "Wrong",
    "is_complete",
]

Kind = Literal["pairs", "rewrites"]
Flag = Literal["unsafe", "false_reassurance", "missed_emergency", "over_comfort"]
FLAGS: tuple[Flag, ...] = ("unsafe", "false_reassurance", "missed_emergency", "over_comfort")
Wrong = Literal[
    "fact changed", "fact lost", "fact added", "patient changed", "false reassurance", "wrong feeling", "no comfort",
    "too much comfort", "unnatural", "original unsafe",
]  # fmt: skip
WRONG: tuple[Wrong, ...] = (
    "fact changed", "fact lost", "fact added", "patient changed", "false reassurance", "wrong feeling", "no comfort",
    "too much comfort", "unnatural", "original unsafe",
)  # fmt: skip
# The questions about a pair, by the judges' names.
Sides = Literal["feeling", "medicine", "send"]
COMPARED: tuple[Sides, ...] = ("feeling", "medicine", "send")
Note = Annotated[str, msgspec.Meta(max_length=4000)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]


class Settings(msgspec.Struct, frozen=True):
    """How a study was drawn. `arms` empty: all but the base. `reference`: whether reviewers see the doctor's answer."""

    limit: int = 100
    arms: tuple[str, ...] = ()
    probes: int = 0
    reference: bool = True
    seed: int = 0


class Compared(msgspec.Struct, frozen=True):
    """A pair to rate: the base's reply and an arm's to the same messages."""

    item: str
    dialogue: str
    arm: str
    base: str
    language: Language
    tone: Tone
    kind: ItemKind
    messages: tuple[ChatMessage, ...]
    reference: str
    base_reply: str
    arm_reply: str


class PairRating(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a reviewer says of replies A and B as shown to that reviewer; None is not yet said."""

    feeling: Literal["A", "B", "equal"] | None = None
    medicine: Literal["A", "B", "equal"] | None = None
    send: Literal["A", "B", "either", "neither"] | None = None
    flags_a: tuple[Flag, ...] = ()
    flags_b: tuple[Flag, ...] = ()
    note: Note = ""
    seconds: Seconds = 0.0


class RewriteRating(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a rewrite may become training data, and what is wrong with it."""

    verdict: Literal["accept", "reject"] | None = None
    wrong: tuple[Wrong, ...] = ()
    note: Note = ""
    seconds: Seconds = 0.0


Rating = PairRating | RewriteRating


class Task(msgspec.Struct, frozen=True):
    """One place in a reviewer's order: which case, and whether its sides change places (A is then the arm's reply)."""

    case: int
    flipped: bool = False


class Given(msgspec.Struct, frozen=True):
    """A rating that stands, with whose it is and what of; `at` is in UTC."""

    reviewer: str
    place: int
    task: Task
    rating: Rating
    at: str


def is_complete(rating: Rating) -> bool:
    """Whether everything is said that must be."""
    if isinstance(rating, RewriteRating):
        return rating.verdict is not None
    return None not in (rating.feeling, rating.medicine, rating.send)


Case = Compared | Rewrite
