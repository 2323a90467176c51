"""What every training method shares: the model to start from, TRL's settings, the progress bar, what is saved.

Each method's own file builds its dataset and its trainer; nothing here knows one method from another.
"""

from __future__ import annotations

import dataclasses
import json
import os
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, TrainerCallback

from bedside.core.config import MethodConfig
from bedside.core.errors import ConfigError, UserMistake, nearest
from bedside.core.progress import Advance
from bedside.core.records import ChatMessage
from bedside.llm.local import load_tokenizer

__all__ = ["Run", "arguments", "finish", "fitting", "start_model"]

Row = TypeVar("Row")
Talk = tuple[ChatMessage, ...]


class Run(msgspec.Struct, frozen=True):
    """One training run: its settings, its data file, its base, the adapter to go on from, and where it is saved."""

    config: MethodConfig
    seed: int
    data: Path
    base: str
    start: Path | None
    out: Path


def start_model(run: Run) -> tuple[Any, Any]:
    """The model to train and its tokenizer: the base with a fresh adapter, an earlier adapter, or full weights.

    Seeds every generator first, so that a fresh adapter is the same whatever ran before in this process.
    """
    quiet()
    transformers.set_seed(run.seed)
    tokenizer = load_tokenizer(str(run.start or run.base))
    if run.start is not None and (run.start / "adapter_config.json").is_file():
        base = AutoModelForCausalLM.from_pretrained(run.base)
        return PeftModel.from_pretrained(base, str(run.start), is_trainable=True), tokenizer
    model = AutoModelForCausalLM.from_pretrained(str(run.start or run.base))
    lora = run.config.lora
    if lora is None:
        return model, tokenizer
    targets = lora.target_modules if isinstance(lora.target_modules, str) else list(lora.target_modules)
    settings = LoraConfig(
        r=lora.r,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=targets,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, settings), tokenizer


def fitting(rows: list[Row], talks: Callable[[Row], Iterable[Talk]], tokenizer: Any, run: Run) -> list[Row]:
    """The rows of which every conversation fits into `max_length` tokens; none is cut.

    Raises:
        UserMistake: none fits.
    """

    def fits(talk: Talk) -> bool:
        ids = tokenizer.apply_chat_template(msgspec.to_builtins(talk), tokenize=True, return_dict=True)["input_ids"]
        return len(ids) <= run.config.max_length

    kept = [row for row in rows if all(fits(talk) for talk in talks(row))]
    if not kept:
        raise UserMistake(
            f"none of the {len(rows)} examples fits into max_length {run.config.max_length}",
            where=str(run.data),
            remedy="Raise max_length, as far as the model's context allows.",
        )
    return kept


def quiet() -> None:
    """Libraries keep their bars and notices to themselves; errors still come through."""
    import datasets

    # PEFT still asks for a property under its old name.
    warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TQDM_DISABLE", "1")


def arguments(kind: type, run: Run, **defaults: Any) -> Any:
    """TRL's settings: bedside's names, then the method's defaults, then `options` as the user wrote them.

    Raises:
        ConfigError: an option that TRL does not have, with the nearest that it has.
    """
    known = {field.name for field in dataclasses.fields(kind)}
    wrong = [name for name in run.config.options if name not in known]
    if wrong:
        hints = [f"{name!r}" + (f" (did you mean {n!r}?)" if (n := nearest(name, known)) else "") for name in wrong]
        raise ConfigError(f"no such option of {kind.__name__}: {', '.join(hints)}", where="train options")
    accelerated = torch.cuda.is_available()
    settings = {
        "output_dir": str(run.out / "checkpoints"),
        "num_train_epochs": run.config.epochs,
        "learning_rate": run.config.learning_rate,
        "per_device_train_batch_size": run.config.batch_size,
        "max_length": run.config.max_length,
        "seed": run.seed,
        "data_seed": run.seed,
        "lr_scheduler_type": "cosine",
        "warmup_steps": 0.05,
        "logging_steps": 5,
        "logging_first_step": True,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "bf16": accelerated and torch.cuda.is_bf16_supported(),
        "use_cpu": not accelerated,
        "dataloader_pin_memory": accelerated,
        # TRL's default is on, which saves memory and costs time; transformers renamed it.
        ("activation" if "activation_checkpointing" in known else "gradient") + "_checkpointing": accelerated,
    }
    return kind(**(settings | defaults | run.config.options))


class Bar(TrainerCallback):  # type: ignore[misc]
    """Tells bedside's progress bar of each step, with the last loss."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._note = ""

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        if logs and "loss" in logs:
            self._note = f"loss {float(logs['loss']):.3f}"

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._advance(1, self._note)


def finish(trainer: Any, tokenizer: Any, run: Run, advance: Advance) -> dict[str, int]:
    """Train, then save the weights, the tokenizer and the log of losses; return how many examples and steps it took."""
    trainer.remove_callback(transformers.PrinterCallback)
    trainer.add_callback(Bar(advance))
    trainer.train()
    model = trainer.accelerator.unwrap_model(trainer.model)
    if isinstance(model, PeftModel):
        # TRL keeps the frozen reference as a second adapter; only the trained one is the result.
        model.save_pretrained(str(run.out), selected_adapters=["default"])
    else:
        model.save_pretrained(str(run.out))
    tokenizer.save_pretrained(str(run.out))
    log = [row for row in trainer.state.log_history if "loss" in row]
    (run.out / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in log), encoding="utf-8")
    return {"examples": len(trainer.train_dataset), "steps": int(trainer.state.global_step)}
