"""Every option of TRL, PEFT and the model is reached; a wrong one is told before anything is trained."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest
import transformers

from bedside.core.config import LoraSettings, MethodConfig
from bedside.core.errors import ConfigError, UserMistake
from bedside.train import sft
from bedside.train.load import MODEL_OPTIONS
from bedside.train.run import Run

from .runs import log, same, settings, train, weights


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"options": {"weight_decy": 0.1}}, r"SFTConfig.*'weight_decy' \(did you mean 'weight_decay'\?\)"),
        ({"lora": {"options": {"use_rlora": True}}}, r"LoraConfig.*'use_rlora' \(did you mean 'use_rslora'\?\)"),
        ({"model_options": {"atn_implementation": "sdpa"}}, r"did you mean 'attn_implementation'"),
        ({"model_options": {"num_hidden_layer": 1}}, r"did you mean 'num_hidden_layers'"),
        ({"options": {"lr_scheduler_type": "cosin"}}, r"SFTConfig does not take these options: .*cosin"),
        ({"options": {"report_to": "wandbb"}}, r"report_to: wandbb is not installed"),
        ({"quantization": "4bit"}, r"quantization: 4bit needs a CUDA GPU and the package bitsandbytes"),
    ],
)
def test_wrong_options_are_told(
    given: dict[str, object], told: str, pairs: Path, random_model: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserMistake, match=told):
        train(settings("sft", **given), pairs, random_model, tmp_path / "a")


def test_the_model_options_named_here_are_those_of_transformers() -> None:
    body = inspect.getsource(transformers.modeling_utils) + inspect.getsource(transformers.models.auto.auto_factory)
    assert [name for name in MODEL_OPTIONS if f'"{name}"' not in body] == []


def test_options_of_the_adapter_and_the_model_arrive(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    lora = LoraSettings(r=4, alpha=8, options={"use_dora": True})
    config = settings("sft", lora=lora, model_options={"attn_implementation": "eager", "dtype": "float32"})
    train(config, pairs, random_model, tmp_path / "a")
    assert json.loads((tmp_path / "a" / "adapter_config.json").read_text(encoding="utf-8"))["use_dora"] is True
    assert any("magnitude" in name for name in weights(tmp_path / "a"))


@pytest.mark.parametrize("name", ["activation_checkpointing", "gradient_checkpointing"])
def test_recomputing_is_turned_on_by_either_name(name: str, tmp_path: Path) -> None:
    def asked(options: dict[str, object]) -> bool:
        run = Run(settings("sft", options=options), 0, tmp_path, "x", None, tmp_path)
        return bool(sft.settings(run).activation_checkpointing)

    assert asked({name: True})
    assert not asked({name: False})


def test_a_model_with_its_own_code_is_refused_clearly(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    base = tmp_path / "custom"
    base.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (base / name).write_bytes((random_model / name).read_bytes())
    described = {"auto_map": {"AutoConfig": "code.Config", "AutoModelForCausalLM": "code.Model"}, "model_type": "own"}
    (base / "config.json").write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(UserMistake, match=r"its own Python code.*\n.*model_options.trust_remote_code=true"):
        train(settings("sft"), pairs, base, tmp_path / "a")


def test_losses_of_dpo_are_reached_and_differ(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    choices: dict[str, dict[str, object]] = {
        "plain": {},
        "robust": {"loss_type": "robust", "label_smoothing": 0.1},
        "ipo": {"loss_type": ["ipo"]},
        "with imitation": {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, 0.5]},
    }
    first = {}
    for name, options in choices.items():
        train(settings("dpo", options=options | {"logging_steps": 1}), pairs, random_model, tmp_path / name)
        first[name] = log(tmp_path / name)[0]["loss"]
    # The first step stands at the reference, so log-ratios are 0. Sigmoid: -log(1/2). Robust, at the flip rate of 0.1:
    # (0.9 - 0.1) / (1 - 0.2) times that, the same. IPO with beta 0.1: (0 - 1 / (2 * 0.1)) ** 2.
    assert first["plain"] == pytest.approx(0.6931, abs=1e-4)
    assert first["robust"] == pytest.approx(0.6931, abs=1e-4)
    assert first["ipo"] == pytest.approx(25.0, abs=1e-3)
    assert first["with imitation"] > first["plain"] + 1
    assert not same(weights(tmp_path / "plain"), weights(tmp_path / "robust"))


def test_weights_of_losses_must_match(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    config = settings("dpo", options={"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0]})
    with pytest.raises(ConfigError, match=r"same length as `loss_type`"):
        train(config, pairs, random_model, tmp_path / "a")


def test_simpo_is_the_papers_loss(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    train(settings("simpo", options={"logging_steps": 1}), pairs, random_model, tmp_path / "a")
    row = log(tmp_path / "a")[0]
    # -log sigmoid(beta * (mean log p chosen - mean log p rejected) - gamma), with TRL's rewards = beta * mean log p;
    # the mean over a batch of such losses is near the loss of the mean margin.
    import math

    margin = row["rewards/margins"]
    assert row["loss"] == pytest.approx(math.log1p(math.exp(-(margin - 1.0))), abs=0.02)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"method": "dpo", "packing": True}, "packing is for sft"),
        ({"method": "sft", "lora": None, "quantization": "4bit"}, "cannot be tuned themselves"),
    ],
)
def test_settings_that_exclude_one_another(given: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        MethodConfig.model_validate(given)
