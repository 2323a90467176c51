"""The clinic stage: the embedded world's consultations, written for the corpus stage to read."""

from __future__ import annotations

from pathlib import Path

from bedside.clinic.generator import consultations
from bedside.core.config import ClinicConfig
from bedside.core.files import write_rows
from bedside.core.manifest import Manifest, close_stage, open_stage

__all__ = ["DIALOGUES", "build"]

DIALOGUES = "dialogues.jsonl"


def build(config: ClinicConfig, seed: int, out: Path) -> Manifest:
    """Write training consultations and, in held-out wording, test consultations; skip when that is done."""
    stage = open_stage(out, Manifest("clinic", config.model_dump(mode="json"), seed, {}))
    if isinstance(stage, Manifest):
        return stage
    rows = [
        *consultations(config.train, seed, "tuning"),
        *consultations(config.test, seed, "held_out"),
    ]
    write_rows(out / DIALOGUES, rows)
    return close_stage(stage, {"train": config.train, "test": config.test})
