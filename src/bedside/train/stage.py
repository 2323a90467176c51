"""The train stage: one method, its examples, a start; out comes a folder that loads as a model."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from bedside.core.config import MethodConfig
from bedside.core.errors import UserMistake
from bedside.core.files import require_file, sha256
from bedside.core.manifest import Manifest, close_stage, open_stage, read_manifest
from bedside.core.progress import progress
from bedside.llm import parse_model

__all__ = ["DATA", "build"]

DATA = {"sft": "sft.jsonl", "dpo": "preferences.jsonl", "kto": "labels.jsonl"}


def build(config: MethodConfig, seed: int, pairs: Path, start: tuple[str, Path | None], out: Path) -> Manifest:
    """Train `config.method` on a pairs folder and save to `out`; skip when that is done.

    `start` is the base as a MODEL string and the folder of the earlier adapter to go on from, or None.

    Raises:
        UserMistake: no such data, or the base is no local model.
    """
    base, earlier = start
    model = parse_model(base)
    if model.kind != "local":
        raise UserMistake(f"{base!r} cannot be trained", remedy="Training takes a local:PATH-or-hub-name.")
    data = pairs / DATA[config.method] if pairs.is_dir() else pairs
    require_file(data)
    planned = Manifest("train", config.model_dump(mode="json"), seed, _inputs(data, model.name, earlier), model=base)
    stage = open_stage(out, planned)
    if isinstance(stage, Manifest):
        return stage
    # Imported here: TRL takes seconds to import.
    from bedside.llm.local import load_tokenizer
    from bedside.llm.template import template_hash
    from bedside.train import dpo, kto, sft
    from bedside.train.card import write_card
    from bedside.train.run import Run

    run = Run(config, seed, data, model.name, earlier, out)
    method = {"sft": sft.train, "dpo": dpo.train, "kto": kto.train}[config.method]
    with progress(f"train {config.method}", None) as advance:
        counts = method(run, advance)
    shutil.rmtree(out / "checkpoints", ignore_errors=True)
    write_card(run, base, counts)
    hashed = msgspec.structs.replace(stage.manifest, template_hash=template_hash(load_tokenizer(str(out))))
    return close_stage(msgspec.structs.replace(stage, manifest=hashed), counts)


def _inputs(data: Path, base: str, earlier: Path | None) -> dict[str, str]:
    """What the result depends on. A hub model is known by its name; a local one by its files."""
    inputs = {"examples": sha256(data), "base": sha256(Path(base)) if Path(base).is_dir() else base}
    if earlier is not None:
        done = read_manifest(earlier)
        if done is None:
            raise UserMistake("the earlier run is not complete", where=str(earlier), remedy="Train it first.")
        inputs["start"] = sha256(_weights(earlier))
    return inputs


def _weights(folder: Path) -> Path:
    return next(p for name in ("adapter_model.safetensors", "model.safetensors") if (p := folder / name).is_file())
