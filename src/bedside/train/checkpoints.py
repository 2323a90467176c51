"""Checkpoints of a run: when they are written, and which one an interrupted run goes on from.

A run that was killed and goes on ends in the same weights, bit for bit on a CPU with as many threads as before (their
number decides the order of sums): optimizer, schedule, place in the data and random generators are in the checkpoint.
Where the kill came while one was being written, it is not whole and the one before counts.
"""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

__all__ = ["CHECKPOINTS", "TimedCheckpoint", "last_checkpoint"]

CHECKPOINTS = "checkpoints"
EVERY_S = 600.0
# Several processes agree through the first one; not at every step, which would cost.
AGREE_STEPS = 10


def last_checkpoint(out: Path) -> str | None:
    """The newest whole checkpoint of a run's folder; torn ones are removed."""
    whole: dict[int, Path] = {}
    for folder in (out / CHECKPOINTS).glob("checkpoint-*"):
        if _is_whole(folder):
            whole[int(folder.name.rpartition("-")[2])] = folder
        else:
            shutil.rmtree(folder)
    return str(whole[max(whole)]) if whole else None


def _is_whole(folder: Path) -> bool:
    """The trainer's state is written last; a file that was cut off is not JSON."""
    try:
        return bool(json.loads((folder / "trainer_state.json").read_text(encoding="utf-8"))["global_step"])
    except (OSError, ValueError, KeyError):
        return False


class TimedCheckpoint(TrainerCallback):  # type: ignore[misc]
    """Asks for a checkpoint every ten minutes, so that a short run writes none and a long one loses little."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        self._every_s = every_s
        self._last = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if args.world_size > 1 and state.global_step % AGREE_STEPS:
            return
        due = [time.monotonic() - self._last >= self._every_s]
        if args.world_size > 1:
            from accelerate.utils import broadcast_object_list

            broadcast_object_list(due)
        if due[0]:
            self._last = time.monotonic()
            control.should_save = True
