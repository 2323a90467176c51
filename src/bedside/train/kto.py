"""Kahneman-Tversky optimisation (Ethayarajh et al. 2024, arXiv 2402.01306; TRL `KTOTrainer`).

Learns from single answers labelled wanted or unwanted. The reference is the model that the run starts from.
"""

from __future__ import annotations

import msgspec
from datasets import Dataset
from trl import KTOConfig, KTOTrainer

from bedside.core.files import read_rows
from bedside.core.progress import Advance
from bedside.core.records import Label
from bedside.train.run import Run, arguments, finish, fitting, start_model

__all__ = ["train"]


def train(run: Run, advance: Advance) -> dict[str, int]:
    """Train on `labels.jsonl`."""
    rows = list(read_rows(run.data, Label))[: run.config.limit]
    model, tokenizer = start_model(run)
    kept = fitting(rows, lambda row: [(*row.prompt, *row.completion)], tokenizer, run)
    columns = ("prompt", "completion", "label")
    dataset = Dataset.from_list([{c: msgspec.to_builtins(getattr(row, c)) for c in columns} for row in kept])
    settings = arguments(KTOConfig, run)
    trainer = KTOTrainer(model, args=settings, train_dataset=dataset, processing_class=tokenizer)
    return finish(trainer, tokenizer, run, advance) | {"too long": len(rows) - len(kept)}
