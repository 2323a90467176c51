"""Progress of a training run, with its loss and pace."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Any

from transformers import TrainerCallback

from bedside.core.progress import Advance, progress

__all__ = ["Bar"]


class Bar(TrainerCallback):  # type: ignore[misc]
    """Tells of each step with the last loss and tokens/s; `tokens` is what the whole run reads.

    The bar closes with `stack`, also when training fails.
    """

    def __init__(self, what: str, tokens: float, stack: ExitStack) -> None:
        self._what, self._tokens, self._stack = what, tokens, stack
        self._advance: Advance = lambda steps, note: None
        self._loss = ""
        self._begun = 0.0
        self._first = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if not state.is_world_process_zero:
            return
        self._begun = time.monotonic()
        self._first = int(state.global_step)
        self._advance = self._stack.enter_context(progress(self._what, int(state.max_steps), self._first))

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        if logs and "loss" in logs:
            self._loss = f"loss {float(logs['loss']):.3f}"

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        now = time.monotonic()
        steps_a_second = (state.global_step - self._first) / max(now - self._begun, 1e-9)
        note = f"{self._loss}  {steps_a_second * self._tokens / max(state.max_steps, 1):,.0f} tokens/s"
        self._advance(1, note)
