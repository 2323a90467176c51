"""The model card that lies beside a trained or exported model: what made it, and how it did where it was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bedside import __version__
from bedside.core.files import atomic_write
from bedside.core.manifest import Manifest

if TYPE_CHECKING:
    from bedside.train.run import Run

__all__ = ["evaluation", "with_evaluation", "write_card", "write_export_card"]

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
HEADING = "\n## Evaluation\n"
# Tone of the questions, measure.
MEASURES = [(tone, name) for name in ("comfort", "facts", "false reassurance") for tone in ("distressed", "neutral")]


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


def evaluation(folder: Path, report: Path | None = None) -> str:
    """The evaluation of the model in `folder` as Markdown, or nothing where it was not measured.

    `report` is a `report.json`; None looks for that of the run folder in which `folder` lies (`runs/NAME/train/ARM`).
    The arm is the one that has the folder's name.
    """
    path = report or folder.resolve().parent.parent / "report" / "report.json"
    if not path.is_file():
        return ""
    numbers = json.loads(path.read_text(encoding="utf-8"))
    arms = {arm["arm"]: arm for arm in numbers["arms"]}
    name = folder.resolve().name
    if name not in arms:
        return ""
    shown = [arm for arm in dict.fromkeys(("base", name)) if arm in arms]
    lines = [f"| | {' | '.join(shown)} |", "|---|" + "---|" * len(shown)]
    for tone, measure in MEASURES:
        found = [arms[arm]["figures"].get(tone, {}).get(measure) for arm in shown]
        lines.append(f"| {measure}, {tone} | {' | '.join(map(_figure, found))} |")
    verdicts = [f"- {c['verdict']}: {c['sentence']}" for c in numbers["claims"] if c["arm"] == name]
    about = f"By `bedside report`, {numbers['items']} held-out questions an arm; mean and 95 % interval of shares."
    return "\n".join([HEADING, about, "", *lines, "", *verdicts, ""])


def with_evaluation(card: str, told: str) -> str:
    """A card with its evaluation, in place of an earlier one."""
    return card.split(HEADING)[0].rstrip("\n") + "\n" + told


def _figure(value: Any) -> str:
    if value is None:
        return "not measured"
    return f"{value['value']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


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
