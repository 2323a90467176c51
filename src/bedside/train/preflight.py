"""What a run will need, before it starts: memory by part, and time; from the model's configuration alone.

Activations follow the layers of a Llama-like decoder, counted tensor by tensor (as Korthikanti et al. 2022, arXiv
2205.05198, section 4, did for GPT); other architectures are near. Time is what the arithmetic takes at the speed that
a short multiplication reaches on this device. How far both are from what was measured: docs/training.md.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
import torch
from peft import get_peft_model
from transformers import AutoModelForCausalLM

from bedside.core.config import MethodConfig
from bedside.core.errors import UserMistake
from bedside.train.load import adapter_config, base_config
from bedside.train.rows import Examples
from bedside.train.run import Run

__all__ = ["Estimate", "Shape", "estimate", "free_bytes", "require_fit", "shape_of"]

GB = 1e9
# What the process holds before it has a model: torch, transformers, TRL and datasets on a CPU, measured; on a GPU
# the context and kernels of CUDA.
PROCESS_BYTES = {"cpu": 0.6e9, "cuda": 0.8e9}
# Share of the arithmetic speed of one large multiplication that a training step reaches.
EFFICIENCY = {"cpu": 0.35, "cuda": 0.4}
# Conversations that one example puts through the model: two sides of a preference, an answer and its mismatched twin.
SEQUENCES = {"sft": 1, "dpo": 2, "kto": 2, "orpo": 2, "simpo": 2}
# ORPO's and SimPO's trainers hold the scores of the whole vocabulary; the others compute them in pieces.
WHOLE_SCORES = ("orpo", "simpo")
# Scores, their float32 copy, the softmax and its gradient.
SCORE_COPIES = 4
# TRL's fused head works on tiles of at most so many tokens and words; without Triton (on a CPU) it copies a tile about
# eight times, measured.
TILE_TOKENS, TILE_WORDS = 4096, 32768
TILE_COPIES = {"cpu": 8, "cuda": 2}
CHECKPOINTED = {"activation_checkpointing": True, "gradient_checkpointing": True}


class Shape(msgspec.Struct, frozen=True):
    """What memory depends on in a model: counts of parameters and the sizes of a layer."""

    parameters: int
    trained: int
    adapter: int
    layers: int
    hidden: int
    intermediate: int
    key_values: int
    vocabulary: int
    weight_bytes: float
    trained_bytes: int


class Estimate(msgspec.Struct, frozen=True):
    """Bytes by part and their sum, the device's free bytes, and the seconds that the run takes."""

    device: str
    parts: dict[str, int]
    needed: int
    free: int
    steps: int
    seconds: float

    def lines(self) -> list[str]:
        """The estimate as text, a part a line."""
        parts = [f"  {name:<22}{count / GB:9.3f} GB" for name, count in self.parts.items()]
        total = f"  {'needed':<22}{self.needed / GB:9.3f} GB of {self.free / GB:.3f} GB free on {self.device}"
        return [*parts, total, f"  {self.steps:,} steps, about {self.seconds / 60:,.1f} min"]


def shape_of(run: Run) -> Shape:
    """Count the parameters on torch's meta device, which holds no numbers; the adapter is really put on."""
    described = base_config(run)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(described)
    total = sum(p.numel() for p in model.parameters())
    width = _weight_bytes(run.config, described)
    adapter, settings = 0, adapter_config(run)
    if settings is not None:
        with torch.device("meta"):
            adapted = get_peft_model(model, settings)
        adapter = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    text = described.get_text_config()
    heads = getattr(text, "num_attention_heads", 1)
    head = getattr(text, "head_dim", None) or text.hidden_size // heads
    return Shape(
        parameters=total,
        trained=adapter or total,
        adapter=adapter,
        layers=text.num_hidden_layers,
        hidden=text.hidden_size,
        intermediate=getattr(text, "intermediate_size", None) or 4 * text.hidden_size,
        key_values=head * (getattr(text, "num_key_value_heads", None) or heads),
        vocabulary=text.vocab_size,
        weight_bytes=width,
        trained_bytes=4 if adapter else int(width),
    )


