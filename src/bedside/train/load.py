"""The model a run starts from: a base with a fresh adapter to come, an earlier adapter, full or quantized weights."""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
from typing import Any, NamedTuple

import torch
import transformers
from peft import LoraConfig, PeftConfig, PeftModel
from transformers import AutoConfig, AutoModelForCausalLM, BitsAndBytesConfig

from bedside.core.config import LoraSettings, MethodConfig
from bedside.core.errors import UserMistake
from bedside.llm.base_weights import require_same_base
from bedside.llm.local import load_tokenizer
from bedside.train.run import Run, require_known

__all__ = ["Start", "adapter_config", "base_config", "check_options", "lora_config", "start_model", "start_tokenizer"]

# Keywords of `from_pretrained` that it takes out of **kwargs, beside those of its signature and the model's config.
MODEL_OPTIONS = (
    "attn_implementation", "dtype", "device_map", "experts_implementation", "low_cpu_mem_usage", "max_memory",
    "offload_buffers", "offload_folder", "subfolder", "trust_remote_code", "use_kernels", "variant",
)  # fmt: skip


class Start(NamedTuple):
    """What a trainer is made of; `peft_config` is the fresh adapter that it puts on the model, or None."""

    model: Any
    tokenizer: Any
    peft_config: Any


def check_options(run: Run) -> None:
    """Raise a UserMistake for what is wrong in the options of the model and its adapter; load nothing."""
    model_options(run.config, base_config(run))
    if run.config.lora is not None:
        lora_config(run.config.lora)


def start_tokenizer(run: Run) -> Any:
    """The tokenizer of the run's start: the earlier run's own, or the base's."""
    return load_tokenizer(str(run.start or run.base), **_origin(run))


def base_config(run: Run) -> Any:
    """The configuration of the run's model, without its weights."""
    source = run.base if _earlier_adapter(run) else str(run.start or run.base)
    return _loaded(lambda: AutoConfig.from_pretrained(source, **_origin(run)), source)


def start_model(run: Run, tokenizer: Any) -> Start:
    """Load the weights that the run starts from.

    Seeds every generator first, so that a fresh adapter is the same whatever ran before in this process.

    Raises:
        UserMistake: an unknown model option, quantization without a GPU that can, weights that cannot be loaded.
    """
    transformers.set_seed(run.seed)
    source = run.base if _earlier_adapter(run) else str(run.start or run.base)
    if run.start is not None and _earlier_adapter(run):
        require_same_base(run.start, run.base)
    options = model_options(run.config, base_config(run))
    model = _loaded(lambda: AutoModelForCausalLM.from_pretrained(source, **options), source)
    if _earlier_adapter(run):
        return Start(PeftModel.from_pretrained(model, str(run.start), is_trainable=True), tokenizer, None)
    return Start(model, tokenizer, adapter_config(run))


def adapter_config(run: Run) -> Any:
    """PEFT's settings of the adapter that is trained: the earlier run's, or a fresh one's; None for full weights."""
    if _earlier_adapter(run):
        found = PeftConfig.from_pretrained(str(run.start))
        found.inference_mode = False
        return found
    return lora_config(run.config.lora) if run.config.lora is not None else None


def _earlier_adapter(run: Run) -> bool:
    return run.start is not None and (run.start / "adapter_config.json").is_file()


def lora_config(lora: LoraSettings) -> Any:
    """PEFT's settings of a fresh adapter: bedside's names, then `lora.options` as the user wrote them."""
    require_known(lora.options, (f.name for f in dataclasses.fields(LoraConfig)), "LoraConfig", "train lora.options")
    targets = lora.target_modules if isinstance(lora.target_modules, str) else list(lora.target_modules)
    named = {"r": lora.r, "lora_alpha": lora.alpha, "lora_dropout": lora.dropout, "target_modules": targets}
    return LoraConfig(**(named | {"task_type": "CAUSAL_LM"} | lora.options))


def model_options(config: MethodConfig, described: Any) -> dict[str, Any]:
    """Keywords for `from_pretrained`; `described` is the model's configuration, whose settings may be given too."""
    signature = inspect.signature(transformers.PreTrainedModel.from_pretrained).parameters
    own = {"pretrained_model_name_or_path", "model_args", "kwargs"}
    known = {*MODEL_OPTIONS, *signature, *described.to_dict()} - own
    require_known(config.model_options, known, "from_pretrained", "train model_options")
    options = {"trust_remote_code": False} | config.model_options
    if config.quantization is not None:
        options["quantization_config"] = _quantization(config.quantization)
    return options


def _quantization(bits: str) -> Any:
    if not torch.cuda.is_available() or importlib.util.find_spec("bitsandbytes") is None:
        raise UserMistake(
            f"quantization: {bits} needs a CUDA GPU and the package bitsandbytes",
            remedy="Install it (pip install bitsandbytes) on a machine with a GPU, or leave `quantization` out.",
        )
    if bits == "8bit":
        return BitsAndBytesConfig(load_in_8bit=True)
    # NF4 with double quantization, as QLoRA (Dettmers et al. 2023, arXiv 2305.14314).
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )


def _origin(run: Run) -> dict[str, Any]:
    """What decides which files of a hub model are read; an earlier run's folder has no revisions."""
    given = run.config.model_options
    return {"trust_remote_code": False} | {n: given[n] for n in ("trust_remote_code", "revision") if n in given}


def _loaded(load: Any, source: str) -> Any:
    try:
        return load()
    except (OSError, ValueError, ImportError) as error:
        if "trust_remote_code" in str(error):
            raise UserMistake(
                "this model brings its own Python code, which bedside does not run unasked",
                where=source,
                remedy="Read that code; if you trust it, set model_options.trust_remote_code=true.",
            ) from None
        what = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserMistake(f"the model cannot be loaded: {what}", where=source) from None
