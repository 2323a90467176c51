"""A model is known again under its names, and from what was tuned out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedside.core.files import write_json
from bedside.core.manifest import Manifest
from bedside.evaluate.judge.identity import own_arms


@pytest.mark.parametrize(
    ("judge", "arm", "same"),
    [
        ("http://a:1/v1#Qwen/Qwen3-8B", "http://b:2/v1#qwen3:8b", True),
        ("local:Qwen/Qwen3-8B", "http://b:2/v1#Qwen3-8B", True),
        ("openai:gpt-4o", "openai:gpt-4o", True),
        ("openai:gpt-4o", "openai:gpt-4o-mini", False),
        ("http://a:1/v1#one", "http://a:1/v1#two", False),
        ("openai:gpt-4o", "local:no/such/folder/here", False),
    ],
)
def test_names(judge: str, arm: str, same: bool) -> None:
    assert own_arms(judge, {"x": arm}) == (["x"] if same else [])


def test_a_tuned_arm_is_its_base_models_own(tmp_path: Path) -> None:
    sft, dpo = tmp_path / "train" / "sft", tmp_path / "train" / "dpo"
    write_json(sft / "manifest.json", Manifest("train", {}, 0, {}, model="local:Qwen/Qwen3-8B"))
    write_json(dpo / "manifest.json", Manifest("train", {}, 0, {}, model=f"local:{sft}"))
    for folder in (sft, dpo):
        write_json(folder / "adapter_config.json", {})
    arms = {"base": "local:Qwen/Qwen3-8B", "dpo": f"local:{dpo}", "other": "openai:gpt-4o"}
    assert own_arms("http://a:1/v1#qwen3-8b", arms) == ["base", "dpo"]
    assert own_arms(f"local:{sft}", arms) == ["base", "dpo"]
    assert own_arms("openai:gpt-4o", arms) == ["other"]
    assert own_arms("http://a:1/v1#qwen3-8b", {"half": f"local:{dpo}@0.5", "gone": "local:no/such/one@0.5"}) == ["half"]


def test_two_folders_of_one_name_are_two_models(tmp_path: Path) -> None:
    one, two = tmp_path / "a" / "sft", tmp_path / "b" / "sft"
    for folder in (one, two):
        write_json(folder / "config.json", {})
    assert own_arms(f"local:{one}", {"x": f"local:{two}", "y": f"local:{one.parent / '.' / 'sft'}"}) == ["y"]
