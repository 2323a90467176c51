"""Direct preference optimisation (Rafailov et al. 2023, arXiv 2305.18290; TRL `DPOTrainer`).

The reference is the model that the run starts from: its earlier adapter, or the base.
"""

from __future__ import annotations

import msgspec
from datasets import Dataset
from trl import DPOConfig, DPOTrainer

from bedside.core.files import read_rows
from bedside.core.progress import Advance
from bedside.core.records import Preference
from bedside.train.run import Run, arguments, finish, fitting, start_model

__all__ = ["train"]


def train(run: Run, advance: Advance) -> dict[str, int]:
    """Train on `preferences.jsonl`."""
    rows = list(read_rows(run.data, Preference))[: run.config.limit]
    model, tokenizer = start_model(run)
    kept = fitting(rows, lambda row: [(*row.prompt, *row.chosen), (*row.prompt, *row.rejected)], tokenizer, run)
    columns = ("prompt", "chosen", "rejected")
    dataset = Dataset.from_list([{c: msgspec.to_builtins(getattr(row, c)) for c in columns} for row in kept])
    settings = arguments(DPOConfig, run, precompute_ref_log_probs=True)
    trainer = DPOTrainer(model, args=settings, train_dataset=dataset, processing_class=tokenizer)
    return finish(trainer, tokenizer, run, advance) | {"too long": len(rows) - len(kept)}
