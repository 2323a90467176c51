"""Simple preference optimisation (Meng et al. 2024, arXiv 2405.14734; TRL's experimental `CPOTrainer`).

The reward is the mean log-probability of an answer's tokens, so length earns nothing, and there is no reference model.
As in the paper the term that imitates the chosen answer is off (`cpo_alpha: 0`); `beta: 2` and a margin of half of it
(`simpo_gamma: 1`) are where its authors say to start.
"""

from __future__ import annotations

from typing import Any

import msgspec
from datasets import Dataset

from bedside.core.files import read_rows
from bedside.core.records import Preference
from bedside.train.load import Start
from bedside.train.rows import Examples, fitting
from bedside.train.run import Run, arguments, finish

__all__ = ["examples", "settings", "train"]

# This trainer puts a begin and an end token around what the template renders, where they are missing.
EXTRA_TOKENS = 2


def examples(run: Run, tokenizer: Any) -> Examples[Preference]:
    """The preferences of which both sides fit."""
    rows = list(read_rows(run.data, Preference))[: run.config.limit]
    talks = lambda row: [row.prompt + row.chosen, row.prompt + row.rejected]  # noqa: E731
    return fitting(rows, talks, tokenizer, run.config, EXTRA_TOKENS)


def settings(run: Run) -> Any:
    """TRL's settings."""
    from trl.experimental.cpo import CPOConfig

    paper = {"loss_type": "simpo", "cpo_alpha": 0.0, "beta": 2.0, "simpo_gamma": 1.0}
    return arguments(CPOConfig, run, remove_unused_columns=False, **paper)


def train(run: Run, examples: Examples[Preference], settings: Any, start: Start) -> dict[str, int]:
    """Train on `preferences.jsonl`."""
    from trl.experimental.cpo import CPOTrainer

    columns = ("prompt", "chosen", "rejected")
    rows = [{name: msgspec.to_builtins(getattr(row, name)) for name in columns} for row in examples.rows]
    trainer = CPOTrainer(
        start.model,
        args=settings,
        train_dataset=Dataset.from_list(rows),
        processing_class=start.tokenizer,
        peft_config=start.peft_config,
    )
    return finish(trainer, start.tokenizer, run, examples)
