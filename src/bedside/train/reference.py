"""Log-probabilities of the reference model, kept on disk and used again by every run that would compute the same.

They depend on the examples as tokens, in their order and batches, and on the reference's weights; both are in the
file's name as a hash, so a changed example, template, base, start or library gives another file.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
import trl
from datasets import Dataset
from safetensors.numpy import load_file, save

from bedside.core.files import atomic_write
from bedside.train.run import Run

__all__ = ["FOLDER", "remembered"]

FOLDER = "reference-log-probabilities"


def remembered(run: Run, trainer: Any, dataset: Dataset, compute: Callable[[], Dataset]) -> Dataset:
    """The dataset with its columns of reference log-probabilities: read where an earlier run left them, or computed."""
    folder = Path(run.config.reference_cache) if run.config.reference_cache else run.out.parent / FOLDER
    path = folder / f"{run.config.method}-{_key(run, trainer, dataset)}.safetensors"
    if path.is_file():
        for name, values in sorted(load_file(path).items()):
            dataset = dataset.add_column(name, values)
        return dataset
    done = compute()
    if trainer.accelerator.is_main_process:
        new = [name for name in done.column_names if name not in dataset.column_names]
        with atomic_write(path) as out:
            out.write(save({name: np.asarray(done[name], dtype=np.float32) for name in new}))
    return done


def _key(run: Run, trainer: Any, dataset: Dataset) -> str:
    args, config = trainer.args, run.config
    digest = sha256()
    token_columns = sorted(name for name in dataset.column_names if name.endswith("_ids"))
    for row in dataset.select_columns(token_columns):
        digest.update(json.dumps([row[name] for name in token_columns]).encode())
    weights = {
        "base": run.inputs.get("base", run.base),
        "revision": getattr(trainer.model.config, "_commit_hash", None),
        "start": run.inputs.get("start"),
        "quantization": config.quantization,
        "model_options": config.model_options,
        # Some ways to begin an adapter (PiSSA, LoftQ) change the base.
        "adapter": config.lora.options if config.lora is not None and run.start is None else None,
    }
    how = {
        "max_length": args.max_length,
        "batch": args.precompute_ref_batch_size or args.per_device_train_batch_size,
        "ld_alpha": getattr(args, "ld_alpha", None),
        "precision": [str(trainer.model.dtype), args.bf16, args.fp16],
        "device": args.device.type,
        "libraries": [trl.__version__, transformers.__version__, torch.__version__],
    }
    digest.update(json.dumps([weights, how], sort_keys=True, default=str).encode())
    return digest.hexdigest()[:24]
