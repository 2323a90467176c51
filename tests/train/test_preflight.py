"""What a run needs is known before it starts, and a run that cannot fit is refused with the knob to turn."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from bedside.core.config import MethodConfig
from bedside.core.errors import UserMistake
from bedside.llm.local import load_tokenizer
from bedside.train import build, preflight, preview
from bedside.train.preflight import Estimate, Shape, shape_of
from bedside.train.run import Run

from .runs import settings, train


def estimate(config: MethodConfig, pairs: Path, base: Path, start: Path | None = None) -> Estimate:
    return preview(config, 0, pairs, (f"local:{base}", start), Path("nowhere"))


def shape(config: MethodConfig, base: Path, start: Path | None = None) -> Shape:
    return shape_of(Run(config, 0, Path("x"), str(base), start, Path("x")))


def test_parameters_are_counted_without_weights(random_model: Path, tmp_path: Path) -> None:
    words = len(load_tokenizer(str(random_model)))
    # Queries, keys and values of two heads of 8, output; three of the MLP; two norms. Input and output words; a norm.
    layer = 32 * 32 + 2 * 32 * 16 + 32 * 32 + 3 * 32 * 64 + 2 * 32
    found = shape(settings("sft"), random_model)
    assert found.parameters == 2 * layer + 2 * words * 32 + 32
    # Rank 4: (in + out) * 4 for each of the seven projections of a layer; the output words are no target.
    pairs_of = [(32, 32), (32, 16), (32, 16), (32, 32), (32, 64), (32, 64), (64, 32)]
    assert found.adapter == found.trained == 2 * sum(4 * (a + b) for a, b in pairs_of)
    loaded = sum(p.numel() for p in AutoModelForCausalLM.from_pretrained(random_model).parameters())
    assert found.parameters == loaded
    assert shape(settings("sft", lora=None), random_model).trained == loaded
    # A model folder of which the weights are missing is counted all the same.
    for name in ("config.json",):
        (tmp_path / name).write_bytes((random_model / name).read_bytes())
    assert shape(settings("sft"), tmp_path).parameters == loaded


def test_an_earlier_adapter_is_counted_as_it_is(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    train(settings("sft", lora={"r": 2, "alpha": 4}), pairs, random_model, tmp_path / "sft")
    fresh = shape(settings("dpo", lora={"r": 2, "alpha": 4}), random_model)
    assert shape(settings("dpo", lora={"r": 16, "alpha": 4}), random_model, tmp_path / "sft").trained == fresh.trained


def test_parts_follow_the_settings(pairs: Path, random_model: Path) -> None:
    lora = estimate(settings("sft"), pairs, random_model)
    full = estimate(settings("sft", lora=None), pairs, random_model)
    weights = shape(settings("sft"), random_model).parameters * 4
    assert full.parts["gradients"] == weights
    assert full.parts["optimizer"] == 2 * weights
    assert lora.parts["optimizer"] < full.parts["optimizer"] / 10
    assert full.needed == sum(full.parts.values())
    assert lora.steps == 2
    eight_bits = estimate(settings("sft", lora=None, options={"optim": "adamw_bnb_8bit"}), pairs, random_model)
    assert eight_bits.parts["optimizer"] == weights / 2
    wide = estimate(settings("sft", batch_size=8), pairs, random_model)
    assert wide.parts["activations"] == 2 * lora.parts["activations"]
    saved = estimate(settings("sft", options={"activation_checkpointing": True}), pairs, random_model)
    assert saved.parts["activations"] < lora.parts["activations"]
    both = estimate(settings("dpo"), pairs, random_model)
    assert both.parts["activations"] == 2 * lora.parts["activations"], "two sides"
    second = {"precompute_ref_log_probs": False}
    assert "reference model" not in estimate(settings("dpo", lora=None), pairs, random_model).parts
    reference = estimate(settings("dpo", lora=None, options=second), pairs, random_model).parts["reference model"]
    assert reference == weights


def test_a_run_that_cannot_fit_is_refused(
    pairs: Path, random_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = estimate(settings("sft", lora=None), pairs, random_model)
    monkeypatch.setattr(preflight, "free_bytes", lambda device: full.needed - 1)
    with pytest.raises(UserMistake) as told:
        train(settings("sft", lora=None), pairs, random_model, tmp_path / "a")
    assert f"needs about {full.needed / 1e9:.2f} GB" in str(told.value)
    for knob in ("batch_size=1 with options.gradient_accumulation_steps=4", "lora", "activation_checkpointing"):
        assert knob in str(told.value)
    assert not list(tmp_path.glob("**/*.safetensors"))
    train(settings("sft", lora=None, preflight=False), pairs, random_model, tmp_path / "b")
    assert (tmp_path / "b" / "model.safetensors").is_file()
    train(settings("sft"), pairs, random_model, tmp_path / "c")


def test_the_estimate_writes_nothing_and_reads_no_weights(
    pairs: Path, random_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*args: object, **kwargs: object) -> None:
        raise AssertionError("weights were read")

    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", never)
    found = preview(settings("kto"), 0, pairs, (f"local:{random_model}", None), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    assert found.seconds > 0
    assert found.device == ("cuda" if torch.cuda.is_available() else "cpu")
    assert [line.split()[0] for line in found.lines()[:3]] == ["process", "weights", "gradients"]
    with pytest.raises(AssertionError, match="weights were read"):
        build(settings("kto"), 0, pairs, (f"local:{random_model}", None), tmp_path / "out")
