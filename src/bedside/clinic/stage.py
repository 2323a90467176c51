"""The clinic stage: the embedded world's consultations, for the corpus stage, and its exam, for the audit."""

from __future__ import annotations

from pathlib import Path

from bedside.clinic.exam import questions
from bedside.clinic.generator import consultations
from bedside.core.config import ClinicConfig
from bedside.core.files import write_rows
from bedside.core.manifest import Manifest, close_stage, open_stage

__all__ = ["DIALOGUES", "EXAM", "build"]

DIALOGUES = "dialogues.jsonl"
EXAM = "exam.jsonl"


def build(config: ClinicConfig, seed: int, out: Path) -> Manifest:
    """Write training consultations and, in held-out wording, test consultations and an exam; skip when that is done."""
    stage = open_stage(out, Manifest("clinic", config.model_dump(mode="json"), seed, {}))
    if isinstance(stage, Manifest):
        return stage
    rows = [
        *consultations(config.train, seed, "train"),
        *consultations(config.test, seed, "held_out"),
    ]
    write_rows(out / DIALOGUES, rows)
    write_rows(out / EXAM, questions(config.exam, seed))
    return close_stage(stage, {"train": config.train, "test": config.test, "exam": config.exam})
