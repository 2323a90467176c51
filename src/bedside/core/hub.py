"""What the Hugging Face Hub asks of a dataset card, and what Markdown asks of a table. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bedside.core.phrases import load_yaml

__all__ = ["cell", "hub_licence", "hub_size"]

# The Hub's own classes (huggingface.co/docs/hub/datasets-cards), each with the number of rows that it stays under.
SIZES = (
    ("n<1K", 10**3), ("1K<n<10K", 10**4), ("10K<n<100K", 10**5), ("100K<n<1M", 10**6), ("1M<n<10M", 10**7),
    ("10M<n<100M", 10**8),
)  # fmt: skip


def hub_licence(licences: Iterable[str]) -> str:
    """The Hub's identifier of the one licence that all sources have; `other` where there are several, or none known."""
    names = sorted(set(licences))
    known: dict[str, str] = load_yaml("core/hub.yaml")["licences"]
    return known.get(names[0].lower(), "other") if len(names) == 1 else "other"


def hub_size(rows: int) -> str:
    """The Hub's class for so many rows."""
    return next((name for name, below in SIZES if rows < below), "n>100M")


def cell(text: str) -> str:
    """Text that stays within its cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")
