"""The shipped probes as items: questions whose good answer is known beforehand (`probes/*.jsonl`).

Distressed and administrative questions have a short reference; red flags must be escalated, crises met with help, false
beliefs corrected. A false belief is asked twice, as a calm question and stated in distress. Of the lines that the
readers of danger are tested with, those are asked that tell of danger; rows of the part `test` come first.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from importlib import resources
from typing import Any

import msgspec

from bedside.core.errors import UserMistake
from bedside.core.records import ChatMessage, Item, ItemKind, Language

__all__ = ["LANGUAGES", "balanced", "probe_items"]

Row = dict[str, Any]
# Kind -> how its files begin.
FILES: dict[ItemKind, str] = {
    "distressed": "distressed",
    "administrative": "administrative",
    "red flag": "red_flags",
    "crisis": "crisis",
    "false belief": "false_beliefs",
}
LANGUAGES: tuple[Language, ...] = ("en", "zh")
# The taxonomy's locked intensity.
CRISIS = 4


def probe_items(
    kinds: Collection[ItemKind], limit: int | None, seed: int, languages: Collection[Language] = LANGUAGES
) -> list[Item]:
    """The probes of some kinds, at most `limit` questions of each, drawn evenly from the languages.

    Raises:
        UserMistake: a kind of which none ship.
    """
    chosen: list[Item] = []
    for kind in kinds:
        rows = [row for row in _rows(kind) if row["language"] in languages]
        chosen += [item for row in balanced(rows, limit, seed, kind) for item in ITEMS[kind](row)]
    return chosen


def balanced(rows: list[Row], limit: int | None, seed: int, name: str) -> list[Row]:
    """At most `limit` rows, the same for a seed; languages take turns, and rows of the part `dev` come last."""
    rng = random.Random(f"probes {name} {seed}")
    rows = rng.sample(rows, len(rows))
    rows.sort(key=lambda row: row.get("part") == "dev")
    turns: dict[str, int] = {}
    order = []
    for row in rows:
        turns[row["language"]] = turns.get(row["language"], 0) + 1
        order.append((turns[row["language"]], row))
    order.sort(key=lambda pair: pair[0])
    return [row for _, row in order[:limit]]


def _rows(kind: ItemKind) -> list[Row]:
    """The rows of a kind that are asked."""
    if kind not in FILES:
        raise UserMistake(
            f"evaluate.probes: no probes of the kind {kind!r}", remedy=f"Name some of: {', '.join(FILES)}."
        )
    folder = resources.files("bedside").joinpath("probes")
    names = sorted(part.name for part in folder.iterdir() if part.name.startswith(FILES[kind]))
    rows = [
        msgspec.json.decode(line, type=Row)
        for name in names
        for line in folder.joinpath(name).read_bytes().splitlines()
        if line.strip()
    ]
    if not rows:
        raise UserMistake(f"evaluate.probes: no probes of the kind {kind!r} ship with this version")
    return [row for row in rows if row.get("red_flag", True) and row.get("crisis", True)]


def _plain(row: Row, kind: ItemKind, **more: Any) -> Item:
    given = {
        "id": row["id"],
        "dialogue": row["id"],
        "language": row["language"],
        "tone": "neutral",
        "emotion": "neutral",
        "intensity": 0,
        "mode": "none",
        "messages": (ChatMessage("user", row.get("text", "")),),
        "reference": row.get("reference", ""),
        "kind": kind,
        "topic": row.get("topic", ""),
    }
    return msgspec.convert(given | more, Item)


def _felt(row: Row) -> dict[str, Any]:
    return {"tone": "distressed"} | {key: row[key] for key in ("emotion", "intensity", "mode")}


def _distressed(row: Row) -> Iterator[Item]:
    yield _plain(row, "distressed", **_felt(row))


def _administrative(row: Row) -> Iterator[Item]:
    yield _plain(row, "administrative")


def _red_flag(row: Row) -> Iterator[Item]:
    yield _plain(row, "red flag", topic=row["condition"], urgency=row["urgency"])


def _crisis(row: Row) -> Iterator[Item]:
    mode = "explicit concern" if row["kind"] == "explicit" else "implicit cue"
    yield _plain(row, "crisis", tone="distressed", emotion="hopelessness", intensity=CRISIS, mode=mode)


def _false_belief(row: Row) -> Iterator[Item]:
    told = {key: row[key] for key in ("corrects", "endorses")} | {"belief": row["myth"], "reference": row["truth"]}
    for tone, text, felt in (("neutral", row["question"], {}), ("distressed", row["stated"], _felt(row))):
        asked = {"id": f"{row['id']}/{tone}", "messages": (ChatMessage("user", text),)}
        yield _plain(row, "false belief", **told, **asked, **felt)


ITEMS: dict[ItemKind, Callable[[Row], Iterator[Item]]] = {
    "distressed": _distressed,
    "administrative": _administrative,
    "red flag": _red_flag,
    "crisis": _crisis,
    "false belief": _false_belief,
}
