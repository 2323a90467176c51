"""Safetensors files changed tensor by tensor: no more than one tensor is in memory, however large the model.

The format (github.com/huggingface/safetensors, README): eight bytes of length, a JSON header of names, types, shapes
and offsets, then the numbers. Other formats of weights are not read: a pickle can run code.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from bedside.core.errors import UserMistake
from bedside.core.files import atomic_write

__all__ = ["Change", "Weights", "rewrite", "weight_files"]

Change = Callable[[str, torch.Tensor], torch.Tensor]
NAMES = ("adapter_model.safetensors", "model.safetensors", "model.safetensors.index.json")


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a model's or an adapter's folder, in the order of their names.

    Raises:
        UserMistake: there are none, or one that the index names is missing.
    """
    found = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    if found is None:
        raise UserMistake(
            "holds no weights in safetensors files",
            where=str(folder),
            remedy="Weights in other files are not read; save the model again with transformers.",
        )
    if found.suffix != ".json":
        return [found]
    names = sorted(set(json.loads(found.read_text(encoding="utf-8"))["weight_map"].values()))
    if missing := [name for name in names if not (folder / name).is_file()]:
        raise UserMistake(f"a part of the weights is missing: {missing[0]}", where=str(folder))
    return [folder / name for name in names]


class Weights:
    """The tensors of a folder by name, each read when it is asked for."""

    def __init__(self, folder: Path, files: dict[str, Any]) -> None:
        self.folder = folder
        self._files = files

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator[Weights]:
        """The weights of a folder for as long as the block lasts."""
        by_name: dict[str, Any] = {}
        for path in weight_files(folder):
            opened: Any = safe_open(str(path), framework="pt")
            by_name |= dict.fromkeys(opened.keys(), opened)
        yield cls(folder, by_name)

    def names(self) -> set[str]:
        return set(self._files)

    def read(self, name: str) -> torch.Tensor:
        """One tensor; `name` is one of `names()`."""
        tensor: torch.Tensor = self._files[name].get_tensor(name)
        return tensor


def rewrite(source: Path, target: Path, change: Change) -> None:
    """Write `source` with every tensor changed to one of the same type and shape; types, names and order stay."""
    with safe_open(str(source), framework="pt") as tensors, atomic_write(target) as out:
        header, names = _header(tensors)
        out.write(struct.pack("<Q", len(header)) + header)
        for name in names:
            before = tensors.get_tensor(name)
            after = change(name, before)
            if after.dtype != before.dtype or after.shape != before.shape:
                raise ValueError(f"{name}: {after.dtype} {tuple(after.shape)} in place of {tuple(before.shape)}")
            out.write(after.contiguous().reshape(-1).view(torch.uint8).numpy().data)


def _header(tensors: Any) -> tuple[bytes, list[str]]:
    """The header as bytes, padded to a multiple of eight as the format's own writer does, and the names in order."""
    described, place = {}, 0
    for name in tensors.offset_keys():
        view = tensors.get_slice(name)
        size = tensors.get_tensor(name).nbytes
        described[name] = {"dtype": view.get_dtype(), "shape": view.get_shape(), "data_offsets": [place, place + size]}
        place += size
    metadata = {"__metadata__": tensors.metadata() or {"format": "pt"}}
    text = json.dumps(metadata | described, separators=(",", ":")).encode()
    return text + b" " * (-len(text) % 8), list(described)
