"""`toyhom`: the CSV files of Toyhom/Chinese-medical-dialogue-data (department, title, ask, answer; GB18030)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bedside.core.records import Message, Rejected
from bedside.corpus.raw import Raw, broken
from bedside.corpus.rows import csv_rows

__all__ = ["read"]


def read(path: Path) -> Iterator[Raw | Rejected]:
    """Yield every row of the file; `ask` falls back on the title where it says nothing (无)."""
    for number, (where, row) in enumerate(csv_rows(path, ("title", "ask", "answer"))):
        title, asked, answer = (row.get(n) if isinstance(row, dict) else None for n in ("title", "ask", "answer"))
        if title is None or asked is None or answer is None:
            yield broken("toyhom", where, "fewer fields than columns", row)
            continue
        asked = title if asked.strip() in ("", "无") else asked
        messages = (Message("patient", asked), Message("doctor", answer))
        yield Raw("toyhom", f"{path.stem}-{number}", where, messages, "MIT", "zh", title.strip())
