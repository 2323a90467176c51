"""The dataset card of the examples: `README.md` as the Hugging Face Hub reads it, from what the stage counted.

The same counts and the same lint give the same bytes; it does not read the examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from bedside.core.files import atomic_write
from bedside.core.phrases import load_yaml

__all__ = ["Summary", "write_card"]

WORDS = "pairs/data/card.yaml"
# The Hub's own classes (huggingface.co/docs/hub/datasets-cards), each with the number of rows that it stays under.
SIZES = (("n<1K", 10**3), ("1K<n<10K", 10**4), ("10K<n<100K", 10**5), ("100K<n<1M", 10**6), ("1M<n<10M", 10**7))


class Summary(msgspec.Struct, frozen=True):
    """What the stage counted, and what the lint read."""

    counts: dict[str, int]
    lint: dict[str, Any]
    languages: dict[str, int]
    licences: dict[str, int]
    models: dict[str, int]
    settings: dict[str, Any]


def write_card(out: Path, summary: Summary) -> None:
    """Write `README.md` to the folder `out`."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bedside", "pairs"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown is no HTML
    )
    environment.globals |= {"cell": _cell, "thousands": "{:,}".format, "figure": _figure, "plain": _plain}
    text = environment.get_template("card.md.j2").render(
        front_matter=_front_matter(summary), words=load_yaml(WORDS), counts=summary.counts, lint=summary.lint,
        parts={name: _part(summary.counts, name) for name in ("sft", "preferences", "left out", "passed over")},
        languages=summary.languages, licences=summary.licences, models=summary.models,
        settings={name: value for name, value in summary.settings.items() if name != "lint"},
    )  # fmt: skip
    with atomic_write(out / "README.md") as file:
        file.write(text.encode())


def _front_matter(summary: Summary) -> str:
    import yaml

    rows = max(summary.counts[name] for name in ("sft", "preferences", "labels"))
    known: dict[str, str] = load_yaml(WORDS)["licences"]
    licences = sorted(summary.licences)
    names = ("sft", "preferences", "labels")
    fields = {
        "license": known.get(licences[0].lower(), "other") if len(licences) == 1 else "other",
        "language": sorted(summary.languages),
        "task_categories": ["text-generation"],
        "tags": ["medical", "dialogue", "empathy", "sft", "dpo", "kto", "bedside"],
        "size_categories": [next((name for name, below in SIZES if rows < below), "n>10M")],
        "configs": [
            {"config_name": name, "data_files": f"{name}.jsonl"} | ({"default": True} if name == "sft" else {})
            for name in names
        ],
    }
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True)


def _part(counts: Mapping[str, int], part: str) -> dict[str, int]:
    """The counts of a part, without its name before each."""
    return {name.removeprefix(f"{part}: "): n for name, n in counts.items() if name.startswith(f"{part}: ")}


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {weight:g}" for name, weight in value.items())
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)


def _cell(text: str) -> str:
    """Text that stays within its cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")
