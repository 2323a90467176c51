"""What a study asks of its reviewers: pairs of replies out of an evaluate folder, or rewrites out of a rewrite folder.

Pairs are of items with a reference, in the order in which judges draw them with the same seed, so that people and
judges speak of the same pairs. Only whole items are drawn: every arm is rated on the same questions.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from bedside.core.errors import UnknownName, UserMistake
from bedside.core.files import read_rows, sha256
from bedside.core.manifest import read_manifest
from bedside.core.records import Item, Reply, Rewrite
from bedside.serve.review.records import Compared, Settings

__all__ = ["BASE", "Drawn", "draw_pairs", "draw_rewrites", "drawn_from"]

BASE = "base"
Asked = dict[str, list[Reply]]


class Drawn(NamedTuple):
    """The cases, how many pairs of equal replies each arm has, and why others were left out."""

    cases: list[Compared] | list[Rewrite]
    same: dict[str, int]
    left_out: dict[str, int]


def drawn_from(path: Path) -> str:
    """Digest of what a study is drawn from: an evaluate folder's items and replies, or a file of rewrites."""
    if path.is_file():
        return sha256(path)
    return "\n".join(sha256(part) for part in (path / "items.jsonl", *sorted(path.glob("*/replies.jsonl"))))


def draw_pairs(evaluate: Path, settings: Settings) -> Drawn:
    """Pairs of an arm's reply and the base's.

    Raises:
        UserMistake: there is no finished evaluation with a base and another arm, or nothing in it can be compared.
    """
    items, replies = _read(evaluate)
    arms = _arms(settings.arms, [arm for arm in replies if arm != BASE], evaluate)
    pairs: list[Compared] = []
    same: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    for place in _order(items, settings):
        if pairs and len(pairs) + len(arms) > settings.limit:
            break
        for arm in arms:
            pair = _pair(items[place], replies[BASE][place], replies[arm][place], arm)
            if isinstance(pair, str):
                (same if pair == "same reply" else left_out)[arm if pair == "same reply" else pair] += 1
            else:
                pairs.append(pair)
    if not pairs:
        told = ", ".join(f"{reason} {count}" for reason, count in (*same.items(), *left_out.items()))
        raise UserMistake(f"no two replies can be compared ({told or 'no item has a reference'})", where=str(evaluate))
    return Drawn(pairs, dict(same), dict(left_out))


def draw_rewrites(path: Path, settings: Settings) -> Drawn:
    """Rewrites that the gates accepted and rejected, in equal measure as far as there are both.

    Raises:
        UserMistake: no row holds a rewrite.
    """
    rows = [row for row in read_rows(path, Rewrite) if row.rewritten and row.status != "failed"]
    if not rows:
        raise UserMistake("holds no rewrite to look at", where=str(path), remedy="Every row failed; see their `cause`.")
    random.Random(f"audit {settings.seed}").shuffle(rows)
    accepted = [row for row in rows if row.status == "accepted"]
    rejected = [row for row in rows if row.status == "rejected"]
    half = settings.limit // 2
    few = min(len(accepted), max(settings.limit - half, settings.limit - len(rejected)))
    return Drawn([*accepted[:few], *rejected[: settings.limit - few]], {}, {})


def _read(evaluate: Path) -> tuple[list[Item], Asked]:
    found = {path.parent: read_manifest(path.parent) for path in sorted(evaluate.glob("*/manifest.json"))}
    folders = [folder for folder, manifest in found.items() if manifest and manifest.stage == "evaluate"]
    names = [folder.name for folder in folders]
    if BASE not in names or len(names) < 2:
        raise UserMistake(
            f"a review compares arms with one named {BASE!r}; finished here: {', '.join(names) or 'none'}",
            where=str(evaluate),
            remedy=f"bedside evaluate --arm {BASE}=MODEL --arm sft=MODEL --items FILE -o {evaluate}",
        )
    items = list(read_rows(evaluate / "items.jsonl", Item))
    replies = {folder.name: list(read_rows(folder / "replies.jsonl", Reply)) for folder in folders}
    for arm, said in replies.items():
        if [reply.item for reply in said] != [item.id for item in items]:
            raise UserMistake(
                "was asked other items than the rest", where=str(evaluate / arm), remedy="Evaluate this arm again."
            )
    return items, replies


def _arms(asked: Iterable[str], known: list[str], evaluate: Path) -> list[str]:
    for arm in asked:
        if arm == BASE:
            raise UserMistake(f"--arm {BASE}: every pair holds the base already", where=str(evaluate))
        if arm not in known:
            raise UnknownName("arm", arm, known)
    return list(dict.fromkeys(asked)) or known


def _order(items: list[Item], settings: Settings) -> Iterator[int]:
    """Judges draw by the same shuffle; items without a reference come first, for they were asked for by number."""
    known = [place for place, item in enumerate(items) if item.reference.strip()]
    random.Random(f"judge {settings.seed}").shuffle(known)
    unknown = [place for place, item in enumerate(items) if not item.reference.strip()]
    random.Random(f"probes {settings.seed}").shuffle(unknown)
    yield from unknown[: settings.probes]
    yield from known


def _pair(item: Item, base: Reply, reply: Reply, arm: str) -> Compared | str:
    """The pair, or why there is none."""
    if base.finish.startswith("error") or reply.finish.startswith("error"):
        return "no reply"
    if not base.text.strip() or not reply.text.strip():
        return "empty reply"
    if base.text.split() == reply.text.split():
        return "same reply"
    messages = tuple(message for message in item.messages if message.role != "system")
    return Compared(
        item.id, item.dialogue, arm, BASE, item.language, item.tone, item.kind, messages, item.reference, base.text,
        reply.text,
    )  # fmt: skip
