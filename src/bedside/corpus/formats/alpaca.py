"""`alpaca`: JSON or JSON lines of `instruction`, `input`, `output` (Alpaca).

Where `input` holds text it is the patient's message and `instruction` the task; otherwise `instruction` is the message.
`history`, a list of (question, answer) turns, comes before.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bedside.core.records import Message, Rejected
from bedside.corpus.raw import Raw, broken
from bedside.corpus.rows import json_rows

__all__ = ["messages", "read"]


def read(path: Path) -> Iterator[Raw | Rejected]:
    """Yield every row of the file, as a consultation or as broken."""
    for number, (where, row) in enumerate(json_rows(path)):
        turns = messages(row)
        if turns is None:
            yield broken("alpaca", where, "not `instruction`, `input`, `output` (and `history`) as text", row)
            continue
        yield Raw("alpaca", f"{path.stem}-{number}", where, turns, "unknown")


def messages(row: Any) -> tuple[Message, ...] | None:
    """The turns of one row; None where it is not of this shape."""
    if not isinstance(row, dict):
        return None
    asked, answer = row.get("input") or row.get("instruction"), row.get("output")
    history = row.get("history") or []
    if not isinstance(asked, str) or not isinstance(answer, str) or not isinstance(history, list):
        return None
    turns = []
    for turn in [*history, [asked, answer]]:
        if not isinstance(turn, list) or len(turn) != 2 or not all(isinstance(t, str) for t in turn):
            return None
        turns += [Message("patient", turn[0]), Message("doctor", turn[1])]
    return tuple(turns)
