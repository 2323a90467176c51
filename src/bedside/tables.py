"""What the command line shows of a study's report: the table of arms and the claims, on stdout."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

__all__ = ["print_arms", "print_claims"]


def print_arms(folder: Path) -> None:
    """The table of arms, and where the page is."""
    from rich.console import Console
    from rich.table import Table

    numbers = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    table = Table(title=f"{folder.name}: {numbers['items']} held-out questions an arm")
    for column in (
        "arm",
        "comfort,\ndistressed",
        "comfort,\ncalm",
        "facts,\ndistressed",
        "facts,\ncalm",
        "words",
        "verdict",
    ):
        left = column in ("arm", "verdict")
        table.add_column(column, justify="left" if left else "right", no_wrap=True)
    for arm in numbers["arms"]:
        cells = [
            _cell(arm["figures"][tone][metric]) for metric in ("comfort", "facts") for tone in ("distressed", "neutral")
        ]
        words = arm["figures"]["distressed"]["words"]
        table.add_row(
            arm["arm"],
            *cells,
            f"{words['value']:.0f}" if words else "-",
            numbers["verdicts"].get(arm["arm"], ""),
        )
    console = Console()
    # A narrower window wraps the lines; a narrower table would cut the figures.
    console.width = max(console.width, 78)
    console.print(table)
    print_claims([claim for claim in numbers["claims"] if claim["verdict"] != "PASS"])
    sys.stderr.write(f"report: {folder / 'report' / 'index.html'}\n")


def print_claims(claims: list[dict[str, Any]]) -> None:
    """Claims with their verdicts, one line each."""
    for claim in claims:
        e = claim["estimate"]
        figures = f"{e['value']:+.3f} [{e['low']:+.3f}, {e['high']:+.3f}], n {e['n']:.0f}" if e else "unscored"
        sys.stdout.write(
            f"{claim['verdict']:<12} {claim['sentence']}: {figures}; must be {claim['must_be']} {claim['margin']:g}\n"
        )


def _cell(estimate: dict[str, float] | None) -> str:
    """An estimate in a table cell."""
    return (
        "unscored" if estimate is None else f"{estimate['value']:.3f}\n±{(estimate['high'] - estimate['low']) / 2:.3f}"
    )
