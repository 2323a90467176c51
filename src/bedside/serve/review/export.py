"""Files for others: every rating as JSONL or CSV, and the unblinded summary with the judges' labels."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from bedside.core.errors import UserMistake
from bedside.core.files import atomic_write, write_json, write_rows
from bedside.core.records import Rewrite
from bedside.serve.review.audit import summary_of_rewrites
from bedside.serve.review.records import Compared
from bedside.serve.review.store import Store
from bedside.serve.review.summary import summary_of_pairs
from bedside.serve.review.unblinded import labels, rewrite_row, row

__all__ = ["LABELS", "SUMMARY", "export", "publish"]

SUMMARY = "summary.json"
LABELS = "labels.jsonl"
# A spreadsheet would run a cell that begins so.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def publish(store: Store, folder: Path) -> dict[str, Any]:
    """Write the summary (and for pairs the labels) into the review folder; gives the summary."""
    if store.drawing.kind == "rewrites":
        summary = summary_of_rewrites(store)
    else:
        summary = summary_of_pairs(store)
        pairs = [case for case in store.cases() if isinstance(case, Compared)]
        write_rows(folder / LABELS, labels(store.ratings(), pairs))
    write_json(folder / SUMMARY, summary)
    return summary


def export(store: Store, path: Path) -> int:
    """Write every rating that stands into a `.jsonl` or `.csv` file; gives how many there are.

    Raises:
        UserMistake: another kind of file.
    """
    if path.suffix not in (".jsonl", ".csv"):
        raise UserMistake("is neither a .jsonl nor a .csv file", where=str(path), remedy="--export ratings.csv")
    cases = store.cases()
    rows = []
    for given in store.ratings():
        case = cases[given.task.case]
        rows.append(rewrite_row(given, case) if isinstance(case, Rewrite) else row(given, case))
    if path.suffix == ".jsonl":
        return write_rows(path, rows)
    with atomic_write(path) as out:
        out.write(_csv(rows).encode("utf-8-sig"))  # without the mark, spreadsheets take Chinese for Latin-1
    return len(rows)


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
