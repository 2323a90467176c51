"""Small runs: eight examples of each kind, a random model of two layers, a handful of steps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from bedside.core.config import LoraSettings, MethodConfig
from bedside.core.files import write_rows
from bedside.core.manifest import Manifest
from bedside.core.records import ChatMessage, Label, Preference, SftExample
from bedside.train import build

ASKED = "I cough and I am afraid."
WANTED, UNWANTED = "It is frightening to cough. Drink water.", "Drink water."


def user(number: int) -> ChatMessage:
    return ChatMessage("user", f"{ASKED} It is day {number}.")


def said(text: str) -> tuple[ChatMessage, ...]:
    return (ChatMessage("assistant", text),)


def write_pairs(folder: Path, count: int = 8) -> Path:
    numbers = range(count)
    write_rows(folder / "sft.jsonl", [SftExample(f"{i}", "x", (user(i), *said(WANTED))) for i in numbers])
    preferences = [Preference(f"{i}", "plain", (user(i),), said(WANTED), said(UNWANTED)) for i in numbers]
    write_rows(folder / "preferences.jsonl", preferences)
    labels = [Label(f"{i}", "plain", (user(i),), said(WANTED if i % 2 else UNWANTED), bool(i % 2)) for i in numbers]
    write_rows(folder / "labels.jsonl", labels)
    return folder


def settings(method: str, **more: object) -> MethodConfig:
    given = {"method": method, "batch_size": 4, "learning_rate": 1e-2, "lora": LoraSettings(r=4, alpha=8)} | more
    return MethodConfig.model_validate(given)


def train(
    config: MethodConfig, pairs: Path, base: Path, out: Path, start: Path | None = None, seed: int = 0
) -> Manifest:
    return build(config, seed, pairs, (f"local:{base}", start), out)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    adapter = folder / "adapter_model.safetensors"
    return dict(load_file(adapter if adapter.is_file() else folder / "model.safetensors"))


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return set(first) == set(second) and all(torch.equal(first[name], second[name]) for name in first)


def log(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
