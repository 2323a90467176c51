"""The pairs stage: accepted rewrites of the training split in, three files of examples and the lint out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bedside.core.config import PairsConfig
from bedside.core.errors import UserMistake
from bedside.core.files import read_rows, write_json, write_rows
from bedside.core.manifest import Manifest, close_stage, input_hashes, open_stage
from bedside.core.records import Rewrite
from bedside.pairs.examples import labels, preferences, sft_mix
from bedside.pairs.lint import lint

__all__ = ["build"]


def build(config: PairsConfig, seed: int, source: Path, out: Path) -> Manifest:
    """Make `sft.jsonl`, `preferences.jsonl`, `labels.jsonl` and `lint.json` of a rewrite folder or file."""
    path = source / "rewrites.jsonl" if source.is_dir() else source
    stage = open_stage(out, Manifest("pairs", config.model_dump(mode="json"), seed, input_hashes(rewrites=path)))
    if isinstance(stage, Manifest):
        return stage
    rows = list(read_rows(path, Rewrite))
    usable = [row for row in rows if row.status == "accepted" and row.split == "train"]
    if not usable:
        raise UserMistake("holds no accepted rewrite of the training split", where=str(path))
    mix = sft_mix(usable, config, seed)
    pairs = preferences(usable, config, seed)
    write_rows(out / "sft.jsonl", mix)
    write_rows(out / "preferences.jsonl", pairs)
    write_rows(out / "labels.jsonl", labels(pairs))
    write_json(out / "lint.json", lint(pairs))
    held_out = sum(row.split != "train" for row in rows)
    counts = {"read": len(rows), "used": len(usable), "held out": held_out}
    counts["not accepted"] = sum(row.split == "train" and row.status != "accepted" for row in rows)
    counts |= {"sft": len(mix), "preferences": len(pairs), "labels": 2 * len(pairs)}
    counts |= {f"sft: {kind}": n for kind, n in sorted(Counter(e.kind for e in mix).items())}
    counts |= {f"rejected: {kind}": n for kind, n in sorted(Counter(p.kind for p in pairs).items())}
    return close_stage(stage, counts)
