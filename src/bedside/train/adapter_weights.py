"""What a LoRA adapter adds to its base, tensor by tensor, and how it is scaled.

An adapter changes a weight W to W + s B A (Hu et al. 2021, arXiv 2106.09685); scaling it by x scales B. Modules that
are kept whole beside it (`modules_to_save`) go the way from the base's to their own. DoRA (arXiv 2402.09353) also
sets the length of each row, so that no scaled adapter leads back to the base; it is scaled where it is merged.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig
from peft.utils.other import get_pattern_key

from bedside.core.errors import UserMistake
from bedside.train.weight_files import Weights

__all__ = ["Adapter", "between", "read_adapter_config", "same_shape"]

PREFIX = "base_model.model."
UP = (".lora_B.weight", ".lora_B.bias", ".lora_embedding_B")
# What PEFT can put on a model that scaling B does not scale, or that changes the base itself.
UNKNOWN = (
    "trainable_token_indices", "target_parameters", "layer_replication", "megatron_config", "alora_invocation_tokens",
    "use_qalora", "use_bdlora", "arrow_config", "kasa_config", "velora_config", "monteclora_config",
)  # fmt: skip
KEEPS_BASE = (True, False, "gaussian", "eva", "orthogonal")


def read_adapter_config(folder: Path) -> Any:
    """PEFT's settings of an adapter.

    Raises:
        UserMistake: it is no LoRA, or of a kind that cannot be scaled.
    """
    config = PeftConfig.from_pretrained(str(folder))
    kind = str(getattr(config.peft_type, "value", config.peft_type))
    if kind != "LORA":
        raise UserMistake(f"is an adapter of the kind {kind}; the dial turns LoRA", where=str(folder))
    wrong = [f"{name}: {value!r}" for name in UNKNOWN if (value := getattr(config, name, None))]
    if config.bias != "none":
        wrong.append(f"bias: {config.bias!r}")
    if config.init_lora_weights not in KEEPS_BASE:
        wrong.append(f"init_lora_weights: {config.init_lora_weights!r}, which changes the base")
    if wrong:
        raise UserMistake(
            f"holds what the dial cannot scale: {'; '.join(wrong)}",
            where=str(folder / "adapter_config.json"),
            remedy="Train with LoRA on modules alone; `lora.options` of the run put it there.",
        )
    return config


def between(base: torch.Tensor, tuned: torch.Tensor, level: float) -> torch.Tensor:
    """The tensor at a level: the base's at 0 and the tuned at 1, bit for bit; of the tuned one's type."""
    if level == 1 or not tuned.is_floating_point():
        return tuned
    if level == 0:
        return base.to(tuned.dtype)
    wide = torch.float64 if tuned.dtype == torch.float64 else torch.float32
    return (base.to(wide) + level * (tuned.to(wide) - base.to(wide))).to(tuned.dtype)


class Adapter:
    """An adapter's tensors by the module of the base that they change."""

    def __init__(self, config: Any, weights: Weights) -> None:
        self.config, self._weights = config, weights
        names = weights.names()
        self.modules = {name.removeprefix(PREFIX).rpartition(".lora_")[0] for name in names if ".lora_" in name}
        # PEFT saves the base's own embeddings with an adapter on them; those are not tuned.
        self.whole = {n.removeprefix(PREFIX) for n in names if ".lora_" not in n and ".base_layer." not in n}

    @property
    def rank(self) -> int:
        """The largest rank of any module."""
        return max(int(rank) for rank in (self.config.r, *(self.config.rank_pattern or {}).values()))

    @property
    def plain(self) -> bool:
        """Whether it is nothing but LoRA on linear layers: what vLLM and llama.cpp load as an adapter."""
        odd = any("lora_embedding" in name for name in self._weights.names())
        return not (self.config.use_dora or self.whole or odd or self.config.lora_bias)

    def scaled(self, name: str, tensor: torch.Tensor, level: float, base: Weights | None) -> torch.Tensor:
        """A tensor of the adapter's own file at a level; `base` is asked for modules that are kept whole."""
        if level == 1:
            return tensor
        if name.removeprefix(PREFIX) in self.whole:
            if base is None:
                raise ValueError("modules that are kept whole need the base")
            return between(same_shape(base, name.removeprefix(PREFIX), tensor), tensor, level)
        if not name.endswith(UP):
            return tensor
        # A product with 0 would leave -0.0, and none of what is not finite.
        return torch.zeros_like(tensor) if level == 0 else (tensor.float() * level).to(tensor.dtype)

    def merged(self, name: str, tensor: torch.Tensor, level: float) -> torch.Tensor:
        """A tensor of the base with the adapter at a level put into it."""
        if level == 0:
            return tensor
        if name in self.whole:
            return between(tensor, self._weights.read(PREFIX + name).to(tensor.dtype), level)
        module = name.removesuffix(".weight")
        if module not in self.modules:
            return tensor
        delta = self._delta(module)
        if self.config.use_dora:
            return between(tensor, self._dora(module, tensor, delta), level)
        return (tensor.float() + delta * (self._scaling(module) * level)).to(tensor.dtype)

    def _delta(self, module: str) -> torch.Tensor:
        first = f"{PREFIX}{module}.lora_"
        if f"{first}embedding_A" in self._weights.names():
            a, b = self._weights.read(f"{first}embedding_A"), self._weights.read(f"{first}embedding_B")
            return (b.float() @ a.float()).T
        a, b = self._weights.read(f"{first}A.weight"), self._weights.read(f"{first}B.weight")
        product = b.float() @ a.float()
        return product.T if self.config.fan_in_fan_out else product

    def _dora(self, module: str, tensor: torch.Tensor, delta: torch.Tensor) -> torch.Tensor:
        """Rows (columns where the layer is transposed) of W + s B A, each at its learnt length."""
        lengths = self._weights.read(f"{PREFIX}{module}.lora_magnitude_vector").float()
        turned = tensor.float() + delta * self._scaling(module)
        rows = turned.T if self.config.fan_in_fan_out else turned
        rows = (lengths / torch.linalg.norm(rows, dim=1)).view(-1, 1) * rows
        done: torch.Tensor = rows.T if self.config.fan_in_fan_out else rows
        return done.to(tensor.dtype)

    def _scaling(self, module: str) -> float:
        """s: alpha by the rank, or by its root (rsLoRA, arXiv 2312.03732); each module may have its own of both."""
        ranks, alphas = self.config.rank_pattern or {}, self.config.alpha_pattern or {}
        rank = ranks.get(get_pattern_key(list(ranks), module), self.config.r)
        alpha = alphas.get(get_pattern_key(list(alphas), module), self.config.lora_alpha)
        return float(alpha / math.sqrt(rank) if self.config.use_rslora else alpha / rank)


def same_shape(base: Weights, name: str, tensor: torch.Tensor) -> torch.Tensor:
    """The base's tensor of that name.

    Raises:
        UserMistake: the base has none of that name and shape.
    """
    if name not in base.names():
        raise UserMistake(
            f"the base has no {name}, so there is no way from it to the tuned one", where=str(base.folder)
        )
    found = base.read(name)
    if found.shape != tensor.shape:
        raise UserMistake(
            f"{name} is {tuple(found.shape)} in the base and {tuple(tensor.shape)} in the tuned model",
            where=str(base.folder),
        )
    return found
