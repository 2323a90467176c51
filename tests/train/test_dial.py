"""The dial: exact at 0 and 1, straight in between, whatever kind of adapter; what cannot be scaled is refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from bedside.core.errors import UserMistake
from bedside.core.manifest import Manifest, read_manifest
from bedside.llm.local import load_model, load_tokenizer
from bedside.train.dial import Plan, check_levels, commands, export

from .runs import settings, train, weights

IDS = torch.tensor([[5, 6, 7, 8, 9, 10]])


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model.eval()(IDS).logits
    return found


def adapter(base: Path, folder: Path, **options: Any) -> Path:
    """A LoRA with random numbers in both factors."""
    torch.manual_seed(1)
    given: dict[str, Any] = {"r": 4, "lora_alpha": 6, "target_modules": ["q_proj", "down_proj"]} | options
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), LoraConfig(task_type="CAUSAL_LM", **given))
    for name, parameter in model.named_parameters():
        if "lora_" in name or parameter.requires_grad:
            parameter.data += torch.rand_like(parameter) * 0.1
    model.save_pretrained(folder)
    load_tokenizer(str(base)).save_pretrained(folder)
    return folder


KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "rslora": {"use_rslora": True},
    "patterns": {"rank_pattern": {"layers.0.self_attn.q_proj": 2}, "alpha_pattern": {"down_proj": 3}},
    "embeddings": {"target_modules": ["q_proj", "embed_tokens"]},
    "whole": {"modules_to_save": ["lm_head"]},
    "dora": {"use_dora": True},
}


@pytest.mark.filterwarnings("ignore:Setting `save_embedding_layers`:UserWarning")
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "dora"])
def test_an_adapter_is_exact_at_both_ends_and_straight_in_between(
    kind: str, random_model: Path, tmp_path: Path
) -> None:
    source = adapter(random_model, tmp_path / "tuned", **KINDS[kind])
    for level in (0.0, 0.5, 1.0, 1.5):
        export(Plan(source, level), tmp_path / f"{level:g}")
    base = logits(AutoModelForCausalLM.from_pretrained(random_model))
    assert torch.equal(logits(load_model(str(tmp_path / "0"))), base)
    assert not torch.equal(logits(load_model(str(source))), base)
    before, after = weights(source), weights(tmp_path / "1")
    assert list(before) == list(after)
    assert all(torch.equal(before[name], after[name]) for name in before)
    half, more = weights(tmp_path / "0.5"), weights(tmp_path / "1.5")
    for name, tensor in before.items():
        if ".lora_B" in name or "embedding_B" in name:
            assert torch.equal(half[name], tensor * 0.5), name
            assert torch.allclose(more[name], tensor * 1.5), name
        elif ".lora_" in name:
            assert torch.equal(half[name], tensor), name


@pytest.mark.parametrize("level", [0.0, 0.4, 1.0, 1.5])
def test_an_adapter_asked_at_a_level_is_the_one_exported_at_it(
    level: float, random_model: Path, tmp_path: Path
) -> None:
    source = adapter(random_model, tmp_path / "tuned")
    export(Plan(source, level), tmp_path / "level")
    asked, exported = logits(load_model(str(source), level)), logits(load_model(str(tmp_path / "level")))
    if level in (0.0, 1.0):
        assert torch.equal(asked, exported)
    assert torch.allclose(asked, exported, atol=1e-6)
    assert torch.equal(asked, logits(AutoModelForCausalLM.from_pretrained(random_model))) == (level == 0)


@pytest.mark.filterwarnings("ignore:Setting `save_embedding_layers`:UserWarning")
@pytest.mark.parametrize("kind", ["whole", "dora"])
def test_what_cannot_be_scaled_in_place_says_so(kind: str, random_model: Path, tmp_path: Path) -> None:
    source = adapter(random_model, tmp_path / "tuned", **KINDS[kind])
    assert torch.equal(logits(load_model(str(source), 0.0)), logits(AutoModelForCausalLM.from_pretrained(random_model)))
    with pytest.raises(UserMistake, match="cannot be asked at dial level"):
        load_model(str(source), 0.5)
    with pytest.raises(UserMistake, match="only an adapter"):
        load_model(str(random_model), 0.5)


@pytest.mark.filterwarnings("ignore:Setting `save_embedding_layers`:UserWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_merged_is_exact_at_both_ends_and_what_peft_makes(kind: str, random_model: Path, tmp_path: Path) -> None:
    source = adapter(random_model, tmp_path / "tuned", **KINDS[kind])
    for level in (0.0, 0.5, 1.0):
        export(Plan(source, level, merge=True), tmp_path / f"{level:g}")
    plain = load_file(random_model / "model.safetensors")
    assert all(torch.equal(tensor, plain[name]) for name, tensor in weights(tmp_path / "0").items())
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(random_model), str(source))
    wanted = model.merge_and_unload().state_dict()
    ones, halves = weights(tmp_path / "1"), weights(tmp_path / "0.5")
    changed = [name for name in ones if not torch.equal(ones[name], plain[name])]
    assert len(changed) == (3 if kind in ("embeddings",) else 5 if kind == "whole" else 4)
    for name, tensor in ones.items():
        if kind == "dora":
            torch.testing.assert_close(tensor, wanted[name], rtol=1e-5, atol=1e-6)
        else:
            assert torch.equal(tensor, wanted[name]), name
        torch.testing.assert_close(halves[name], (plain[name] + tensor) / 2, rtol=1e-5, atol=1e-6)
    assert logits(load_model(str(tmp_path / "1"))).isfinite().all()


def test_full_weights_go_from_the_base_to_the_tuned(random_model: Path, pairs: Path, tmp_path: Path) -> None:
    tuned = tmp_path / "tuned"
    train(settings("sft", lora=None), pairs, random_model, tuned)
    for level in (0.0, 0.25, 1.0):
        export(Plan(tuned, level), tmp_path / f"{level:g}")
    base, end = load_file(random_model / "model.safetensors"), weights(tuned)
    assert any(not torch.equal(end[name], base[name]) for name in end)
    assert all(torch.equal(tensor, base[name]) for name, tensor in weights(tmp_path / "0").items())
    assert all(torch.equal(tensor, end[name]) for name, tensor in weights(tmp_path / "1").items())
    for name, tensor in weights(tmp_path / "0.25").items():
        torch.testing.assert_close(tensor, 0.75 * base[name] + 0.25 * end[name], rtol=1e-5, atol=1e-7)
    manifest, trained = read_manifest(tmp_path / "0.25"), read_manifest(tuned)
    assert manifest is not None
    assert trained is not None
    assert manifest.template_hash == trained.template_hash != ""
    assert manifest.config == {"dial": 0.25, "merge": True}
    assert (tmp_path / "0.25" / "tokenizer.json").read_bytes() == (tuned / "tokenizer.json").read_bytes()
    assert "0.25 on bedside's dial" in (tmp_path / "0.25" / "README.md").read_text(encoding="utf-8")


def test_the_change_grows_with_the_level(random_model: Path, tmp_path: Path) -> None:
    source = adapter(random_model, tmp_path / "tuned")
    base = logits(AutoModelForCausalLM.from_pretrained(random_model))
    moved = []
    for level in (0.0, 0.3, 0.6, 1.0, 1.5):
        export(Plan(source, level), tmp_path / f"{level:g}")
        moved.append(float((logits(load_model(str(tmp_path / f"{level:g}"))) - base).norm()))
    assert moved[0] == 0
    assert moved == sorted(set(moved))


def test_a_base_in_several_files_is_merged_file_by_file(random_model: Path, tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    AutoModelForCausalLM.from_pretrained(random_model).to(torch.bfloat16).save_pretrained(parts, max_shard_size="100KB")
    load_tokenizer(str(random_model)).save_pretrained(parts)
    source = adapter(random_model, tmp_path / "tuned")
    out = tmp_path / "out"
    export(Plan(source, 0.5, merge=True, base=f"local:{parts}"), out)
    names = sorted(path.name for path in parts.glob("*.safetensors"))
    assert len(names) > 1
    assert sorted(path.name for path in out.glob("*.safetensors")) == names
    for name in names:
        assert header(parts / name) == header(out / name)
    model = AutoModelForCausalLM.from_pretrained(out)
    assert model.dtype == torch.bfloat16
    assert (out / "chat_template.jinja").is_file()


def header(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        found: dict[str, Any] = json.loads(file.read(length))
    return found


def test_what_the_dial_cannot_do_is_said(random_model: Path, tmp_path: Path) -> None:
    source, dora = adapter(random_model, tmp_path / "tuned"), adapter(random_model, tmp_path / "dora", use_dora=True)
    biased = adapter(random_model, tmp_path / "biased", bias="lora_only")
    gone = adapter(random_model, tmp_path / "gone")
    described = json.loads((gone / "adapter_config.json").read_text(encoding="utf-8"))
    described["base_model_name_or_path"] = str(tmp_path / "nowhere")
    (gone / "adapter_config.json").write_text(json.dumps(described), encoding="utf-8")
    half = tmp_path / "half"
    export(Plan(source, 0.5), half)
    (tmp_path / "empty").mkdir()
    for plan, message in (
        (Plan(source, 1.6), "--dial 1.6 is out of range"),
        (Plan(source, -0.1), "out of range"),
        (Plan(source, float("nan")), "out of range"),
        (Plan(tmp_path / "empty", 0.5), "holds no tuned model"),
        (Plan(dora, 0.5), "--merge"),
        (Plan(biased, 0.5), "bias: 'lora_only'"),
        (Plan(gone, 0.5), "its base model is gone"),
        (Plan(half, 0.5), "is itself an export, at the level 0.5"),
        (Plan(random_model, 0.5), "does not say what it was tuned from"),
    ):
        with pytest.raises(UserMistake, match=message):
            export(plan, tmp_path / "out")
        assert not (tmp_path / "out").exists()
    with pytest.raises(UserMistake, match="names a level twice"):
        check_levels([0.5, 0.50])


def test_commands_name_what_vllm_and_llama_cpp_load(random_model: Path, tmp_path: Path) -> None:
    source = adapter(random_model, tmp_path / "tuned")
    done = [export(Plan(source, level), tmp_path / f"{level:g}") for level in (0.25, 0.5)]
    lines = commands(done)
    assert lines[0] == (
        f"vllm serve {random_model} --enable-lora --max-lora-rank 8 --lora-modules "
        f"tuned@0.25={tmp_path / '0.25'} tuned@0.5={tmp_path / '0.5'}"
    )
    assert all("convert_lora_to_gguf.py" in line for line in lines[1:])
    merged = export(Plan(source, 0.5, merge=True), tmp_path / "merged")
    assert any(line.startswith("python convert_hf_to_gguf.py") for line in commands([merged]))
    assert isinstance(merged.manifest, Manifest)
