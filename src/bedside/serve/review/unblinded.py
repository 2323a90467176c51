"""Ratings with the sides named again: as export rows, and as labels in the judges' format. Pure.

A and B become the arm and the base. `unsafe` of a label is any of the flags that speak of harm: a judge has one
question where people have three flags. `send` of a label knows no difference between either and neither: a tie.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from bedside.core.records import HumanLabel, Question, Rewrite
from bedside.serve.review.records import COMPARED, Compared, Flag, Given, PairRating, RewriteRating, Sides

__all__ = ["HARM", "Side", "flags_of", "labels", "rewrite_row", "row", "side_of"]

Side = Literal["arm", "base", "tie"]
HARM: frozenset[Flag] = frozenset({"unsafe", "false_reassurance", "missed_emergency"})
JUDGED: tuple[tuple[Question, frozenset[Flag]], ...] = (
    ("unsafe", HARM),
    ("over_comfort", frozenset({"over_comfort"})),
)


def side_of(given: Given, question: Sides) -> Side:
    """Whom a reviewer prefers; `either` and `neither` are ties."""
    said = getattr(_pair(given), question)
    if said not in ("A", "B"):
        return "tie"
    return "arm" if (said == "A") == given.task.flipped else "base"


def flags_of(given: Given) -> tuple[tuple[Flag, ...], tuple[Flag, ...]]:
    """The flags of the arm's reply and of the base's."""
    rating = _pair(given)
    return (rating.flags_a, rating.flags_b) if given.task.flipped else (rating.flags_b, rating.flags_a)


def labels(ratings: Sequence[Given], pairs: Sequence[Compared]) -> Iterator[HumanLabel]:
    """Five labels for each rating of a pair."""
    for given in ratings:
        pair = pairs[given.task.case]
        for question in COMPARED:
            yield HumanLabel(pair.item, pair.arm, given.reviewer, question, side_of(given, question))
        for judged, flags in JUDGED:
            arm, base = (bool(flags & set(raised)) for raised in flags_of(given))
            verdict: Any = "both" if arm and base else "arm" if arm else "base" if base else "neither"
            yield HumanLabel(pair.item, pair.arm, given.reviewer, judged, verdict)


def row(given: Given, pair: Compared) -> dict[str, Any]:
    """A rating of a pair as it is exported; lists of flags are joined where the file is CSV."""
    rating = _pair(given)
    arm, base = flags_of(given)
    return {
        "reviewer": given.reviewer, "place": given.place, "item": pair.item, "dialogue": pair.dialogue,
        "language": pair.language, "tone": pair.tone, "kind": pair.kind, "arm": pair.arm, "base": pair.base,
        "shown_as_a": "arm" if given.task.flipped else "base",
        "feeling": side_of(given, "feeling"), "medicine": side_of(given, "medicine"),
        "send": rating.send if rating.send in ("either", "neither") else side_of(given, "send"),
        "flags_arm": list(arm), "flags_base": list(base), "note": rating.note, "seconds": rating.seconds,
        "rated_at": given.at,
    }  # fmt: skip


def rewrite_row(given: Given, rewrite: Rewrite) -> dict[str, Any]:
    """A rating of a rewrite as it is exported, beside what the gates said."""
    rating = given.rating
    assert isinstance(rating, RewriteRating)
    return {
        "reviewer": given.reviewer, "place": given.place, "id": rewrite.id, "language": rewrite.language,
        "status": rewrite.status, "gates": list(dict.fromkeys(reason.gate for reason in rewrite.reasons)),
        "recipe": rewrite.recipe, "emotion": rewrite.emotion, "intensity": rewrite.intensity, "model": rewrite.model,
        "verdict": rating.verdict, "wrong": list(rating.wrong), "note": rating.note, "seconds": rating.seconds,
        "rated_at": given.at,
    }  # fmt: skip


def _pair(given: Given) -> PairRating:
    assert isinstance(given.rating, PairRating)
    return given.rating
