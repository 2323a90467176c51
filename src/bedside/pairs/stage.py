"""The pairs stage: accepted rewrites of the training split in, three files of examples and the lint out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from bedside.core.config import PairsConfig
from bedside.core.errors import UserMistake
from bedside.core.files import read_rows, write_json, write_rows
from bedside.core.manifest import Manifest, close_stage, input_hashes, open_stage
from bedside.core.records import Rewrite, SftExample
from bedside.pairs.card import Summary, write_card
from bedside.pairs.controls import neutral, over_warm
from bedside.pairs.conversations import Told, told
from bedside.pairs.formats import label_row, preference_row, write_formats
from bedside.pairs.labels import labels
from bedside.pairs.lint import lint
from bedside.pairs.mix import sft_mix
from bedside.pairs.preferences import Preferences, preferences

__all__ = ["build"]


class Examples(NamedTuple):
    """What was made of the rewrites of a file."""

    read: list[Rewrite]
    trained: list[Rewrite]
    told: Told
    mix: list[SftExample]
    preferences: Preferences


def build(config: PairsConfig, seed: int, source: Path, out: Path) -> Manifest:
    """Make the example files, `rejected.jsonl`, `lint.json` and the card of a rewrite folder or file; skip when done.

    Raises:
        UserMistake: there is no rewrite to make examples of.
    """
    path = source / "rewrites.jsonl" if source.is_dir() else source
    stage = open_stage(out, Manifest("pairs", config.model_dump(mode="json"), seed, input_hashes(rewrites=path)))
    if isinstance(stage, Manifest):
        return stage
    made = _examples(config, seed, path)
    pairs = made.preferences.made
    write_rows(out / "sft.jsonl", made.mix)
    write_rows(out / "preferences.jsonl", map(preference_row, pairs))
    write_rows(out / "labels.jsonl", map(label_row, labels(pairs)))
    write_rows(out / "controls" / "neutral.jsonl", neutral(made.mix, made.told.kept, config))
    write_rows(out / "controls" / "over_warm.jsonl", over_warm(pairs))
    write_rows(out / "rejected.jsonl", [*made.told.left_out, *made.preferences.left_out])
    write_formats(out)
    read = lint(pairs, config.lint)
    write_json(out / "lint.json", read)
    counts = _counts(made)
    write_card(out, _summary(made, counts, read, config))
    return close_stage(stage, counts)


def _examples(config: PairsConfig, seed: int, path: Path) -> Examples:
    read = list(read_rows(path, Rewrite))
    trained = [row for row in read if row.status == "accepted" and row.split == "train"]
    if not trained:
        raise UserMistake("holds no accepted rewrite of the training split", where=str(path))
    usable = told(trained, config.max_words)
    if not usable.kept:
        reasons = ", ".join(_tally(left.reason for left in usable.left_out))
        raise UserMistake(f"holds no rewrite that can be told as a chat ({reasons})", where=str(path))
    return Examples(read, trained, usable, sft_mix(usable.kept, config, seed), preferences(usable.kept, config, seed))


def _summary(made: Examples, counts: dict[str, int], read: dict[str, Any], config: PairsConfig) -> Summary:
    rows = made.told.kept
    return Summary(
        counts=counts,
        lint=read,
        languages=_tally(row.language for row in rows),
        licences=_tally(row.licence for row in rows),
        models=_tally(row.model for row in rows),
        settings=config.model_dump(mode="json"),
    )


def _counts(made: Examples) -> dict[str, int]:
    """Counts that add up: read = used + held out + not accepted + unusable; used = preferences + without preference."""
    pairs, out = made.preferences.made, [*made.told.left_out, *made.preferences.left_out]
    held_out = sum(row.split != "train" for row in made.read)
    counts = {
        "read": len(made.read),
        "used": len(made.told.kept),
        "held out": held_out,
        "not accepted": len(made.read) - held_out - len(made.trained),
        "unusable": len(made.told.left_out),
        "sft": len(made.mix),
        "preferences": len(pairs),
        "without preference": len(made.preferences.left_out),
        "mid-conversation": _mid_conversation(made),
        "labels": 2 * len(pairs),
        "labels: wanted": len(pairs),
        "labels: unwanted": len(pairs),
    }
    if counts["used"] != len(pairs) + counts["without preference"]:
        raise AssertionError(f"{counts['used']} rewrites used, {len(pairs)} preferences")
    counts |= _named("sft", (e.kind for e in made.mix)) | _named("preferences", (p.kind for p in pairs))
    counts |= _named("left out", (f"{left.file}, {left.reason}" for left in out))
    return counts | _named("passed over", made.preferences.passed_over.elements())


def _mid_conversation(made: Examples) -> int:
    """Preferences about an answer after which the conversation goes on."""
    turns = {row.id: len(row.rewritten) for row in made.told.kept}
    return sum(sum(m.role != "system" for m in p.prompt) + 1 < turns[p.id] for p in made.preferences.made)


def _named(part: str, names: Iterable[str]) -> dict[str, int]:
    return {f"{part}: {name}": n for name, n in _tally(names).items()}


def _tally(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
