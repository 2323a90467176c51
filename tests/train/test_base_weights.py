"""An adapter on other weights than those of its training is refused, wherever the two are put together."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from bedside.core.errors import UserMistake
from bedside.core.manifest import read_manifest
from bedside.llm.base_weights import PIECE, WHOLE, fingerprint
from bedside.llm.local import load_model
from bedside.serve.models import Answerer, open_served
from bedside.train.dial import Plan, export

from .runs import settings, train


def test_the_numbers_the_shape_and_the_name_count(tmp_path: Path) -> None:
    tensor = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    found = [
        _saved(tmp_path, {"a": tensor}),
        _saved(tmp_path, {"a": tensor + 1}),
        _saved(tmp_path, {"a": tensor.reshape(3, 2)}),
        _saved(tmp_path, {"b": tensor}),
    ]
    assert len(set(found)) == 4
    assert all(len(mark) == 16 for mark in found)
    assert _saved(tmp_path, {"a": tensor.clone()}) == found[0]


def test_of_a_large_tensor_three_pieces_are_read(tmp_path: Path) -> None:
    count = 2 * WHOLE
    plain = torch.zeros(count, dtype=torch.uint8)
    first = _saved(tmp_path, {"a": plain})
    for place, told in ((0, True), (count // 2, True), (count - 1, True), (PIECE + 1, False)):
        changed = plain.clone()
        changed[place] = 1
        assert (_saved(tmp_path, {"a": changed}) != first) is told, place


def test_the_same_weights_in_two_files_have_one_fingerprint(tmp_path: Path) -> None:
    one, two = torch.ones(3), torch.zeros(3)
    whole = _saved(tmp_path / "whole", {"a": one, "b": two})
    parts = tmp_path / "parts"
    parts.mkdir()
    save_file({"a": one}, parts / "1.safetensors")
    save_file({"b": two}, parts / "2.safetensors")
    (parts / "model.safetensors.index.json").write_text('{"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}')
    assert fingerprint(str(parts)) == whole


@pytest.mark.parametrize("name", ["somebody/nothing-of-the-kind", "/no/such/folder", "no such name"])
def test_unknown_weights_have_none(name: str) -> None:
    assert fingerprint(name) == ""


def _export(adapter: Path, out: Path) -> object:
    return export(Plan(adapter, 0.5), out)


def _load(adapter: Path, out: Path) -> object:
    return load_model(str(adapter))


@pytest.mark.parametrize("use", [_load, _export])
def test_an_adapter_refuses_another_base(
    use: Callable[[Path, Path], object], pairs: Path, random_model: Path, tmp_path: Path
) -> None:
    base, out = tmp_path / "base", tmp_path / "sft"
    shutil.copytree(random_model, base)
    manifest = train(settings("sft"), pairs, base, out)
    assert manifest.base_weights == fingerprint(str(base)) == fingerprint(str(random_model))
    assert train(settings("sft"), pairs, base, out) == manifest, "a complete run is not made again"
    (base / "README.md").write_text("not of the weights")
    use(out, tmp_path / "first")
    _change(base)
    with pytest.raises(UserMistake, match="other weights than at training") as told:
        use(out, tmp_path / "second")
    assert str(out) in str(told.value)
    assert manifest.base_weights in str(told.value)


def test_an_export_knows_its_base_and_a_further_training_refuses_another(
    pairs: Path, random_model: Path, tmp_path: Path
) -> None:
    base, out = tmp_path / "base", tmp_path / "sft"
    shutil.copytree(random_model, base)
    manifest = train(settings("sft"), pairs, base, out)
    export(Plan(out, 0.5), tmp_path / "half")
    exported = read_manifest(tmp_path / "half")
    assert exported is not None
    assert exported.base_weights == manifest.base_weights != ""
    _change(base)
    with pytest.raises(UserMistake, match="other weights than at training"):
        open_served(Answerer(f"local:{tmp_path / 'half'}"))
    with pytest.raises(UserMistake, match="other weights than at training"):
        train(settings("dpo"), pairs, base, tmp_path / "dpo", start=out)


def _saved(folder: Path, tensors: dict[str, torch.Tensor]) -> str:
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    return fingerprint(str(folder))


def _change(base: Path) -> None:
    """Move one number of one tensor."""
    tensors = load_file(base / "model.safetensors")
    name = sorted(tensors)[0]
    tensors[name].view(-1)[0] += 1
    save_file(tensors, base / "model.safetensors", metadata={"format": "pt"})
