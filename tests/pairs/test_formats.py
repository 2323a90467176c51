"""The three files as the readers of TRL, LLaMA-Factory and axolotl document them; further columns break none."""

from __future__ import annotations

import importlib.util
import json
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from bedside.core.config import PairsConfig
from bedside.pairs.stage import build
from tests.pairs.rewrites import rows
from tests.pairs.test_stage import written

TRL_COLUMNS = {
    "sft": {"messages"},
    "preferences": {"prompt", "chosen", "rejected"},
    "labels": {"prompt", "completion", "label"},
}
# All column names that TRL takes for its own: a further one of these would make a row one of another type.
TRL_KNOWN = {"messages", "prompt", "chosen", "rejected", "completion", "label", "images", "image", "tools", "text"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("formats")
    build(PairsConfig(system_prompt="Be kind."), 1, written(folder / "rewrite", rows(24, 8)), folder / "pairs")
    return folder / "pairs"


def lines(made: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (made / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def is_chat(messages: Any, first: str, last: str) -> bool:
    """Roles that take turns after an optional system message, and text in every one."""
    roles = [m["role"] for m in messages if m["role"] != "system"]
    texts = all(set(m) == {"role", "content"} and isinstance(m["content"], str) and m["content"] for m in messages)
    turns = all(one != two for one, two in pairwise(roles))
    return texts and turns and (roles[0], roles[-1]) == (first, last)


@pytest.mark.parametrize("name", TRL_COLUMNS)
def test_rows_are_of_the_type_that_trl_takes_them_for(made: Path, name: str) -> None:
    rows = lines(made, name)
    assert len(rows) >= 32
    for row in rows:
        assert set(row) & TRL_KNOWN == TRL_COLUMNS[name]
        for column in TRL_COLUMNS[name] & {"chosen", "rejected", "completion"}:
            assert is_chat(row[column], "assistant", "assistant")
        if name == "sft":
            assert is_chat(row["messages"], "user", "assistant")
        else:
            assert is_chat(row["prompt"], "user", "user")
            assert row["prompt"][0] == {"role": "system", "content": "Be kind."}
        if name == "labels":
            assert row["label"] in (True, False)


def test_every_row_of_a_file_has_the_same_columns(made: Path) -> None:
    for name in TRL_COLUMNS:
        assert len({tuple(row) for row in lines(made, name)}) == 1


def test_the_columns_for_llama_factory_repeat_the_others(made: Path) -> None:
    for row in lines(made, "preferences"):
        assert [row["better"]] == row["chosen"]
        assert [row["worse"]] == row["rejected"]
    for row in lines(made, "labels"):
        assert row["conversation"] == [*row["prompt"], *row["completion"]]


def test_llama_factorys_file_names_columns_that_are_there_and_of_the_right_shape(made: Path) -> None:
    """Its reader (`SharegptDatasetConverter`): turns, an odd number in a ranking; a side is one message; a bool tag."""
    info = json.loads((made / "dataset_info.json").read_bytes())
    assert len(info) == 3
    for entry in info.values():
        assert set(entry) <= {"file_name", "formatting", "ranking", "columns", "tags"}
        tags, columns = entry["tags"], entry["columns"]
        rows = lines(made, entry["file_name"].removesuffix(".jsonl"))
        for row in rows:
            messages = [m for m in row[columns["messages"]] if m[tags["role_tag"]] != tags["system_tag"]]
            wanted = [tags["user_tag"], tags["assistant_tag"]] * len(messages)
            assert [m[tags["role_tag"]] for m in messages] == wanted[: len(messages)]
            assert len(messages) % 2 == (1 if entry.get("ranking") else 0)
            for side in ("chosen", "rejected") if entry.get("ranking") else ():
                assert isinstance(row[columns[side]], dict)
                assert row[columns[side]][tags["role_tag"]] == tags["assistant_tag"]
            if "kto_tag" in columns:
                assert isinstance(row[columns["kto_tag"]], bool)


def test_axolotls_file_names_columns_that_are_there(made: Path) -> None:
    parts = yaml.safe_load((made / "axolotl.yaml").read_text(encoding="utf-8"))
    assert set(parts) == {"sft", "dpo", "kto"}
    for part in (parts["sft"], parts["dpo"]):
        (dataset,) = part["datasets"]
        row = lines(made, dataset["path"].removesuffix(".jsonl"))[0]
        assert {value for name, value in dataset.items() if name.startswith("field_")} <= set(row)
    # Its KTO readers want the whole conversation in `completion`; the file says how to make that of `labels.jsonl`.
    assert "{completion: .conversation, label}" in (made / "axolotl.yaml").read_text(encoding="utf-8")


def test_trl_loads_them_as_they_are(made: Path) -> None:
    datasets, trl = pytest.importorskip("datasets"), pytest.importorskip("trl.data_utils")
    from bedside.llm import local_path
    from bedside.llm.local import load_tokenizer

    tokenizer = load_tokenizer(local_path("clinic"))
    for name, columns in TRL_COLUMNS.items():
        dataset = datasets.Dataset.from_json(str(made / f"{name}.jsonl"), cache_dir=str(made / "cache"))
        assert len(dataset) == len(lines(made, name))
        for row in dataset:
            assert trl.is_conversational(row)
            told = trl.apply_chat_template(row, tokenizer)
            assert set(told) == ({"text"} if name == "sft" else columns)
            ends = [told[c] for c in columns & {"chosen", "rejected", "completion"}] or [told["text"]]
            assert all(tokenizer.eos_token in text for text in ends)


@pytest.mark.skipif(importlib.util.find_spec("llamafactory") is None, reason="LLaMA-Factory is not installed")
def test_llama_factory_loads_them_as_they_are(made: Path) -> None:
    from llamafactory.data.converter import get_dataset_converter
    from llamafactory.data.parser import get_dataset_list

    attributes = get_dataset_list(["bedside_sft", "bedside_preferences", "bedside_labels"], str(made))
    for attribute in attributes:
        convert = get_dataset_converter(attribute.formatting, attribute, SimpleNamespace(media_dir=None))
        for row in lines(made, attribute.dataset_name.removesuffix(".jsonl")):
            told = convert(row)
            assert told["_prompt"] and told["_system"] == "Be kind."
            assert len(told["_response"]) == (1 if attribute.dataset_name == "sft.jsonl" else 2)
