"""One training run, and what every method shares: TRL's settings, and what is saved at the end.

Each method's own file builds its dataset and its trainer; nothing here knows one method from another.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import warnings
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import torch
import transformers
from peft import PeftModel

from bedside.core.config import MethodConfig
from bedside.core.errors import ConfigError, UserMistake, nearest
from bedside.train.bar import Bar
from bedside.train.checkpoints import CHECKPOINTS, TimedCheckpoint, last_checkpoint
from bedside.train.ranks import decided, is_first, saved_whole
from bedside.train.rows import Examples

__all__ = ["Run", "arguments", "finish", "quiet", "require_known"]


class Run(msgspec.Struct, frozen=True):
    """One training run: its settings, its data file, its base, the adapter to go on from, and where it is saved.

    `inputs` are the hashes of the data, the base and the start, by role.
    """

    config: MethodConfig
    seed: int
    data: Path
    base: str
    start: Path | None
    out: Path
    inputs: dict[str, str] = {}


def quiet() -> None:
    """Libraries keep their bars and notices to themselves; errors still come through."""
    import datasets

    # PEFT still asks for a property under its old name, and TRL means to rename the switch for Liger.
    warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
    warnings.filterwarnings("ignore", message=".*use_liger_kernel.*", category=FutureWarning)
    # ORPO and SimPO live under `trl.experimental`, which says so each time.
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TQDM_DISABLE", "1")


def require_known(names: Iterable[str], known: Iterable[str], owner: str, where: str) -> None:
    """Raise a ConfigError for option names that their owner does not have, with the nearest that it has."""
    choices = set(known)
    wrong = [name for name in names if name not in choices]
    if wrong:
        hints = [f"{name!r}" + (f" (did you mean {n!r}?)" if (n := nearest(name, choices)) else "") for name in wrong]
        raise ConfigError(f"no such option of {owner}: {', '.join(hints)}", where=where)


def arguments(kind: type, run: Run, **defaults: Any) -> Any:
    """TRL's settings: bedside's names, then the method's defaults, then `options` as the user wrote them.

    Raises:
        ConfigError: an option that TRL does not have, with the nearest that it has; a value that it does not take.
        UserMistake: a tracker that is not installed.
    """
    config = run.config
    known = {field.name for field in dataclasses.fields(kind)}
    require_known(config.options, known, kind.__name__, "train options")
    _require_tracker(config.options.get("report_to", "none"))
    accelerated = torch.cuda.is_available()
    settings = {
        "output_dir": str(run.out / CHECKPOINTS),
        "num_train_epochs": config.epochs,
        "learning_rate": config.learning_rate,
        "per_device_train_batch_size": config.batch_size,
        "max_length": config.max_length,
        "seed": run.seed,
        "data_seed": run.seed,
        "lr_scheduler_type": "cosine",
        "warmup_steps": 0.05,
        "logging_steps": 5,
        "logging_first_step": True,
        "save_strategy": "steps" if config.checkpoint_steps else "no",
        "save_steps": config.checkpoint_steps or 500,
        "save_total_limit": config.checkpoint_limit,
        "report_to": "none",
        "disable_tqdm": True,
        "bf16": accelerated and torch.cuda.is_bf16_supported(),
        "use_cpu": not accelerated,
        "dataloader_pin_memory": accelerated,
        "use_liger_kernel": accelerated and importlib.util.find_spec("liger_kernel") is not None,
    }
    if "gradient_checkpointing" not in config.options:
        # TRL's default is on, which saves memory and costs time; transformers renamed it, and the new name goes first.
        settings["activation_checkpointing" if "activation_checkpointing" in known else "gradient_checkpointing"] = (
            accelerated
        )
    try:
        return kind(**(settings | defaults | config.options))
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{kind.__name__} does not take these options: {error}", where="train options") from None


def _require_tracker(wanted: Any) -> None:
    from transformers.integrations import get_available_reporting_integrations

    there = {"none", "all", *get_available_reporting_integrations()}
    names = [wanted] if isinstance(wanted, str) else list(wanted or ())
    if missing := [str(name) for name in names if name not in there]:
        raise UserMistake(
            f"report_to: {', '.join(missing)} is not installed, or is no tracker of transformers",
            where="train options",
            remedy=f"Install its package, or choose one of: {', '.join(sorted(there))}.",
        )


def finish(trainer: Any, tokenizer: Any, run: Run, examples: Examples[Any]) -> dict[str, int]:
    """Train from the last checkpoint or from the start, then save the weights, the tokenizer and the log of losses."""
    with ExitStack() as stack:
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.add_callback(Bar(f"train {run.config.method}", sum(examples.lengths) * run.config.epochs, stack))
        if trainer.args.save_strategy == "no":
            trainer.add_callback(TimedCheckpoint())
        # What ran since the trainer was made (a reference pass, or none where it was remembered) changes no dropout.
        transformers.set_seed(trainer.args.seed)
        trainer.train(resume_from_checkpoint=decided(lambda: last_checkpoint(run.out)))
    weights = saved_whole(trainer)
    if is_first():
        _save(trainer, tokenizer, run, weights)
    return examples.counts() | {"steps": int(trainer.state.global_step)}


def _save(trainer: Any, tokenizer: Any, run: Run, weights: dict[str, Any] | None) -> None:
    model = trainer.accelerator.unwrap_model(trainer.model)
    # TRL keeps the frozen reference as a second adapter; only the trained one is the result.
    chosen = {"selected_adapters": ["default"]} if isinstance(model, PeftModel) else {}
    model.save_pretrained(str(run.out), state_dict=weights, **chosen)
    tokenizer.save_pretrained(str(run.out))
    log = [row for row in trainer.state.log_history if "loss" in row]
    (run.out / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in log), encoding="utf-8")
