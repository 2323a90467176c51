"""Every method trains, goes on from an earlier adapter, and gives the same weights for the same seed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from bedside.core.config import LoraSettings, MethodConfig
from bedside.core.errors import ConfigError, InputFileError, UserMistake
from bedside.core.files import write_rows
from bedside.core.manifest import Manifest
from bedside.core.records import ChatMessage, Label, Preference, SftExample
from bedside.llm import ChatRequest
from bedside.llm.local import LocalModel
from bedside.train import build

ASKED = "I cough and I am afraid."
WANTED, UNWANTED = "It is frightening to cough. Drink water.", "Drink water."


def user(number: int) -> ChatMessage:
    return ChatMessage("user", f"{ASKED} It is day {number}.")


def said(text: str) -> tuple[ChatMessage, ...]:
    return (ChatMessage("assistant", text),)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")
    numbers = range(8)
    write_rows(folder / "sft.jsonl", [SftExample(f"{i}", "x", (user(i), *said(WANTED))) for i in numbers])
    preferences = [Preference(f"{i}", "plain", (user(i),), said(WANTED), said(UNWANTED)) for i in numbers]
    write_rows(folder / "preferences.jsonl", preferences)
    labels = [Label(f"{i}", "plain", (user(i),), said(WANTED if i % 2 else UNWANTED), bool(i % 2)) for i in numbers]
    write_rows(folder / "labels.jsonl", labels)
    return folder


def settings(method: str, **more: object) -> MethodConfig:
    given = {"method": method, "batch_size": 4, "learning_rate": 1e-2, "lora": LoraSettings(r=4, alpha=8)} | more
    return MethodConfig.model_validate(given)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(load_file(folder / "adapter_model.safetensors"))


def train(
    config: MethodConfig, pairs: Path, base: Path, out: Path, start: Path | None = None, seed: int = 0
) -> Manifest:
    return build(config, seed, pairs, (f"local:{base}", start), out)


@pytest.mark.parametrize("method", ["sft", "dpo", "kto"])
def test_method_trains_an_adapter(method: str, pairs: Path, random_model: Path, tmp_path: Path) -> None:
    out = tmp_path / method
    manifest = train(settings(method), pairs, random_model, out)
    assert manifest.counts == {"examples": 8, "steps": 2, "too long": 0}
    moved = [name for name, w in weights(out).items() if "lora_B" in name and w.abs().max() > 0]
    assert len(moved) == 14, "seven projections in each of two layers start at zero and have moved"
    assert manifest.template_hash
    assert (out / "README.md").read_text(encoding="utf-8").startswith("---\n")
    assert not (out / "checkpoints").exists()
    losses = [json.loads(line)["loss"] for line in (out / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert losses
    reply = LocalModel(str(out)).generate([ChatRequest((user(0),), 0.0, 5)])
    assert len(reply) == 1


def test_same_seed_same_weights_whatever_ran_before(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    train(settings("sft"), pairs, random_model, tmp_path / "a")
    torch.rand(100)
    train(settings("sft"), pairs, random_model, tmp_path / "b")
    train(settings("sft"), pairs, random_model, tmp_path / "c", seed=1)
    first, second, other = (weights(tmp_path / name) for name in "abc")
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize("method", ["dpo", "kto"])
def test_goes_on_from_an_earlier_adapter(method: str, pairs: Path, random_model: Path, tmp_path: Path) -> None:
    earlier, out = tmp_path / "sft", tmp_path / method
    train(settings("sft"), pairs, random_model, earlier)
    # So small a step that the result is the earlier adapter, unless the run began anew.
    train(settings(method, learning_rate=1e-9, start="sft"), pairs, random_model, out, earlier)
    before, after = weights(earlier), weights(out)
    assert set(before) == set(after), "one adapter, no copy of the reference"
    assert all(torch.allclose(before[name], after[name], atol=1e-6) for name in before)


def test_full_weights(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    train(settings("sft", lora=None), pairs, random_model, tmp_path / "full")
    before, after = (load_file(folder / "model.safetensors") for folder in (random_model, tmp_path / "full"))
    assert any(not torch.equal(before[name], after[name]) for name in before)


def test_sft_learns_the_doctors_words_only(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    config = settings("sft", lora=None, epochs=60, learning_rate=2e-2)
    train(config, pairs, random_model, tmp_path / "long")
    reply = LocalModel(str(tmp_path / "long")).generate([ChatRequest((user(3),), 0.0, 30)])[0]
    assert reply.text == WANTED
    assert reply.finish == "stop"


def test_a_finished_run_is_skipped_and_other_settings_are_not(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    first = train(settings("sft"), pairs, random_model, tmp_path / "a")
    again = train(settings("sft"), pairs, random_model, tmp_path / "a")
    assert again == first
    changed = train(settings("sft", learning_rate=2e-2), pairs, random_model, tmp_path / "a")
    assert changed.config["learning_rate"] == 2e-2


def test_a_misspelt_option_names_its_nearest(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"weight_decy.*did you mean 'weight_decay'"):
        train(settings("sft", options={"weight_decy": 0.1}), pairs, random_model, tmp_path / "a")


def test_missing_examples_and_untrainable_models_are_told(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match=r"sft.jsonl: no such file"):
        train(settings("sft"), tmp_path, random_model, tmp_path / "a")
    with pytest.raises(UserMistake, match="cannot be trained"):
        build(settings("sft"), 0, pairs, ("http://127.0.0.1:1/v1#x", None), tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_what_does_not_fit_is_left_out_whole_and_counted(random_model: Path, tmp_path: Path) -> None:
    long = SftExample("long", "x", (ChatMessage("user", "cough " * 200), *said(WANTED)))
    rows = [SftExample(f"{i}", "x", (user(i), *said(WANTED))) for i in range(4)]
    write_rows(tmp_path / "sft.jsonl", [*rows, long])
    manifest = train(settings("sft", max_length=100), tmp_path, random_model, tmp_path / "out")
    assert manifest.counts == {"examples": 4, "steps": 1, "too long": 1}
    with pytest.raises(UserMistake, match="none of the 5 examples fits"):
        train(settings("sft", max_length=16), tmp_path, random_model, tmp_path / "none")
