"""Rows of the gates table, and their exact intervals."""

from __future__ import annotations

from typing import NamedTuple

from scipy.stats import beta

__all__ = ["Row", "share", "told"]


class Row(NamedTuple):
    """One line of the table; `bar` says what was asked for, empty where nothing was."""

    name: str
    figure: float
    low: float
    high: float
    n: int
    bar: str


def share(name: str, hits: int, count: int, bar: str = "") -> Row:
    """A share with its 95 % interval (Clopper and Pearson 1934); 0 to 1 where nothing was counted."""
    if not count:
        return Row(name, float("nan"), 0.0, 1.0, 0, bar)
    low = beta.ppf(0.025, hits, count - hits + 1) if hits else 0.0
    high = beta.ppf(0.975, hits + 1, count - hits) if hits < count else 1.0
    return Row(name, hits / count, float(low), float(high), count, bar)


def told(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | figure | 95 % interval | n | bar |", "|---|---:|---|---:|---|"]
    for row in rows:
        lines.append(f"| {row.name} | {row.figure:.3f} | {row.low:.3f}–{row.high:.3f} | {row.n:,} | {row.bar} |")
    return "\n".join(lines)
