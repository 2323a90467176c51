"""Each preset on a random model of two layers of its own architecture, with a chat template of its family's form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
import transformers
import yaml
from peft import get_peft_model

from bedside.core.config import MethodConfig
from bedside.core.manifest import read_manifest
from bedside.llm import local_path
from bedside.llm.local import load_tokenizer
from bedside.train.dial import Plan, export
from bedside.train.load import lora_config
from bedside.train.weight_files import Weights
from bedside.typed import load_run

from .runs import train, weights

ROOT = Path(__file__).parent.parent.parent
PRESETS = sorted((ROOT / "configs" / "train").glob("*.yaml"))
LAUNCHES = sorted((ROOT / "configs" / "accelerate").glob("*.yaml"))
SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 512,
    "bos_token_id": None,
    "eos_token_id": 1,
    "pad_token_id": 0,
}
TURNS = "{% for m in messages %}"
CHATML = (
    TURNS + "<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' and loop.last %}<think>\n\n</think>\n\n{% endif %}"
    "{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA = (
    TURNS + "<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n{{ m.content | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
GEMMA = (
    "{% set ns = namespace(first='') %}" + TURNS + "{% if m.role == 'system' %}{% set ns.first = m.content ~ '\n\n' %}"
    "{% else %}<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n{{ ns.first }}{{ m.content | trim }}"
    "<end_of_turn>\n{% set ns.first = '' %}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
MISTRAL = (
    "{% set ns = namespace(asked=0) %}" + TURNS + "{% if m.role == 'user' %}[INST] {{ m.content }}[/INST]"
    "{% elif m.role == 'assistant' %}{{ m.content }}</s>{% endif %}{% endfor %}"
)


class Family(NamedTuple):
    """A model's configuration class, the model it makes, and a template in its form."""

    config: Any
    template: str
    ends: str


FAMILIES = {
    "qwen3": Family(transformers.Qwen3Config, CHATML, "<|im_end|>"),
    "llama": Family(transformers.LlamaConfig, LLAMA, "<|eot_id|>"),
    "gemma": Family(transformers.Gemma3Config, GEMMA, "<end_of_turn>"),
    "mistral": Family(transformers.MistralConfig, MISTRAL, "</s>"),
}


def family(preset: Path) -> str:
    return next(name for name in FAMILIES if preset.name.startswith(name))


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: tiny(name, tmp_path_factory.mktemp(name)) for name in FAMILIES}


def tiny(name: str, folder: Path) -> Path:
    """A random model of a family; its words are the clinic's, its template and end token the family's."""
    kind, template, ends = FAMILIES[name]
    tokenizer = load_tokenizer(local_path("clinic"))
    tokenizer.add_special_tokens({"eos_token": ends})
    tokenizer.chat_template = template
    sizes = SIZES | {"vocab_size": len(tokenizer), "eos_token_id": tokenizer.eos_token_id}
    torch.manual_seed(0)
    if name == "gemma":
        vision = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
        vision |= {"image_size": 28, "patch_size": 14}
        config = kind(text_config=sizes, vision_config=vision, mm_tokens_per_image=4)
    else:
        config = kind(**sizes)
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_there_are_two_presets_for_each_of_six_models() -> None:
    names = {re.sub(r"-(sft|dpo)$", "", preset.stem) for preset in PRESETS}
    assert len(names) == 6
    assert {preset.stem for preset in PRESETS} == {f"{name}-{method}" for name in names for method in ("sft", "dpo")}


@pytest.mark.parametrize("preset", PRESETS, ids=[preset.stem for preset in PRESETS])
def test_a_preset_finds_its_layers(preset: Path, bases: dict[str, Path]) -> None:
    lines = preset.read_text(encoding="utf-8").splitlines()
    method = preset.stem.rpartition("-")[2]
    assert lines[0].startswith(f"# bedside train {method} out/pairs configs/train/{preset.name} ")
    assert "Hardware: one GPU" in lines[2]
    assert re.search(r"Expected memory: \d+ GB, estimated", lines[3])
    config, model, _ = load_run(method, [str(preset)], {})
    assert model.startswith("local:")
    assert config.lora is not None
    base = transformers.AutoModelForCausalLM.from_pretrained(bases[family(preset)])
    tuned = get_peft_model(base, lora_config(config.lora))
    touched = {name.split(".lora_A")[0] for name, _ in tuned.named_parameters() if ".lora_A" in name}
    assert len(touched) == 2 * 7, "queries, keys, values, output; gate, up, down; of two layers"
    assert not [name for name in touched if "vision" in name]


@pytest.mark.parametrize("name", FAMILIES)
def test_two_steps_with_each_family(name: str, bases: dict[str, Path], pairs: Path, tmp_path: Path) -> None:
    preset = next(p for p in PRESETS if family(p) == name and p.stem.endswith("-sft"))
    config, _, _ = load_run("sft", [str(preset), "model_options={}", "max_length=128", "options.max_steps=2"], {})
    out = tmp_path / "sft"
    manifest = train(MethodConfig.model_validate(config), pairs, bases[name], out)
    assert manifest.counts["rejected"] == 0
    assert read_manifest(out) is not None
    assert any(tensor.any() for key, tensor in weights(out).items() if "lora_B" in key)


def test_a_base_whose_files_name_tensors_otherwise_is_merged(bases: dict[str, Path], tmp_path: Path) -> None:
    preset = next(p for p in PRESETS if family(p) == "gemma")
    config, _, _ = load_run("sft", [str(preset)], {})
    assert config.lora is not None
    with Weights.open(bases["gemma"]) as files:
        assert not [name for name in files.names() if name.startswith("model.language_model.")]
    model = get_peft_model(transformers.AutoModelForCausalLM.from_pretrained(bases["gemma"]), lora_config(config.lora))
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data += torch.rand_like(parameter) * 0.1
    model.save_pretrained(tmp_path / "tuned")
    for level in (0, 1):
        export(Plan(tmp_path / "tuned", level, merge=True), tmp_path / str(level))
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad():
        base, zero, one = (
            transformers.AutoModelForCausalLM.from_pretrained(f).eval()(input_ids=ids).logits
            for f in (bases["gemma"], tmp_path / "0", tmp_path / "1")
        )
        tuned = model.eval()(input_ids=ids).logits
    assert torch.equal(zero, base)
    assert not torch.allclose(one, base, atol=1e-3)
    torch.testing.assert_close(one, tuned, rtol=1e-4, atol=1e-5)


def test_launches_open_with_their_command() -> None:
    assert [path.stem for path in LAUNCHES] == ["deepspeed_zero2", "deepspeed_zero3", "fsdp2", "multi_gpu"]
    from accelerate.commands.config.config_args import ClusterConfig

    for path in LAUNCHES:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(
            f"# accelerate launch --config_file configs/accelerate/{path.name} -m bedside.cli train "
        )
        assert (ROOT / re.findall(r"configs/train/[\w.-]+", text)[0]).is_file()
        found = yaml.safe_load(text)
        assert set(found) <= set(ClusterConfig.__dataclass_fields__), path
