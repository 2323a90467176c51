"""What the command line shows of results, on stdout: the table of arms, the claims, a ledger, the lint of pairs."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from bedside.core.records import LedgerEntry

__all__ = ["judge_lines", "print_arms", "print_claims", "print_ledger", "print_lint"]

# How each outcome looks; its name is always said too, for those who see no colour.
LOOKS = {"kept": "green", "changed": "bold yellow", "lost": "bold red", "added": "bold magenta"}
# What an arm is in the audit.
ROLES = {"claimed": "claimed to be fit", "control": "control, must fail", "other": "to compare with"}
# Columns of the table of claims.
TABLE = 60
# Narrower than this, the texts stand one below the other.
SIDE_BY_SIDE = 90


def print_arms(folder: Path) -> None:
    """The table of arms, and where the page is."""
    from rich.console import Console
    from rich.table import Table

    numbers = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    # Without the outer spaces a study fits into 80 columns.
    table = Table(title=f"{folder.name}: {numbers['items']} held-out questions an arm", pad_edge=False)
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
    _print_whole(Console(), table)
    print_findings([claim for claim in numbers["claims"] if claim["role"] == "claimed"])
    _print_study(numbers)
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


def print_claims(numbers: dict[str, Any], arm: str | None = None) -> None:
    """The claims of a report, a table an arm, and the verdict; of one arm alone where it is named.

    A line has at most 60 columns, in a narrower terminal 40.
    """
    _wrapped("Found is the arm less the base, in points of 100; of length, how many times the base's.")
    sys.stdout.write("\n")
    narrow = _width() < TABLE
    for name, verdict in numbers["verdicts"].items():
        claims = [claim for claim in numbers["claims"] if claim["arm"] == name]
        if arm is not None and name != arm:
            continue
        role = claims[0]["role"] if claims else "other"
        sys.stdout.write(f"{name} ({ROLES[role]}): {verdict}\n")
        if not narrow:
            sys.stdout.write(f"{'verdict':<12} {'claim':<17} {'found, 95 % interval':<22} must\n")
        for claim in claims:
            sys.stdout.write(_claim_line(claim, narrow) + "\n")
        left_out = "; ".join(numbers["not_examined"].get(name, []))
        if left_out:
            _wrapped(f"not examined, so not claimed: {left_out}")
        if arm is not None or role == "claimed":
            print_findings(claims)
        sys.stdout.write("\n")
    if arm is None:
        _print_study(numbers)


def print_findings(claims: list[dict[str, Any]]) -> None:
    """What was found, in plain words, of each claim that did not pass."""
    for claim in claims:
        if claim["verdict"] != "PASS":
            _wrapped(f"- {claim['arm']}, {claim['finding']}")


def _claim_line(claim: dict[str, Any], narrow: bool) -> str:
    ratio, e = claim["claim"] == "length", claim["estimate"]
    shown = "{:.2f}" if ratio else "{:+.1f}"
    value, low, high = (
        (shown.format(e[k] * (1 if ratio else 100)) for k in ("value", "low", "high")) if e else ("",) * 3
    )
    found = f"{value} [{low}, {high}]" if e else "nothing scored"
    margin = claim["margin"] * (1 if ratio else 100)
    must = f"{'>' if claim['must_be'] == 'above' else '<'} {margin:g}"
    if narrow:
        return f"{claim['verdict']} {claim['claim']}\n  {found}, must be {must}"
    return f"{claim['verdict']:<12} {claim['claim']:<17} {found:<22} {must}"


def _print_study(numbers: dict[str, Any]) -> None:
    if not any(claim["role"] == "claimed" for claim in numbers["claims"]):
        _wrapped("no arm is claimed to be fit, so nothing can pass (evaluate.claims.arms names such arms)")
    for control, caught in numbers["caught"].items():
        told = "is caught, as it must be" if caught else "is not caught: the audit is not sensitive enough"
        _wrapped(f"control {control} {told}")
    if not numbers["margins"]["signed_by"]:
        _wrapped("nobody has signed the margins (evaluate.claims.signed_by)")
    sys.stdout.write(f"study: {numbers['verdict']}\n")


def _wrapped(text: str) -> None:
    """A paragraph in the terminal's width."""
    sys.stdout.write(textwrap.fill(text, _width(), subsequent_indent="  ") + "\n")


def _width() -> int:
    return max(40, min(100, shutil.get_terminal_size().columns))


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
    _print_whole(console, table)
    for reason in lint["reasons"]:
        console.print(f"- {reason}", markup=False, highlight=False)
    console.print(
        f"pairs: {lint['verdict']}", style="bold red" if lint["verdict"] == "bad" else "bold", highlight=False
    )


def _print_whole(console: Console, table: Table) -> None:
    """Print a table whole: a narrower window wraps its lines, a narrower table would cut the figures."""
    width = console.measure(table, options=console.options.update(max_width=1000)).maximum
    console.width = max(console.width, width)
    console.print(table)


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
