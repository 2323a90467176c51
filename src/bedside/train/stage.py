"""The train stage: one method, its examples, a start; out comes a folder that loads as a model."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from bedside.core.config import MethodConfig
from bedside.core.errors import UserMistake
from bedside.core.files import require_file, sha256, write_rows
from bedside.core.manifest import Manifest, close_stage, open_stage, read_manifest
from bedside.llm import parse_model
from bedside.train.ranks import decided, is_first

if TYPE_CHECKING:
    from bedside.train.preflight import Estimate
    from bedside.train.rows import Examples
    from bedside.train.run import Run

__all__ = ["DATA", "REJECTED", "build", "preview"]

DATA = {
    "sft": "sft.jsonl",
    "dpo": "preferences.jsonl",
    "kto": "labels.jsonl",
    "orpo": "preferences.jsonl",
    "simpo": "preferences.jsonl",
}
REJECTED = "rejected.jsonl"
CHECKPOINTS = "checkpoints"


def build(config: MethodConfig, seed: int, pairs: Path, start: tuple[str, Path | None], out: Path) -> Manifest:
    """Train `config.method` on a pairs folder and save to `out`; skip when that is done.

    `start` is the base as a MODEL string and the folder of the earlier adapter to go on from, or None. A run that was
    cut off goes on from its last checkpoint and ends in the same weights.

    Raises:
        UserMistake: no such data, the base is no local model, an unknown option, or it does not fit into memory.
    """
    base, name, data = _checked(config, pairs, start)
    inputs = _inputs(data, name, start[1])
    planned = Manifest("train", config.model_dump(mode="json"), seed, inputs, model=base)
    stage = decided(lambda: open_stage(out, planned, resume=(CHECKPOINTS,)))
    if isinstance(stage, Manifest):
        return stage
    # Imported here: TRL takes seconds to import.
    from bedside.llm.template import write_probes
    from bedside.train.card import write_card
    from bedside.train.load import start_model
    from bedside.train.run import Run

    run = Run(config, seed, data, name, start[1], out, inputs)
    ready = _prepare(run)
    if is_first():
        write_rows(out / REJECTED, ready.examples.rejected)
    loaded = start_model(run, ready.tokenizer)
    counts = ready.method.train(run, ready.examples, ready.settings, loaded)

    def close() -> Manifest:
        shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
        write_card(run, base, counts)
        hashed = msgspec.structs.replace(
            stage.manifest,
            template_hash=write_probes(out, ready.tokenizer),
            base_weights=_base_weights(out, config),
        )
        return close_stage(msgspec.structs.replace(stage, manifest=hashed), counts)

    return decided(close)


def preview(config: MethodConfig, seed: int, pairs: Path, start: tuple[str, Path | None], out: Path) -> Estimate:
    """What `build` with the same arguments would need; nothing is written and no weights are loaded."""
    _, name, data = _checked(config, pairs, start)
    from bedside.train.run import Run

    allowed = config.model_copy(update={"preflight": False})
    return _prepare(Run(allowed, seed, data, name, start[1], out)).estimate


class _Ready(NamedTuple):
    """A run that can begin: all its settings are right and it fits."""

    method: Any
    settings: Any
    tokenizer: Any
    examples: Examples[Any]
    estimate: Estimate


def _prepare(run: Run) -> _Ready:
    """Find every mistake in the settings before the first weight is read."""
    from bedside.train import dpo, kto, orpo, sft, simpo
    from bedside.train.load import check_options, start_tokenizer
    from bedside.train.preflight import require_fit, shape_of
    from bedside.train.run import quiet

    quiet()
    method: Any = {"sft": sft, "dpo": dpo, "kto": kto, "orpo": orpo, "simpo": simpo}[run.config.method]
    settings = method.settings(run)
    check_options(run)
    tokenizer = start_tokenizer(run)
    examples = method.examples(run, tokenizer)
    estimate = require_fit(run, examples, settings, shape_of(run))
    return _Ready(method, settings, tokenizer, examples, estimate)


def _checked(config: MethodConfig, pairs: Path, start: tuple[str, Path | None]) -> tuple[str, str, Path]:
    """The base's MODEL string and path, and the file of examples."""
    model = parse_model(start[0])
    if model.kind != "local":
        raise UserMistake(f"{start[0]!r} cannot be trained", remedy="Training takes a local:PATH-or-hub-name.")
    data = pairs / (config.examples or DATA[config.method]) if pairs.is_dir() else pairs
    if pairs.is_dir() and not data.is_file():
        raise UserMistake(
            f"holds no {data.name}", where=str(pairs), remedy="Name a folder that `bedside pairs` wrote, or its file."
        )
    require_file(data)
    return start[0], model.name, data


def _inputs(data: Path, base: str, earlier: Path | None) -> dict[str, str]:
    """What the result depends on. A hub model is known by its name; a local one by its files."""
    inputs = {"examples": sha256(data), "base": _digest(Path(base)) if Path(base).is_dir() else base}
    if earlier is not None:
        done = read_manifest(earlier)
        if done is None:
            raise UserMistake("the earlier run is not complete", where=str(earlier), remedy="Train it first.")
        inputs["start"] = sha256(_weights(earlier))
    return inputs


def _digest(base: Path) -> str:
    """What a local base is known by. The card of one that was trained here may be told its evaluation later."""
    return sha256(base, ("README.md",) if read_manifest(base) is not None else ())


def _base_weights(out: Path, config: MethodConfig) -> str:
    """The fingerprint of what an adapter stands on; whole weights stand on nothing."""
    from bedside.llm.base_weights import fingerprint
    from bedside.llm.local import base_of

    is_adapter = (out / "adapter_config.json").is_file()
    return fingerprint(base_of(str(out)), config.model_options.get("revision")) if is_adapter else ""


def _weights(folder: Path) -> Path:
    return next(p for name in ("adapter_model.safetensors", "model.safetensors") if (p := folder / name).is_file())
