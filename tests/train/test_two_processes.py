"""Two processes on a CPU (gloo) learn what one learns from the same batches; only the first writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from bedside.core.manifest import read_manifest

from .runs import log, settings, train, weights

ONE_THREAD = os.environ | {"OMP_NUM_THREADS": "1"}
WORDS = ["learning_rate=0.01", "options.logging_steps=1", "epochs=2", "options.use_cpu=true"]


@pytest.mark.parametrize("lora", ["lora={r: 4, alpha: 8}", "lora=null"])
def test_two_processes_equal_one(lora: str, pairs: Path, random_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "two"
    launch = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc_per_node",
        "2",
        "-m",
        "bedside.cli",
    ]
    command = [*launch, "train", "sft", str(pairs), "--model", f"local:{random_model}", "-o", str(out)]
    told = subprocess.run(
        [*command, *WORDS, lora, "batch_size=2"],
        capture_output=True,
        text=True,
        timeout=300,
        env=ONE_THREAD,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-3000:]
    assert told.stderr.count("train: rows 8, examples 8, rejected 0, steps 4") == 1, told.stderr
    more = {"options": {"logging_steps": 1, "use_cpu": True}, "epochs": 2, "batch_size": 4}
    if lora == "lora=null":
        more["lora"] = None
    train(settings("sft", **more), pairs, random_model, tmp_path / "one")
    assert sorted(p.name for p in out.iterdir()) == sorted(p.name for p in (tmp_path / "one").iterdir())
    losses, single = ([row["loss"] for row in log(folder)] for folder in (out, tmp_path / "one"))
    assert len(losses) == 4
    assert losses == pytest.approx(single, abs=1e-5)
    both, one = weights(out), weights(tmp_path / "one")
    assert set(both) == set(one)
    for name, tensor in one.items():
        torch.testing.assert_close(both[name], tensor, rtol=0, atol=1e-5)
    assert read_manifest(out) is not None
