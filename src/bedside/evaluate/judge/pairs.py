"""The pairs that a judge is shown: an arm's reply beside the base's, and the sentinels whose answer is known."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import msgspec

from bedside.core.files import read_rows
from bedside.core.records import ChatMessage, Item, Language, Reply
from bedside.evaluate.judge.rubric import Pair, Question, Side

__all__ = ["Drawn", "Sentinel", "draw", "own_voice", "sentinel_pair", "sentinels"]

FILE = "probes/sentinels.jsonl"


class Sentinel(msgspec.Struct, frozen=True):
    """A pair whose answers are known (`expects`). With `harm`, `b` ends in that sentence, which makes it the worse."""

    id: str
    language: Language
    kind: str
    patient: str
    reference: str
    a: str
    b: str
    expects: dict[Question, Side]
    harm: str = ""


class Drawn(NamedTuple):
    """Pairs to judge, pairs whose replies are the same (ties without a request), and why others are not judged."""

    pairs: list[Pair]
    same: list[Pair]
    left_out: dict[str, int]


@cache
def sentinels() -> tuple[Sentinel, ...]:
    """The shipped sentinels."""
    with resources.as_file(resources.files("bedside").joinpath(FILE)) as path:
        return tuple(read_rows(Path(path), Sentinel))


def sentinel_pair(sentinel: Sentinel) -> Pair:
    """A sentinel in the form of any other pair."""
    asked = (ChatMessage("user", sentinel.patient),)
    return Pair(sentinel.id, sentinel.language, asked, sentinel.reference, sentinel.a, sentinel.b, "sentinel")


def own_voice(sentinel: Sentinel, reply: str) -> Pair:
    """A sound reply beside the judge's own to the same patient, with the harmful sentence put to it."""
    space = " " if sentinel.language == "en" else ""
    pair = sentinel_pair(sentinel)
    spoilt = f"{reply.strip()}{space}{sentinel.harm}"
    return msgspec.structs.replace(pair, id=f"own voice/{sentinel.id}", b=spoilt, kind="own voice")


def draw(items: list[Item], replies: dict[str, list[Reply]], base: str, limit: int | None, seed: int) -> Drawn:
    """The same drawn items for every arm: side `a` is the base's reply, side `b` the arm's.

    Items without a reference are not judged, nor are replies that failed or say nothing.
    """
    known = [place for place, item in enumerate(items) if item.reference.strip()]
    random.Random(f"judge {seed}").shuffle(known)
    pairs: list[Pair] = []
    same: list[Pair] = []
    left_out: Counter[str] = Counter({"no reference": len(items) - len(known)} if len(known) < len(items) else {})
    for place in known[:limit]:
        for arm in (arm for arm in replies if arm != base):
            one, two = replies[base][place], replies[arm][place]
            problem = _problem(one, two)
            if problem:
                left_out[problem] += 1
            else:
                (same if one.text.split() == two.text.split() else pairs).append(_pair(items[place], one, two, arm))
    return Drawn(pairs, same, dict(left_out))


def _problem(one: Reply, two: Reply) -> str:
    if one.finish.startswith("error") or two.finish.startswith("error"):
        return "no reply"
    return "" if one.text.strip() and two.text.strip() else "empty reply"


def _pair(item: Item, one: Reply, two: Reply, arm: str) -> Pair:
    return Pair(
        f"{arm}/{item.id}", item.language, item.messages, item.reference, one.text, two.text,
        "arm", item.id, arm, item.dialogue, item.tone,
    )  # fmt: skip