def _weight_bytes(config: MethodConfig, described: Any) -> float:
    """Bytes a parameter. Quantized weights keep scales, and embeddings stay as they were."""
    if config.quantization is not None:
        return 0.65 if config.quantization == "4bit" else 1.15
    wanted = config.model_options.get("dtype", "auto")
    dtype = getattr(described, "dtype", None) if wanted == "auto" else wanted
    dtype = getattr(torch, dtype) if isinstance(dtype, str) else dtype
    return float((dtype or torch.float32).itemsize)


def estimate(run: Run, examples: Examples[Any], settings: Any, shape: Shape) -> Estimate:
    """Memory and time of a run with TRL's `settings`."""
    device = "cuda" if torch.cuda.is_available() and not settings.use_cpu else "cpu"
    parts = _memory(run, examples, settings, shape, device)
    counts = {name: round(size) for name, size in parts.items()}
    steps = _steps(examples, settings)
    seconds = _flops(examples, settings, shape, run) / (_speed(device, settings) * EFFICIENCY[device])
    return Estimate(device, counts, sum(counts.values()), free_bytes(device), steps, seconds)


def _memory(run: Run, examples: Examples[Any], settings: Any, shape: Shape, device: str) -> dict[str, float]:
    sequences = settings.per_device_train_batch_size * SEQUENCES[run.config.method]
    longest = settings.max_length if getattr(settings, "packing", False) else examples.longest
    tokens = sequences * longest
    width = 2.0 if settings.bf16 or settings.fp16 else min(shape.weight_bytes, 4.0) if shape.weight_bytes >= 2 else 2.0
    layer = tokens * _layer_values(shape) * width
    kept = tokens * shape.hidden * width * shape.layers
    checkpointed = getattr(settings, "activation_checkpointing", None) or settings.gradient_checkpointing
    parts = {
        "process": PROCESS_BYTES[device],
        "weights": shape.parameters * shape.weight_bytes + shape.adapter * 4,
        "gradients": shape.trained * float(shape.trained_bytes),
        "optimizer": shape.trained * _optimizer_bytes(settings, shape.trained_bytes),
        "activations": kept + layer if checkpointed else layer * shape.layers,
        "scores": _score_bytes(run.config.method, tokens, shape, device),
    }
    if reference := _reference_bytes(run, settings, shape):
        parts["reference model"] = reference
    return parts


def _layer_values(shape: Shape) -> float:
    """Numbers a layer keeps of each token for the backward pass.

    Input, two norms (input in float32 counts twice), queries before and after rotation, attention's output and its
    projection: 10 of the hidden size; keys and values before and after rotation; the four of a gated MLP. An adapter
    keeps its own input copies: one more of each.
    """
    bare = 10 * shape.hidden + 3 * shape.key_values + 4 * shape.intermediate
    return bare + (4 * shape.hidden + 2 * shape.intermediate if shape.adapter else 0)


def _optimizer_bytes(settings: Any, width: int) -> float:
    """Bytes a trained parameter: two moments for Adam, one byte each where it keeps eight bits, none for plain SGD."""
    name = str(getattr(settings.optim, "value", settings.optim))
    return 2.0 if "8bit" in name else 0.0 if name == "sgd" else 0.1 if "adafactor" in name else 2.0 * width


def _score_bytes(method: str, tokens: int, shape: Shape, device: str) -> float:
    """Scores over the vocabulary: all at once, or the tiles of TRL's fused head."""
    if method in WHOLE_SCORES:
        return tokens * shape.vocabulary * 4.0 * SCORE_COPIES
    return min(tokens, TILE_TOKENS) * min(shape.vocabulary, TILE_WORDS) * 4.0 * TILE_COPIES[device]


def _reference_bytes(run: Run, settings: Any, shape: Shape) -> float:
    """A second model only where full weights are tuned without log-probabilities computed beforehand."""
    if run.config.method not in ("dpo", "kto"):
        return 0.0
    if shape.adapter:
        return shape.adapter * 4.0 if run.start is not None else 0.0
    return 0.0 if settings.precompute_ref_log_probs else shape.parameters * shape.weight_bytes


