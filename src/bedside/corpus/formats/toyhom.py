"""`toyhom`: the CSV files of Toyhom/Chinese-medical-dialogue-data (department, title, ask, answer; GB18030)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bedside.core.records import Message, Rejected
from bedside.corpus.raw import Raw, broken, csv_rows

__all__ = ["read"]


def read(path: Path) -> Iterator[Raw | Rejected]:
    """Yield every row of the file; `ask` falls back on the title where it says nothing (无)."""
    for number, (where, row) in enumerate(csv_rows(path, ("title", "ask", "answer"))):
        if not row["answer"] or not row["ask"]:
            yield broken("toyhom", where, "a field is empty or missing", row)
            continue
        asked = row["title"] if row["ask"].strip() in ("", "无") else row["ask"]
        messages = (Message("patient", asked), Message("doctor", row["answer"]))
        yield Raw("toyhom", f"{path.stem}-{number}", where, messages, "MIT", "zh", row["title"].strip())
