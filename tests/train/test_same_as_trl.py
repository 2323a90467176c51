"""bedside's run is TRL's: the same losses as a plain TRL script with the same settings, data and seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import trl
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer

from bedside.core.files import read_rows
from bedside.core.records import Label, Preference, SftExample
from bedside.train.run import quiet

from .runs import log, settings, train

FILES: dict[str, tuple[str, Any, tuple[str, ...]]] = {
    "sft": ("sft.jsonl", SftExample, ("messages",)),
    "dpo": ("preferences.jsonl", Preference, ("prompt", "chosen", "rejected")),
    "kto": ("labels.jsonl", Label, ("prompt", "completion", "label")),
}
# Learning rate high enough for the losses to move; dropout, so that random numbers matter too.
RATE, EPOCHS = 2e-2, 3


def plain_trl(method: str, pairs: Path, base: Path, out: Path) -> list[float]:
    """What a script after TRL's own documentation does, with nothing of bedside in it."""
    quiet()
    file, kind, columns = FILES[method]
    rows = [{c: msgspec.to_builtins(getattr(row, c)) for c in columns} for row in read_rows(pairs / file, kind)]
    shared: dict[str, Any] = {
        "output_dir": str(out), "num_train_epochs": EPOCHS, "learning_rate": RATE, "per_device_train_batch_size": 4,
        "max_length": 512, "seed": 3, "data_seed": 3, "lr_scheduler_type": "cosine", "warmup_steps": 0.05,
        "logging_steps": 1, "save_strategy": "no", "report_to": "none", "use_cpu": True, "bf16": False,
        "gradient_checkpointing": False, "disable_tqdm": True, "dataloader_pin_memory": False,
    }  # fmt: skip
    trainers = {
        "sft": (trl.SFTTrainer, trl.SFTConfig, {"assistant_only_loss": True}),
        "dpo": (trl.DPOTrainer, trl.DPOConfig, {"disable_dropout": False}),
        "kto": (trl.KTOTrainer, trl.KTOConfig, {"disable_dropout": False}),
    }
    trainer_kind, config_kind, more = trainers[method]
    lora = LoraConfig(r=4, lora_alpha=8, lora_dropout=0.1, target_modules="all-linear", task_type="CAUSAL_LM")
    trainer = trainer_kind(
        AutoModelForCausalLM.from_pretrained(base),
        args=config_kind(**shared, **more),
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(base),
        peft_config=lora,
    )
    trainer.train()
    return [row["loss"] for row in trainer.state.log_history if "loss" in row]


@pytest.mark.parametrize("method", ["sft", "dpo", "kto"])
def test_losses_are_those_of_trl(method: str, pairs: Path, random_model: Path, tmp_path: Path) -> None:
    options: dict[str, object] = {"logging_steps": 1}
    if method != "sft":
        # TRL's own default: log-probabilities of the reference on the way.
        options |= {"disable_dropout": False, "precompute_ref_log_probs": False}
    lora = {"r": 4, "alpha": 8, "dropout": 0.1}
    config = settings(method, learning_rate=RATE, epochs=EPOCHS, options=options, lora=lora)
    train(config, pairs, random_model, tmp_path / "ours", seed=3)
    ours = [row["loss"] for row in log(tmp_path / "ours")]
    theirs = plain_trl(method, pairs, random_model, tmp_path / "theirs")
    assert len(theirs) == 6, "eight examples in batches of four, three times"
    assert ours == pytest.approx(theirs, abs=1e-4)
    assert max(theirs) - min(theirs) > 1e-2, "they moved"