def _steps(examples: Examples[Any], settings: Any) -> int:
    if settings.max_steps > 0:
        return int(settings.max_steps)
    rows = float(len(examples.rows))
    if getattr(settings, "packing", False):
        rows = max(1.0, sum(examples.lengths) / settings.max_length)
    batch = settings.per_device_train_batch_size * settings.gradient_accumulation_steps
    return max(1, -(-int(rows * settings.num_train_epochs) // int(batch)))


def _flops(examples: Examples[Any], settings: Any, shape: Shape, run: Run) -> float:
    """Two a parameter and token forward, two for the gradient of the inputs, two for that of trained weights."""
    passes = 4.0 + 2.0 * shape.trained / shape.parameters
    if getattr(settings, "activation_checkpointing", None) or settings.gradient_checkpointing:
        passes += 2.0
    tokens = sum(examples.lengths) * settings.num_train_epochs
    kto = 2.0 if run.config.method == "kto" else 0.0
    reference = 0.0
    if run.config.method in ("dpo", "kto"):
        reference = (
            (2.0 + kto)
            * sum(examples.lengths)
            * (1 if settings.precompute_ref_log_probs else settings.num_train_epochs)
        )
    return float(shape.parameters * ((passes + kto) * tokens + reference))


def _speed(device: str, settings: Any) -> float:
    """Arithmetic operations a second of a multiplication in the run's precision."""
    size, times = (4096, 10) if device == "cuda" else (512, 4)
    dtype = torch.bfloat16 if settings.bf16 else torch.float32
    a = torch.zeros(size, size, device=device, dtype=dtype)
    (a @ a).sum().item()
    begun = time.perf_counter()
    for _ in range(times):
        a = a @ a
    a.sum().item()
    return times * 2.0 * size**3 / (time.perf_counter() - begun)


def free_bytes(device: str) -> int:
    """Memory that a new process can have: the GPU's, or the machine's within the limit of its container."""
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    import psutil

    free = int(psutil.virtual_memory().available)
    group = Path("/sys/fs/cgroup")
    try:
        limit = int((group / "memory.max").read_text(encoding="ascii"))
        used = int((group / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such file, or the word `max`
        return free
    return min(free, max(0, limit - used))


def require_fit(run: Run, examples: Examples[Any], settings: Any, shape: Shape) -> Estimate:
    """The estimate of a run.

    Raises:
        UserMistake: it does not fit into the device's free memory; the message says which setting would make it fit.
    """
    found = estimate(run, examples, settings, shape)
    if found.needed <= found.free or not run.config.preflight:
        return found
    knobs = _knobs(run, examples, settings, shape, found)
    raise UserMistake(
        f"this run needs about {found.needed / GB:.2f} GB and {found.free / GB:.2f} GB are free on {found.device}\n"
        + "\n".join(found.lines()),
        remedy=f"Turn: {'; or '.join(knobs)}. To run all the same: preflight=false.",
    )


def _knobs(run: Run, examples: Examples[Any], settings: Any, shape: Shape, found: Estimate) -> list[str]:
    """Settings that lower the need, those first that make the run fit by themselves."""
    batch = settings.per_device_train_batch_size
    changes: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("options.activation_checkpointing=true", CHECKPOINTED, {}),
        (f"batch_size=1 with options.gradient_accumulation_steps={batch}", {"per_device_train_batch_size": 1}, {}),
    ]
    if run.config.lora is None:
        small = {"trained": shape.parameters // 100, "adapter": shape.parameters // 100, "trained_bytes": 4}
        changes.append(("lora, in place of full weights", {}, small))
    if found.device == "cuda" and run.config.quantization is None and run.config.lora is not None:
        changes.append(("quantization=4bit", {}, {"weight_bytes": 0.65}))
    told = []
    for name, new, other in changes:
        changed = _Changed(settings, new)
        need = sum(_memory(run, examples, changed, msgspec.structs.replace(shape, **other), found.device).values())
        told.append((need > found.free, need, f"{name} ({need / GB:.2f} GB)"))
    told.sort()
    return [text for _, _, text in told] + ["a shorter max_length", "a smaller model"]


class _Changed:
    """Settings of TRL with some of them otherwise."""

    def __init__(self, settings: Any, new: dict[str, Any]) -> None:
        self._settings, self._new = settings, new

    def __getattr__(self, name: str) -> Any:
        return self._new[name] if name in self._new else getattr(self._settings, name)
