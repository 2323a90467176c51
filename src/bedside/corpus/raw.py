"""What a format reader yields: a consultation as it stood in the source, or why a row is none."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from bedside.core.errors import InputFileError
from bedside.core.files import read_text, require_file
from bedside.core.records import Language, Message, Rejected, Role

__all__ = ["Raw", "broken", "csv_rows", "json_rows", "message_rows"]

# What sources call the two sides.
ROLES: dict[str, Role] = {
    "patient": "patient", "user": "patient", "human": "patient", "患者": "patient", "病人": "patient",
    "doctor": "doctor", "assistant": "doctor", "gpt": "doctor", "bot": "doctor", "医生": "doctor",
}  # fmt: skip


class Raw(msgspec.Struct, frozen=True):
    """A consultation before cleaning. `key` is unique within the source; `where` is `file:line` or `file#row`."""

    source: str
    key: str
    where: str
    messages: tuple[Message, ...]
    licence: str
    language: Language | None = None
    title: str = ""


def broken(source: str, where: str, detail: str, row: Any) -> Rejected:
    """A row that is not of the format's shape; its text is kept for whoever mends it."""
    text = row if isinstance(row, str) else json.dumps(row, ensure_ascii=False, default=str)
    return Rejected(source, where, "broken_row", detail, text[:2000])


def json_rows(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield `(where, row)` of a JSON list or a JSON-lines file.

    Raises:
        InputFileError: not JSON at all, at a line that it names.
    """
    require_file(path)
    text = read_text(path)
    if text.lstrip()[:1] == "[":
        rows = _loads(text, path)
        for number, row in enumerate(rows, start=1):
            yield f"{path}#{number}", row
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield f"{path}:{number}", _loads(line, path, number)


def _loads(text: str, path: Path, line: int | None = None) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputFileError(
            f"not valid JSON: {error.msg}",
            where=f"{path}:{line or error.lineno}",
            remedy="Mend this line, or check that FORMAT fits the file.",
        ) from None


def csv_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield `(where, row)` of a CSV file that has the named columns, in UTF-8 or GB18030."""
    reader = csv.DictReader(io.StringIO(read_text(path)))
    missing = [c for c in columns if c not in (reader.fieldnames or [])]
    if missing:
        raise InputFileError(
            f"has no column {', '.join(missing)}",
            where=str(path),
            remedy=f"It has: {', '.join(reader.fieldnames or [])}.",
        )
    for row in reader:
        yield f"{path}:{reader.line_num}", row


def message_rows(turns: Any) -> tuple[Message, ...] | None:
    """Chat turns in any of the common shapes as messages, None when they are not turns; system turns are left out."""
    if not isinstance(turns, list):
        return None
    messages = []
    for turn in turns:
        if not isinstance(turn, dict):
            return None
        name = turn.get("role", turn.get("from"))
        text = turn.get("content", turn.get("value"))
        if name == "system":
            continue
        if name not in ROLES or not isinstance(text, str):
            return None
        messages.append(Message(ROLES[name], text))
    return tuple(messages)
