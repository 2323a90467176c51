"""Which weights an adapter was trained on: a fingerprint of the base's safetensors files, taken at training.

An adapter on other weights than its own answers worse and nobody sees why; so the fingerprint is compared wherever the
two are put together. It is made of each tensor's name, type, shape and numbers: all numbers of a small tensor, three
pieces of a large one, so that of a model of billions of parameters a few megabytes are read. Weights that differ only
between the pieces have the same fingerprint; a training changes nearly all. Weights in other files have none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from bedside.core.errors import UserMistake
from bedside.core.manifest import read_manifest

__all__ = ["fingerprint", "require_same_base"]

FILES = ("model.safetensors", "model.safetensors.index.json")
# Tensors of up to so many bytes are read whole, of others three pieces of PIECE bytes: first, middle, last.
WHOLE, PIECE = 1 << 20, 1 << 12


def fingerprint(model: str, revision: str | None = None) -> str:
    """The fingerprint of a folder's weights or of a hub model's in the cache; "" where there are none to be read."""
    found = sorted(_tensors(_files(model, revision)))
    return hashlib.sha256("\n".join(found).encode()).hexdigest()[:16] if found else ""


def require_same_base(folder: Path, base: str) -> None:
    """Stop when the base has other weights than the adapter in `folder` was trained on, as far as both are known.

    Raises:
        UserMistake: it has.
    """
    manifest = read_manifest(folder)
    trained = manifest.base_weights if manifest is not None else ""
    now = fingerprint(base) if trained else ""
    if now and now != trained:
        raise UserMistake(
            f"its base {base} has other weights than at training (fingerprint {now}, trained on {trained})",
            where=str(folder),
            remedy="Put the weights of the training back, name their folder in adapter_config.json, or train again.",
        )


def _files(model: str, revision: str | None) -> list[Path]:
    one, index = (_file(model, name, revision) for name in FILES)
    if one is not None:
        return [one]
    if index is None:
        return []
    names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    return [found for name in names if (found := _file(model, name, revision)) is not None]


def _file(model: str, name: str, revision: str | None) -> Path | None:
    path = Path(model) / name
    if not Path(model).is_dir() and not Path(model).is_absolute():
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError

        try:
            cached = try_to_load_from_cache(model, name, revision=revision)
        except HFValidationError:
            return None
        return Path(cached) if isinstance(cached, str) else None
    return path if path.is_file() else None


def _tensors(paths: list[Path]) -> Iterator[str]:
    """A line for each tensor: name, type, shape, hash."""
    for path in paths:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(size))
            for name, told in header.items():
                if name != "__metadata__":
                    start, end = (8 + size + offset for offset in told["data_offsets"])
                    yield f"{name} {told['dtype']} {told['shape']} {_hash(file, start, end)}"


def _hash(file: BinaryIO, start: int, end: int) -> str:
    digest = hashlib.sha256()
    places = (start, (start + end - PIECE) // 2, end - PIECE) if end - start > WHOLE else (start,)
    for place in places:
        file.seek(place)
        digest.update(file.read(PIECE if len(places) > 1 else end - start))
    return digest.hexdigest()
