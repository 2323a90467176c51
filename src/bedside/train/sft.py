"""Supervised fine-tuning: imitate the doctor's side of whole conversations (TRL `SFTTrainer`)."""

from __future__ import annotations

from typing import Any

import msgspec
from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from bedside.core.files import read_rows
from bedside.core.records import SftExample
from bedside.train.answers import has_markers, with_answer_masks
from bedside.train.load import Start
from bedside.train.rows import Examples, fitting
from bedside.train.run import Run, arguments, finish

__all__ = ["examples", "settings", "train"]


def examples(run: Run, tokenizer: Any) -> Examples[SftExample]:
    """The conversations of `sft.jsonl` that fit."""
    rows = list(read_rows(run.data, SftExample))[: run.config.limit]
    return fitting(rows, lambda row: [row.messages], tokenizer, run.config)


def settings(run: Run) -> Any:
    """The loss is taken on the doctor's words only; conversations are packed where flash attention keeps them apart."""
    flash = "flash" in str(run.config.model_options.get("attn_implementation", ""))
    packing = flash if run.config.packing is None else run.config.packing
    return arguments(SFTConfig, run, assistant_only_loss=True, packing=packing)


def train(run: Run, examples: Examples[SftExample], settings: Any, start: Start) -> dict[str, int]:
    """Train on `sft.jsonl`."""
    talks = [{"messages": msgspec.to_builtins(row.messages)} for row in examples.rows]
    if settings.assistant_only_loss and not has_markers(start.tokenizer):
        talks = [with_answer_masks(talk["messages"], start.tokenizer) for talk in talks]
        settings.assistant_only_loss = False
    trainer = SFTTrainer(
        start.model,
        args=settings,
        train_dataset=Dataset.from_list(talks),
        processing_class=start.tokenizer,
        peft_config=start.peft_config,
    )
    return finish(trainer, start.tokenizer, run, examples)
