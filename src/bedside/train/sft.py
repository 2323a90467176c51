"""Supervised fine-tuning: imitate the doctor's side of whole conversations (TRL `SFTTrainer`)."""

from __future__ import annotations

import msgspec
from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from bedside.core.files import read_rows
from bedside.core.progress import Advance
from bedside.core.records import SftExample
from bedside.train.run import Run, arguments, finish, fitting, start_model

__all__ = ["train"]


def train(run: Run, advance: Advance) -> dict[str, int]:
    """Train on `sft.jsonl`; the loss is taken on the doctor's words only."""
    rows = list(read_rows(run.data, SftExample))[: run.config.limit]
    model, tokenizer = start_model(run)
    kept = fitting(rows, lambda row: [row.messages], tokenizer, run)
    dataset = Dataset.from_list([{"messages": msgspec.to_builtins(row.messages)} for row in kept])
    settings = arguments(SFTConfig, run, assistant_only_loss=True)
    trainer = SFTTrainer(model, args=settings, train_dataset=dataset, processing_class=tokenizer)
    return finish(trainer, tokenizer, run, advance) | {"too long": len(rows) - len(kept)}
