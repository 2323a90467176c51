"""Runs that kill themselves: `python -m tests.train.killed JOBS.json`; each job in a process of its own.

A job is {config, seed, pairs, base, start, out, where, step}: SIGKILL comes in step `step`, before its gradients are
used (`training`), or while the checkpoint of that step is half written (`saving`).
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import transformers

from bedside.core.config import MethodConfig
from bedside.train import build

ALONE = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}


def die(*args: Any, **kwargs: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run(job: dict[str, Any]) -> None:
    trainer = transformers.Trainer
    calls = 0
    step = trainer.training_step

    def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        loss = step(self, *args, **kwargs)
        if job["where"] == "training" and calls == job["step"]:
            die()
        return loss

    trainer.training_step = counted
    if job["where"] == "saving":
        save = trainer._save_rng_state
        trainer._save_rng_state = lambda self, folder: die() if calls == job["step"] else save(self, folder)
    start = Path(job["start"]) if job["start"] else None
    config = MethodConfig.model_validate(job["config"])
    build(config, job["seed"], Path(job["pairs"]), (f"local:{job['base']}", start), Path(job["out"]))


def only_one_thread() -> None:
    """A fork of a process with threads may crash: Arrow's allocator has one, unless `ALONE` is in the environment."""
    tasks = Path("/proc/self/task")
    assert not tasks.is_dir() or len(list(tasks.iterdir())) == 1, [(t / "comm").read_text() for t in tasks.iterdir()]


def main() -> None:
    for name in ("sft", "dpo", "kto", "orpo", "preflight", "card"):
        importlib.import_module(f"bedside.train.{name}")  # once, not in each process
    for name in ("orpo_trainer", "orpo_config"):
        importlib.import_module(f"trl.experimental.orpo.{name}")
    only_one_thread()
    for job in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        child = os.fork()
        if child == 0:
            run(job)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
