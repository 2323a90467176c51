"""Kahneman-Tversky optimisation (Ethayarajh et al. 2024, arXiv 2402.01306; TRL `KTOTrainer`).

Learns from single answers labelled wanted or unwanted. The reference is the model that the run starts from.
"""

from __future__ import annotations

from typing import Any

import msgspec
from datasets import Dataset
from trl import KTOConfig, KTOTrainer

from bedside.core.files import read_rows
from bedside.core.records import Label
from bedside.train.load import Start
from bedside.train.reference import remembered
from bedside.train.rows import Examples, fitting
from bedside.train.run import Run, arguments, finish

__all__ = ["examples", "settings", "train"]


def examples(run: Run, tokenizer: Any) -> Examples[Label]:
    """The labelled answers that fit."""
    rows = list(read_rows(run.data, Label))[: run.config.limit]
    return fitting(rows, lambda row: [row.prompt + row.completion], tokenizer, run.config)


def settings(run: Run) -> Any:
    """TRL's settings; a reference that is updated on the way cannot be computed beforehand."""
    precompute = not run.config.options.get("sync_ref_model", False)
    return arguments(KTOConfig, run, precompute_ref_log_probs=precompute)


class Trainer(KTOTrainer):  # type: ignore[misc]
    """TRL's trainer, with reference log-probabilities that are remembered from run to run."""

    def __init__(self, run: Run, *args: Any, **kwargs: Any) -> None:
        self._run = run
        super().__init__(*args, **kwargs)

    def _precompute_ref_logps(self, dataset: Dataset, name: str, batch_size: int) -> Dataset:
        compute = super()._precompute_ref_logps
        return remembered(self._run, self, dataset, lambda: compute(dataset, name, batch_size))


def train(run: Run, examples: Examples[Label], settings: Any, start: Start) -> dict[str, int]:
    """Train on `labels.jsonl`."""
    columns = ("prompt", "completion", "label")
    rows = [{name: msgspec.to_builtins(getattr(row, name)) for name in columns} for row in examples.rows]
    trainer = Trainer(
        run,
        start.model,
        args=settings,
        train_dataset=Dataset.from_list(rows),
        processing_class=start.tokenizer,
        peft_config=start.peft_config,
    )
    return finish(trainer, start.tokenizer, run, examples)
