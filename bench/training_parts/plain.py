"""What a user of TRL writes after its documentation: load, train, save. Nothing of bedside's training is in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import trl
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl.experimental.cpo import CPOConfig, CPOTrainer
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

__all__ = ["run"]

COLUMNS = {
    "sft": ("messages",),
    "dpo": ("prompt", "chosen", "rejected"),
    "kto": ("prompt", "completion", "label"),
    "orpo": ("prompt", "chosen", "rejected"),
    "simpo": ("prompt", "chosen", "rejected"),
}
KINDS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "sft": (trl.SFTTrainer, trl.SFTConfig, {"assistant_only_loss": True}),
    "dpo": (trl.DPOTrainer, trl.DPOConfig, {}),
    "kto": (trl.KTOTrainer, trl.KTOConfig, {}),
    "orpo": (ORPOTrainer, ORPOConfig, {"remove_unused_columns": False}),
    "simpo": (
        CPOTrainer,
        CPOConfig,
        {"loss_type": "simpo", "cpo_alpha": 0.0, "beta": 2.0, "simpo_gamma": 1.0, "remove_unused_columns": False},
    ),
}


def run(method: str, data: Path, base: str, out: Path, options: dict[str, Any], limit: int) -> None:
    """Train a LoRA of rank 32 on all linear layers and save it."""
    lines = data.read_text(encoding="utf-8").splitlines()[:limit]
    rows = [{name: row[name] for name in COLUMNS[method]} for row in map(json.loads, lines)]
    trainer_kind, config_kind, more = KINDS[method]
    trainer = trainer_kind(
        AutoModelForCausalLM.from_pretrained(base),
        args=config_kind(output_dir=str(out), **more | options),
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(base),
        peft_config=LoraConfig(r=32, lora_alpha=64, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.train()
    trainer.save_model(str(out))
