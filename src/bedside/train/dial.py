"""The dial: a tuned model at any level between its base (0) and itself (1), and a little beyond (1.5).

A LoRA adapter is scaled, or put into its base; full weights go the way from the base's to the tuned. At 0 and 1 the
result is exact, bit for bit. One tensor is in memory at a time, except where a base's files name its tensors otherwise
than transformers does: such a base is loaded whole to be merged.
"""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from bedside.core.errors import UserMistake
from bedside.core.files import sha256
from bedside.core.manifest import Manifest, close_stage, leaving_no_husk, open_stage, read_manifest
from bedside.llm import parse_model
from bedside.llm.base_weights import require_same_base
from bedside.train.adapter_weights import Adapter, between, read_adapter_config, same_shape
from bedside.train.card import write_export_card
from bedside.train.weight_files import Change, Weights, rewrite, weight_files

__all__ = ["HIGHEST", "Exported", "Plan", "check_levels", "commands", "export"]

HIGHEST = 1.5
# The values that vLLM takes for --max-lora-rank.
VLLM_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
TOKENIZER = ("tokenizer*", "special_tokens_map.json", "added_tokens.json", "chat_template*", "vocab.*", "merges.txt")
# Beside the weights: what transformers reads, and the probe conversations as they were rendered in training.
OWN = (
    *TOKENIZER,
    "*.model",
    "probes.jsonl",
    "config.json",
    "generation_config.json",
    "adapter_config.json",
    "*.index.json",
)
# llama.cpp reads SentencePiece's own file, which transformers does not save again.
BASES = ("config.json", "generation_config.json", "*.model", "*processor_config.json", "*.index.json")


class Plan(msgspec.Struct, frozen=True):
    """What is exported: the tuned folder, its level, whether an adapter is put into its base, and where that is.

    `base` is a MODEL string; None takes the one that the folder names.
    """

    source: Path
    level: float
    merge: bool = False
    base: str | None = None


class Exported(msgspec.Struct, frozen=True):
    """An exported folder. `rank` is that of an adapter that vLLM and llama.cpp load; None for any other result."""

    name: str
    folder: Path
    base: str
    rank: int | None
    manifest: Manifest


def export(plan: Plan, out: Path) -> Exported:
    """Write the tuned model of `plan.source` at its level to `out`; skip when that is done.

    Raises:
        UserMistake: the level is out of range, the folder holds nothing tuned, its base is not there, or it is of a
            kind that cannot be scaled this way.
    """
    _check(plan)
    earlier = read_manifest(plan.source)
    is_adapter = (plan.source / "adapter_config.json").is_file()
    base = _base_name(plan, is_adapter)
    settings = {"dial": plan.level, "merge": plan.merge or not is_adapter}
    inputs = {"source": sha256(weight_files(plan.source)[0]), "base": base.removeprefix("local:")}
    if is_adapter:
        require_same_base(plan.source, parse_model(base).name)
    planned = Manifest(
        "export",
        settings,
        earlier.seed if earlier else 0,
        inputs,
        model=base,
        template_hash=earlier.template_hash if earlier else "",
        base_weights=earlier.base_weights if earlier and not settings["merge"] else "",
    )
    rank = _require_scalable(plan) if is_adapter else None
    with leaving_no_husk(out):
        stage = open_stage(out, planned)
        if isinstance(stage, Manifest):
            return Exported(_name(plan), out, base, rank, stage)
        tensors = (_adapter if is_adapter else _full)(plan, base, out)
        write_export_card(out, planned, earlier, plan.source)
        done = close_stage(stage, {"tensors": tensors})
    return Exported(_name(plan), out, base, rank, done)


def _check(plan: Plan) -> None:
    if not 0 <= plan.level <= HIGHEST:
        raise UserMistake(
            f"--dial {plan.level:g} is out of range", remedy=f"Levels go from 0 (base) over 1 (tuned) to {HIGHEST}."
        )
    files = [name for name in ("adapter_config.json", "config.json") if (plan.source / name).is_file()]
    if not files:
        raise UserMistake(
            "holds no tuned model: neither adapter_config.json nor config.json",
            where=str(plan.source),
            remedy="Name a folder that bedside train made, such as runs/demo/train/sft.",
        )
    if (plan.source / ".started.json").is_file():
        raise UserMistake("its training is not complete", where=str(plan.source), remedy="Run the same training again.")
    earlier = read_manifest(plan.source)
    if earlier is not None and earlier.stage == "export":
        raise UserMistake(
            f"is itself an export, at the level {earlier.config.get('dial')}",
            where=str(plan.source),
            remedy="Name the folder that was trained.",
        )


def _require_scalable(plan: Plan) -> int | None:
    """The largest rank of an adapter that stays one and is nothing but LoRA.

    Raises:
        UserMistake: it cannot be scaled in this way.
    """
    config = read_adapter_config(plan.source)
    if not plan.merge and config.use_dora and plan.level != 1:
        raise UserMistake(
            "is a DoRA adapter, which sets lengths of weights that no scaled adapter leads back from",
            where=str(plan.source),
            remedy="Add --merge: the way from the base's weights to the merged ones is exact at both ends.",
        )
    if plan.merge and config.lora_bias:
        raise UserMistake(
            "has biases (lora_bias), which are not merged", where=str(plan.source), remedy="Leave --merge out."
        )
    with Weights.open(plan.source) as weights:
        adapter = Adapter(config, weights)
        return adapter.rank if adapter.plain and not plan.merge else None


def _base_name(plan: Plan, is_adapter: bool) -> str:
    """The base as a MODEL string."""
    if plan.base is not None:
        return plan.base
    if is_adapter:
        from bedside.llm.local import base_of

        return f"local:{base_of(str(plan.source))}"
    manifest = read_manifest(plan.source)
    if manifest is None or not manifest.model:
        raise UserMistake(
            "does not say what it was tuned from", where=str(plan.source), remedy="Say it: --base local:PATH"
        )
    return manifest.model


