"""The model card that lies beside a trained or exported model: what made it, and how it did where it was measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bedside import __version__
from bedside.core.files import atomic_write
from bedside.core.manifest import Manifest

if TYPE_CHECKING:
    from bedside.train.run import Run

__all__ = ["put_evaluation", "with_evaluation", "write_card", "write_export_card"]

CARD = """---
{front}---

# {title}

Tuned with bedside {version} ({method}) to answer distressed patients with comfort and the same medicine.
**Not medical advice. Not for use with patients without an audit of your own and clinical oversight.**

| | |
|---|---|
{rows}

Settings, input hashes and the chat template's hash are in `manifest.json`; losses are in `log.jsonl`.
What it does well and badly is measured by `bedside evaluate` and `bedside report`; this card claims nothing else.
"""
EXPORTED = """---
{front}---

# {title}

{what}
**Not medical advice. Not for use with patients without an audit of your own, at this level, and clinical oversight.**

| | |
|---|---|
{rows}

`manifest.json` holds the level, the hashes and the chat template's hash.
"""
HEADING = "\n## Evaluation"


def write_card(run: Run, base: str, counts: dict[str, int]) -> None:
    """Write `README.md` into the run's folder."""
    config = run.config
    given: dict[str, Any] = {
        "base": f"`{_known_as(base)}`",
        "starts from": f"`{run.start.name}`" if run.start else "the base",
        "method": config.method,
        "examples": counts["examples"],
        "examples' SHA-256": f"`{run.inputs.get('examples', 'unknown')}`",
        "steps": counts["steps"],
        "seed": run.seed,
        "epochs": f"{config.epochs:g}",
        "learning rate": f"{config.learning_rate:g}",
        "batch size": config.batch_size,
        "longest conversation, tokens": config.max_length,
    }
    if config.lora is not None:
        lora = config.lora
        given |= {"LoRA": f"rank {lora.r}, alpha {lora.alpha}, dropout {lora.dropout:g}, on {lora.target_modules}"}
    given |= {"weights while training": config.quantization} if config.quantization else {}
    given |= {f"`{name}`": f"`{value}`" for name, value in (config.options | config.model_options).items()}
    text = CARD.format(
        front=_front(base, config.lora is not None, ["bedside", "medical", config.method]),
        title=run.out.name, version=__version__, method=config.method, rows=_rows(given),
    )  # fmt: skip
    with atomic_write(run.out / "README.md") as out:
        out.write(text.encode())


def write_export_card(out: Path, planned: Manifest, earlier: Manifest | None, source: Path) -> None:
    """Write `README.md` into an exported folder; `earlier` is the training's manifest, where there is one."""
    level, merged = planned.config["dial"], planned.config["merge"]
    what = f"`{source.resolve().name}` at {level:g} on bedside's dial: 0 is the base, 1 is as trained."
    given: dict[str, Any] = {
        "base": f"`{_known_as(planned.model)}`",
        "level": f"{level:g}",
        "weights": "whole" if merged else "an adapter",
        "SHA-256 of the trained weights": f"`{planned.inputs['source']}`",
    }
    if earlier is not None:
        given |= {
            "method": earlier.config.get("method"),
            "examples": earlier.counts.get("examples"),
            "seed": earlier.seed,
        }
        given |= {"examples' SHA-256": f"`{earlier.inputs.get('examples', 'unknown')}`"}
    front = _front(planned.model, not merged, ["bedside", "medical"])
    text = EXPORTED.format(front=front, title=f"{source.resolve().name}@{level:g}", what=what, rows=_rows(given))
    with atomic_write(out / "README.md") as file:
        file.write(text.encode())


def with_evaluation(card: str, told: str) -> str:
    """A card with its evaluation, in place of an earlier one; `told` is Markdown that begins with its heading."""
    return card.split(HEADING)[0].rstrip("\n") + "\n\n" + told


def put_evaluation(folder: Path, told: str) -> None:
    """Put an evaluation, where there is one, into the card that lies in a model's folder."""
    readme = folder / "README.md"
    before = readme.read_text(encoding="utf-8") if told and readme.is_file() else ""
    after = with_evaluation(before, told)
    if before and after != before:
        with atomic_write(readme) as out:
            out.write(after.encode())


def _known_as(base: str) -> str:
    """A base as others may read of it: a hub model by its name, a folder by its last part alone."""
    name = base.removeprefix("local:")
    return Path(name).name if Path(name).is_dir() else name


def _front(base: str, adapter: bool, tags: list[str]) -> str:
    front: dict[str, Any] = {"library_name": "peft" if adapter else "transformers", "pipeline_tag": "text-generation"}
    if "/" in _known_as(base):
        front["base_model"] = _known_as(base)
    front["tags"] = tags
    return yaml.safe_dump(front, sort_keys=False)


def _rows(given: dict[str, Any]) -> str:
    return "\n".join(f"| {name} | {str(value).replace('|', chr(92) + '|')} |" for name, value in given.items())
