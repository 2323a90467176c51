"""`sharegpt`: JSON or JSON lines of `conversations: [{from, value}]` (also `messages: [{role, content}]`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bedside.core.records import Rejected
from bedside.corpus.raw import Raw, broken, message_rows
from bedside.corpus.rows import json_rows

__all__ = ["read"]


def read(path: Path) -> Iterator[Raw | Rejected]:
    """Yield every row of the file, as a consultation or as broken."""
    for number, (where, row) in enumerate(json_rows(path)):
        turns = row.get("conversations", row.get("messages")) if isinstance(row, dict) else None
        messages = message_rows(turns)
        if messages is None:
            yield broken("sharegpt", where, "no `conversations` of human and gpt turns", row)
            continue
        yield Raw("sharegpt", f"{path.stem}-{row.get('id', number)}", where, messages, "unknown")
