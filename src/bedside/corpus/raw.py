"""What a format reader yields: a consultation as it stood in the source, or why a row is none."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from bedside.core.errors import InputFileError
from bedside.core.files import read_text, require_file
from bedside.core.records import Dialogue, KnownFact, Language, Message, Rejected, Role, Split

__all__ = ["Given", "Raw", "broken", "csv_rows", "json_rows", "message_rows"]

# What sources call the two sides.
ROLES: dict[str, Role] = {
    "patient": "patient", "user": "patient", "human": "patient", "患者": "patient", "病人": "patient",
    "doctor": "doctor", "assistant": "doctor", "gpt": "doctor", "bot": "doctor", "医生": "doctor",
}  # fmt: skip


SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Raw(msgspec.Struct, frozen=True):
    """A consultation before cleaning. `key` is unique within the source; `where` is `file:line` or `file#row`."""

    source: str
    key: str
    where: str
    messages: tuple[Message, ...]
    licence: str
    language: Language | None = None
    title: str = ""
    split: Split = "train"
    facts: tuple[KnownFact, ...] = ()


class Given(msgspec.Struct, frozen=True):
    """A dialogue that bedside wrote before, and where it stood; it is checked, not cleaned again."""

    where: str
    dialogue: Dialogue


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
    # Not splitlines(): JSON strings may hold U+2028 and its like, which end no line of a file.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"{path}:{number}", _loads(line, path, number)


def _loads(text: str, path: Path, line: int | None = None) -> Any:
    remedy = "Mend this line, or check that FORMAT fits the file."
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{path}:{line or error.lineno}"
        raise InputFileError(f"not valid JSON: {error.msg}", where=where, remedy=remedy) from None
    except (RecursionError, ValueError) as error:
        where = f"{path}:{line}" if line else str(path)
        raise InputFileError(f"JSON that cannot be held: {error}", where=where, remedy=remedy) from None
    return _writable(value) if SURROGATE.search(text) else value


def _writable(value: Any) -> Any:
    """The value with halves of surrogate pairs replaced: no file can hold them."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_writable(part) for part in value]
    if isinstance(value, dict):
        return {_writable(name): _writable(part) for name, part in value.items()}
    return value


def csv_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Yield `(where, row)` of a CSV file with the named columns, in UTF-8 or GB18030; a missing field is None.

    Raises:
        InputFileError: a column is missing, or it is not CSV.
    """
    csv.field_size_limit(2**30)
    reader = csv.DictReader(io.StringIO(read_text(path)))
    try:
        names = reader.fieldnames or []
        missing = [c for c in columns if c not in names]
        if missing:
            remedy = f"It has: {', '.join(names)}."
            raise InputFileError(f"has no column {', '.join(missing)}", where=str(path), remedy=remedy)
        begins = reader.line_num + 1
        for row in reader:
            yield f"{path}:{begins}", row
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InputFileError(f"not valid CSV: {error}", where=f"{path}:{reader.line_num}") from None


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
        if not isinstance(name, str) or name not in ROLES or not isinstance(text, str):
            return None
        messages.append(Message(ROLES[name], text))
    return tuple(messages)
