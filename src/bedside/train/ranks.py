"""Several processes of one run (`accelerate launch`, torchrun): the first one writes, the others wait for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["decided", "is_first", "saved_whole", "several"]

Value = TypeVar("Value")


def several() -> bool:
    """Whether this process is one of several; the launchers say so in the environment."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def is_first() -> bool:
    """Whether this process is the one that writes files and talks to the user."""
    return os.environ.get("RANK", "0") == "0"


def decided(decide: Callable[[], Value]) -> Value:
    """What the first process decides, in every process; what stops the first one stops all."""
    if not several():
        return decide()
    import torch
    from accelerate import PartialState
    from accelerate.utils import broadcast_object_list

    PartialState(cpu=not torch.cuda.is_available())
    told: list[Any] = [None, None]
    if is_first():
        try:
            told[0] = decide()
        except Exception as error:  # noqa: BLE001 (raised again, in every process)
            told[1] = error
    broadcast_object_list(told)
    if told[1] is not None:
        raise told[1]
    value: Value = told[0]
    return value


def saved_whole(trainer: Any) -> dict[str, Any] | None:
    """The trained weights, gathered where several processes share them out; None where a single one has them."""
    if not several():
        return None
    weights: dict[str, Any] = trainer.accelerator.get_state_dict(trainer.model)
    return weights
