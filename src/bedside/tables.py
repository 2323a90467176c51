"""What the command line shows of results, on stdout: the table of arms, the claims, a ledger, the lint of pairs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.text import Text

    from bedside.core.records import LedgerEntry

__all__ = ["judge_lines", "print_arms", "print_claims", "print_ledger", "print_lint"]

# How each outcome looks; its name is always said too, for those who see no colour.
LOOKS = {"kept": "green", "changed": "bold yellow", "lost": "bold red", "added": "bold magenta"}
# Narrower than this, the texts stand one below the other.
SIDE_BY_SIDE = 90


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


def judge_lines(folder: Path) -> list[str]:
    """What the judges of an evaluation say of each arm, a line each; of a refused one, why it is not believed."""
    told = json.loads((folder / "judge" / "judge.json").read_text(encoding="utf-8"))
    lines = []
    for judge in told["judges"]:
        lines += [f"judge {judge['model']}: refused, because {reason}" for reason in judge["reasons"]]
        lines += [f"judge {judge['model']} does not judge {arm}: {why}" for arm, why in judge["excluded"].items()]
        lines += _won(f"judge {judge['model']}", judge.get("results", {}))
    return lines + _won("most judges", told["majority"]["results"])


def _won(who: str, results: dict[str, Any]) -> list[str]:
    lines = []
    for arm, tones in results.items():
        sent = tones["all"]["send"]
        counts = f"{sent['wins']} won, {sent['ties']} tied, {sent['losses']} lost, {sent['unread']} unread"
        rates = [_rate(sent[name]) for name in ("win_rate", "length_controlled")]
        lines.append(f"{who}: {arm} is preferred to base in {rates[0]}, at equal length in {rates[1]} ({counts})")
    return lines


def _rate(estimate: dict[str, float] | None) -> str:
    return "{value:.2f} [{low:.2f}, {high:.2f}]".format(**estimate) if estimate else "no known share"


def print_claims(claims: list[dict[str, Any]]) -> None:
    """Claims with their verdicts, one line each."""
    for claim in claims:
        e = claim["estimate"]
        figures = f"{e['value']:+.3f} [{e['low']:+.3f}, {e['high']:+.3f}], n {e['n']:.0f}" if e else "unscored"
        sys.stdout.write(
            f"{claim['verdict']:<12} {claim['sentence']}: {figures}; must be {claim['must_be']} {claim['margin']:g}\n"
        )


def print_ledger(original: str, rewrite: str, entries: Iterable[LedgerEntry]) -> None:
    """Two texts side by side with their facts marked, then each fact that was not kept."""
    from rich.columns import Columns
    from rich.console import Console
    from rich.panel import Panel

    entries = list(entries)
    console = Console()
    left = Panel(_marked(original, [e for e in entries if e.outcome != "added"]), title="original")
    right = Panel(_marked(rewrite, [e for e in entries if e.outcome in ("kept", "added")]), title="rewrite")
    if console.width >= SIDE_BY_SIDE:
        console.print(Columns([left, right], width=(console.width - 1) // 2, padding=(0, 1)))
    else:
        console.print(left, right)
    broken = [entry for entry in entries if entry.outcome != "kept"]
    for entry in broken:
        console.print(f"{entry.outcome:<8}{entry.severity:<9} {entry.kind}: “{entry.text}”", style=LOOKS[entry.outcome],
                      markup=False, highlight=False)  # fmt: skip
    kept = len(entries) - len(broken)
    console.print(f"{kept} kept, {len(broken)} not", highlight=False)


def print_lint(lint: dict[str, Any]) -> None:
    """How well surface features tell the sides of the pairs apart, kind by kind, then the verdict with its reasons."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="shortcuts: AUC of telling chosen from rejected (0.5 chance, 1 given away)")
    for column in ("kind", "pairs", "words", "outside\nbreak", "marks", "edges", "length", "most telling", "verdict"):
        left = column in ("kind", "most telling", "verdict")
        table.add_column(column, justify="left" if left else "right", no_wrap=column != "most telling")
    for kind, figures in lint["kinds"].items():
        names = ("auc", "auc_masked", "auc_form", "auc_edges", "auc_length")
        aucs = [f"{figures[n]:.2f}" if figures.get(n) is not None else "-" for n in names]
        worst = [told["word"] for told in figures.get("tell_tale", {}).get("rejected", [])[:3]]
        table.add_row(kind, f"{figures['pairs']:,}", *aucs, " ".join(worst), figures["verdict"])
    console = Console()
    # A narrower window wraps the lines; a narrower table would cut the figures.
    console.width = max(console.width, 100)
    console.print(table)
    for reason in lint["reasons"]:
        console.print(f"- {reason}", markup=False, highlight=False)
    console.print(
        f"pairs: {lint['verdict']}", style="bold red" if lint["verdict"] == "bad" else "bold", highlight=False
    )


def _marked(text: str, entries: list[LedgerEntry]) -> Text:
    """The text with the words of each entry in its outcome's look."""
    from rich.text import Text

    marked = Text(text)
    for entry in sorted(entries, key=lambda e: len(e.text), reverse=True):
        place = text.lower().find(entry.text.lower()) if entry.text else -1
        if place >= 0:
            marked.stylize(LOOKS[entry.outcome], place, place + len(entry.text))
    return marked


def _cell(estimate: dict[str, float] | None) -> str:
    """An estimate in a table cell."""
    return (
        "unscored" if estimate is None else f"{estimate['value']:.3f}\n±{(estimate['high'] - estimate['low']) / 2:.3f}"
    )
