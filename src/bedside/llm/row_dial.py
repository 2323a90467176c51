"""The dial in one process: a LoRA adapter's scale for each row of a batch; 0 is the base exactly, 1 the adapter.

PEFT multiplies what an adapter adds by a number a module; here it is one number a row. Only plain LoRA has such a
number for all that it changes: modules saved whole, DoRA, trained biases and token rows have not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

__all__ = ["RowDial"]


class RowDial:
    """Sets the levels of the rows that are asked next."""

    def __init__(self, model: Any) -> None:
        self._scales = _scales(model)
        self._set: tuple[float, ...] = (1.0,)

    @property
    def turns(self) -> bool:
        """Whether there is a level to set."""
        return bool(self._scales)

    def turn(self, levels: Sequence[float], device: torch.device) -> None:
        """Set a level for each row; where all are alike it is one number."""
        wanted = tuple(levels) if len(set(levels)) > 1 else tuple(levels[:1])
        if wanted == self._set:
            return
        self._set = wanted
        rows = torch.tensor(wanted, device=device).view(-1, 1, 1) if len(wanted) > 1 else None
        for scaling, name, trained in self._scales:
            scaling[name] = trained * wanted[0] if rows is None else rows * trained


def _scales(model: Any) -> list[tuple[dict[str, Any], str, float]]:
    """Each adapted module's table of scales, the adapter's name in it, and the scale of training."""
    if not hasattr(model, "peft_config"):
        return []
    config = model.peft_config[model.active_adapter]
    plain = config.peft_type == "LORA" and config.bias == "none"
    others = ("use_dora", "modules_to_save", "trainable_token_indices", "lora_bias", "target_parameters")
    if not plain or any(getattr(config, other, None) for other in others):
        return []
    name = model.active_adapter
    tables = [getattr(module, "scaling", None) for module in model.modules()]
    return [(table, name, float(table[name])) for table in tables if isinstance(table, dict) and name in table]
