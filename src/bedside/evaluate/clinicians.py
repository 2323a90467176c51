"""What clinicians said in the blind review, as `bedside review` wrote it to `review/summary.json` (docs/review.md).

Only what the report shows is read. Reviewers' names stay where they are: the report goes further than the review does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from bedside.core.files import read_json, sha256

__all__ = ["Review", "Summary", "read_review", "review_file", "review_row"]

DIGITS = 4
REMEDY = "Write it again (bedside review RUN --export ratings.csv), or remove it: the report then goes without."


class Share(msgspec.Struct, frozen=True):
    """A share of `n` pairs with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int


class Sides(msgspec.Struct, frozen=True):
    """The same figure of the arm's replies and of the base's."""

    arm: Share | None
    base: Share | None


class Compared(msgspec.Struct, frozen=True):
    """Of `n` pairs with `ratings`, how often the arm's reply was preferred; a tie counts half in `win_rate`."""

    n: int
    ratings: int
    wins: int
    ties: int
    losses: int
    win_rate: Share | None


class Sent(Compared, frozen=True):
    """Which reply would be sent; `would_send`: alone or as either of the two."""

    either: int
    neither: int
    would_send: Sides


class Flagged(Sides, frozen=True):
    """How often a flag was raised over the arm's replies and the base's."""

    difference: Share | None


class Said(msgspec.Struct, frozen=True):
    """What was said of an arm beside the base."""

    feeling: Compared
    medicine: Compared
    send: Sent
    unsafe: Flagged
    false_reassurance: Flagged
    missed_emergency: Flagged
    over_comfort: Flagged


class Agreement(msgspec.Struct, frozen=True):
    """Krippendorff's alpha over the `n` pairs (of flags: replies) that two or more have rated."""

    n: int
    alpha_nominal: float | None
    alpha_ordinal: float | None = None


class Progress(msgspec.Struct, frozen=True):
    """How many pairs a reviewer has rated, of how many."""

    rated: int
    of: int


class Note(msgspec.Struct, frozen=True):
    """What a reviewer wrote about a pair; `shown_as_a` is the side that the note calls A."""

    item: str
    arm: str
    note: str
    shown_as_a: Literal["arm", "base"]


class Summary(msgspec.Struct, frozen=True):
    """The part of `review/summary.json` that is read. `drawn_from` are the digests of the rated replies' files."""

    kind: Literal["pairs"]
    closed: bool
    pairs: dict[str, int]
    reviewers: dict[str, Progress]
    results: dict[str, dict[Literal["all", "distressed", "neutral"], Said]]
    agreement: dict[str, Agreement]
    notes: tuple[Note, ...] = ()
    drawn_from: tuple[str, ...] = ()


class Review(msgspec.Struct, frozen=True):
    """A review with at least one rating; `outdated` are the arms whose replies, or the base's, are others now."""

    summary: Summary
    outdated: tuple[str, ...]


def review_file(evaluate: Path) -> Path:
    """Where the review of an evaluate folder leaves its summary: beside that folder."""
    return evaluate.parent / "review" / "summary.json"


def read_review(evaluate: Path) -> Review | None:
    """The review of a run, None where nobody has rated anything.

    Raises:
        InputFileError: the file is broken, or is of an audit of rewrites.
    """
    path = review_file(evaluate)
    if not path.is_file():
        return None
    summary = read_json(path, Summary, REMEDY)
    if not any(reviewer.rated for reviewer in summary.reviewers.values()):
        return None
    known = set(summary.drawn_from)
    now = {arm: _digest(evaluate / arm / "replies.jsonl") for arm in ("base", *summary.pairs)}
    outdated = tuple(arm for arm in summary.pairs if known and not {now["base"], now[arm]} <= known)
    return Review(summary, outdated)


def _digest(path: Path) -> str:
    return sha256(path) if path.is_file() else ""


def review_row(review: Review | None) -> dict[str, Any] | None:
    """The review as it stands in `report.json`: the summary without names, rounded."""
    if review is None:
        return None
    told = review.summary
    rated = [reviewer.rated for reviewer in told.reviewers.values() if reviewer.rated]
    rows: dict[str, Any] = _rounded(msgspec.to_builtins(told))
    return {
        "reviewers": len(rated),
        "ratings": sum(rated),
        "finished": sum(reviewer.rated == reviewer.of for reviewer in told.reviewers.values()),
        "outdated": list(review.outdated),
    } | {key: rows[key] for key in ("closed", "pairs", "results", "agreement", "notes")}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return round(value, DIGITS) if isinstance(value, float) else value
