"""How the examples lie on disk, so that TRL, LLaMA-Factory and axolotl load the same three files. Pure but for writing.

TRL reads `messages`, `prompt/chosen/rejected` and `prompt/completion/label`, and passes over other columns.
LLaMA-Factory wants one message instead of a list on each side of a preference, and a whole conversation beside a
label: those are the further columns `better`, `worse` and `conversation`, which `dataset_info.json` names.
`axolotl.yaml` names the columns for axolotl.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from bedside.core.files import atomic_write, write_json
from bedside.core.records import Label, Preference

__all__ = ["DATASET_INFO", "label_row", "preference_row", "write_formats"]

TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}
# LLaMA-Factory's own format (its data/README.md): a column of messages, tags of their keys and roles.
DATASET_INFO: dict[str, dict[str, Any]] = {
    "bedside_sft": {
        "file_name": "sft.jsonl",
        "formatting": "sharegpt",
        "columns": {"messages": "messages"},
        "tags": TAGS,
    },
    "bedside_preferences": {
        "file_name": "preferences.jsonl",
        "formatting": "sharegpt",
        "ranking": True,
        "columns": {"messages": "prompt", "chosen": "better", "rejected": "worse"},
        "tags": TAGS,
    },
    "bedside_labels": {
        "file_name": "labels.jsonl",
        "formatting": "sharegpt",
        "columns": {"messages": "conversation", "kto_tag": "label"},
        "tags": TAGS,
    },
}


def preference_row(preference: Preference) -> dict[str, Any]:
    """A line of `preferences.jsonl`."""
    row: dict[str, Any] = msgspec.to_builtins(preference)
    return row | {"better": row["chosen"][-1], "worse": row["rejected"][-1]}


def label_row(label: Label) -> dict[str, Any]:
    """A line of `labels.jsonl`."""
    row: dict[str, Any] = msgspec.to_builtins(label)
    return row | {"conversation": [*row["prompt"], *row["completion"]]}


def write_formats(out: Path) -> None:
    """Write `dataset_info.json` for LLaMA-Factory and `axolotl.yaml` beside the files."""
    write_json(out / "dataset_info.json", DATASET_INFO)
    with atomic_write(out / "axolotl.yaml") as file:
        file.write(resources.files("bedside").joinpath("pairs/data/axolotl.yaml").read_bytes())
