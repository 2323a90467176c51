"""Every method trains, goes on from an earlier adapter, and gives the same weights for the same seed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bedside.core.errors import UserMistake
from bedside.llm import ChatRequest
from bedside.llm.local import LocalModel
from bedside.train import build

from .runs import WANTED, log, settings, train, user, weights


@pytest.mark.parametrize("method", ["sft", "dpo", "kto", "orpo", "simpo"])
def test_method_trains_an_adapter(method: str, pairs: Path, random_model: Path, tmp_path: Path) -> None:
    out = tmp_path / method
    manifest = train(settings(method), pairs, random_model, out)
    assert manifest.counts == {"rows": 8, "examples": 8, "rejected": 0, "steps": 2}
    moved = [name for name, w in weights(out).items() if "lora_B" in name and w.abs().max() > 0]
    assert len(moved) == 14, "seven projections in each of two layers start at zero and have moved"
    assert manifest.template_hash
    assert (out / "README.md").read_text(encoding="utf-8").startswith("---\n")
    assert not (out / "checkpoints").exists()
    assert all(row["loss"] > 0 for row in log(out))
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


@pytest.mark.parametrize("method", ["dpo", "kto", "orpo", "simpo"])
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
    before, after = weights(random_model), weights(tmp_path / "full")
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


def test_missing_examples_and_untrainable_models_are_told(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match=r"holds no sft.jsonl"):
        train(settings("sft"), tmp_path, random_model, tmp_path / "a")
    with pytest.raises(UserMistake, match="cannot be trained"):
        build(settings("sft"), 0, pairs, ("http://127.0.0.1:1/v1#x", None), tmp_path / "a")
    assert not (tmp_path / "a").exists()