def _name(plan: Plan) -> str:
    return f"{plan.source.resolve().name}@{plan.level:g}"


def _adapter(plan: Plan, base: str, out: Path) -> int:
    with ExitStack() as stack:
        weights = stack.enter_context(Weights.open(plan.source))
        adapter = Adapter(read_adapter_config(plan.source), weights)
        if plan.merge:
            return _merged(plan, adapter, _base_folder(base), out)
        others = stack.enter_context(Weights.open(_base_folder(base))) if adapter.whole and plan.level != 1 else None
        _copy(plan.source, out, OWN)
        return _rewritten(plan.source, out, lambda name, tensor: adapter.scaled(name, tensor, plan.level, others))


def _merged(plan: Plan, adapter: Adapter, base: Path, out: Path) -> int:
    _require_mergeable(adapter, base)
    change = partial(_put_in, adapter, plan.level)
    with Weights.open(base) as weights:
        streamed = {f"{module}.weight" for module in adapter.modules} | adapter.whole <= weights.names()
    if streamed:
        _copy(base, out, BASES)
        count = _rewritten(base, out, change)
    else:
        count = _whole(base, out, adapter, change)
    own = [path for pattern in TOKENIZER for path in plan.source.glob(pattern)]
    _copy(plan.source if own else base, out, (*TOKENIZER, "*.model", "probes.jsonl"))
    return count


def _put_in(adapter: Adapter, level: float, name: str, tensor: Any) -> Any:
    return adapter.merged(name, tensor, level)


def _require_mergeable(adapter: Adapter, base: Path) -> None:
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    if config.get("quantization_config"):
        raise UserMistake(
            "is quantized, so nothing can be merged into it",
            where=str(base),
            remedy="Name the base it was quantized from (--base local:PATH), or leave --merge out.",
        )
    ends = [m for m in (*adapter.modules, *adapter.whole) if "lm_head" in m or "embed_tokens" in m]
    if ends and (config.get("tie_word_embeddings") or (config.get("text_config") or {}).get("tie_word_embeddings")):
        raise UserMistake(
            f"ties its scores to its embeddings, and the adapter changes one of them ({ends[0]})",
            where=str(base),
            remedy="Leave --merge out.",
        )


def _whole(base: Path, out: Path, adapter: Adapter, change: Change) -> int:
    """Merge into a base whose files name its tensors otherwise than its modules are named."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(str(base), dtype="auto")
    parameters = dict(model.named_parameters())
    if missing := sorted({f"{m}.weight" for m in adapter.modules} - set(parameters)):
        raise UserMistake(f"the base has no {missing[0]}, which the adapter changes", where=str(base))
    for name, parameter in parameters.items():
        parameter.data = change(name, parameter.data)
    model.save_pretrained(str(out))
    return len(parameters)


def _full(plan: Plan, base: str, out: Path) -> int:
    with _full_change(plan, base) as change:
        _copy(plan.source, out, OWN)
        return _rewritten(plan.source, out, change)


@contextmanager
def _full_change(plan: Plan, base: str) -> Iterator[Change]:
    with Weights.open(_base_folder(base)) as weights:

        def change(name: str, tensor: Any) -> Any:
            return between(same_shape(weights, name, tensor), tensor, plan.level)

        yield change


def _rewritten(source: Path, out: Path, change: Change) -> int:
    for path in weight_files(source):
        rewrite(path, out / path.name, change)
    with Weights.open(out) as weights:
        return len(weights.names())


def _base_folder(base: str) -> Path:
    """The base's folder; a hub model's files are fetched, its safetensors only."""
    name = parse_model(base).name
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=["*.safetensors", "*.json", "*.model", "*.txt", "*.jinja"]))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise UserMistake(
            f"the base cannot be fetched: {str(error).splitlines()[0]}",
            where=base,
            remedy="Name its folder: --base local:PATH",
        ) from None


def _copy(source: Path, out: Path, patterns: tuple[str, ...]) -> None:
    for path in {found for pattern in patterns for found in source.glob(pattern) if found.is_file()}:
        shutil.copyfile(path, out / path.name)


def check_levels(levels: list[float]) -> None:
    """Raise a UserMistake for levels of which two would be written to one folder."""
    names = [f"{level:g}" for level in levels]
    if len(set(names)) < len(names):
        raise UserMistake(f"--dial {', '.join(names)} names a level twice")


def commands(done: list[Exported]) -> list[str]:
    """The command lines that use what was exported: vLLM, and llama.cpp's conversion to GGUF."""
    base = parse_model(done[0].base).name
    adapters = [e for e in done if e.rank is not None]
    lines = []
    if adapters:
        room = next((rank for rank in VLLM_RANKS if rank >= max(e.rank or 0 for e in adapters)), VLLM_RANKS[-1])
        modules = " ".join(shlex.quote(f"{e.name}={e.folder.resolve()}") for e in adapters)
        lines.append(f"vllm serve {shlex.quote(base)} --enable-lora --max-lora-rank {room} --lora-modules {modules}")
        lines += [
            f"python convert_lora_to_gguf.py {shlex.quote(str(e.folder))} --base {shlex.quote(base)}" for e in adapters
        ]
    for exported in done:
        if exported.manifest.config["merge"]:
            folder = shlex.quote(str(exported.folder))
            lines.append(f"vllm serve {folder} --served-model-name {shlex.quote(exported.name)}")
            lines.append(f"python convert_hf_to_gguf.py {folder} --outfile {folder}.gguf --outtype auto")
    return lines
