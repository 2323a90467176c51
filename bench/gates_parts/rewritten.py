"""The gates on free rewrites by a strong model, each with a corrupted twin: `rewrites/dev.jsonl`, or any file like it.

A faithful rewrite (both sides) that is rejected is a false alarm. A corrupted side, with the other side faithful,
counts as found when the rewrite is rejected; in a second figure only when the gates then find something that they do
not find in the faithful twin, so that a false alarm never passes for a find.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from bedside.rewrite.gate_file import Row as GateRow
from bedside.rewrite.gate_file import case_of
from bedside.rewrite.gates import judge
from gates_parts.tables import Row, share

SIDES = ("patient", "doctor")
# What each kind of corruption of the file belongs to in the question asked.
CLOSE_FACTS = ("dose", "drug", "frequency_or_duration", "number_changed", "duration_changed")


def rows(path: Path) -> list[Row]:
    """False alarms and sensitivity, each language apart, then each kind of corruption."""
    hits: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        _count(json.loads(line), hits, counts)
    alarms = [_row(n, hits, counts, "<= .10") for n in sorted(counts) if n.startswith("faithful")]
    overall = [_row(n, hits, counts, ">= .85") for n in sorted(counts) if n.startswith("corrupted")]
    kinds = [_row(n, hits, counts, ">= .95" if n in CLOSE_FACTS else "") for n in sorted(counts) if " " not in n]
    new = [_row(n, hits, counts, "") for n in sorted(counts) if n.startswith("new finding")]
    return [*alarms, *overall, *new, *kinds]


def _row(name: str, hits: Counter[str], counts: Counter[str], bar: str) -> Row:
    return share(name, hits[name], counts[name], bar)


def _count(row: dict[str, Any], hits: Counter[str], counts: Counter[str]) -> None:
    if not row.get("doctor_rewrite"):
        return
    faithful = _reasons(row, {})
    _add(("faithful, all", f"faithful, {row['language']}"), bool(faithful), hits, counts)
    for side in SIDES:
        if row.get(f"{side}_corrupt"):
            found = _reasons(row, {f"{side}_rewrite": row[f"{side}_corrupt"]})
            names = (
                "corrupted, all",
                f"corrupted, {row['language']}",
                f"corrupted, {side}",
                row[f"{side}_corrupt_type"],
            )
            _add(names, bool(found), hits, counts)
            new = ("new finding, all", f"new finding, {row['language']}", f"new finding, {side}")
            _add(new, bool(found - faithful), hits, counts)


def _add(names: tuple[str, ...], hit: bool, hits: Counter[str], counts: Counter[str]) -> None:
    for name in names:
        counts[name] += 1
        hits[name] += hit


def _reasons(row: dict[str, Any], changed: dict[str, str]) -> frozenset[str]:
    known = {name: row[name] for name in GateRow.__struct_fields__ if name in row}
    verdict = judge(case_of(msgspec.convert(known | changed, GateRow)))
    return frozenset(f"{r.gate} {r.side} {r.detail}" for r in verdict.reasons if r.severity != "minor")
