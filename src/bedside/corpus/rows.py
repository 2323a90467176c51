"""The rows of JSON, JSON-lines and CSV files, with the place of each.

JSON lines and CSV are streamed: a file need not fit into memory. A single row that cannot be read is an `Unreadable`
in its place; the rows after it are read.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from bedside.core.errors import InputFileError
from bedside.core.files import open_text
from bedside.corpus.raw import Unreadable

__all__ = ["Table", "csv_rows", "csv_table", "json_rows"]

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
REMEDY = "Mend this line, or check that FORMAT fits the file."
CsvRow = dict[str, str | None]


class Table(NamedTuple):
    """Column names, and `(where, row)` for every row; rows are read as they are asked for."""

    names: tuple[str, ...]
    rows: Iterator[tuple[str, Any]]


def json_rows(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield `(where, row)` of a JSON list (held as a whole) or of JSON lines (streamed).

    A line that is not JSON is `Unreadable`, unless it is the first: then the file is none of JSON lines.

    Raises:
        InputFileError: a list that is not JSON, or a first line that is not, at the line it names.
    """
    with open_text(path) as lines:
        first = next((line for line in lines if line.strip()), "")
        lines.seek(0)
        if first.lstrip().startswith("["):
            for number, row in enumerate(_whole(lines.read(), path), start=1):
                yield f"{path}#{number}", row
        else:
            yield from _json_lines(lines, path)


def _json_lines(lines: TextIO, path: Path) -> Iterator[tuple[str, Any]]:
    # Not splitlines(): JSON strings may hold U+2028 and its like, which end no line of a file.
    first = True
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where, line = f"{path}:{number}", line.rstrip("\r\n")
        try:
            yield where, _loads(line)
        except (ValueError, RecursionError) as error:
            if first:
                raise InputFileError(_fault(error), where=where, remedy=REMEDY) from None
            yield where, Unreadable(_fault(error), line)
        first = False


def _whole(text: str, path: Path) -> Any:
    try:
        return _loads(text)
    except (ValueError, RecursionError) as error:
        where = f"{path}:{error.lineno}" if isinstance(error, json.JSONDecodeError) else str(path)
        raise InputFileError(_fault(error), where=where, remedy=REMEDY) from None


def _fault(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not valid JSON: {error.msg}"
    return f"JSON that cannot be held: {error}"


def _loads(text: str) -> Any:
    value = json.loads(text)
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


def csv_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, CsvRow | Unreadable]]:
    """Yield `(where, row)` of a CSV file with the named columns, in UTF-8 or GB18030; a missing field is None.

    Raises:
        InputFileError: a column is missing, or it is not CSV.
    """
    with csv_table(path) as table:
        missing = [c for c in columns if c not in table.names]
        if missing:
            remedy = f"It has: {', '.join(table.names)}."
            raise InputFileError(f"has no column {', '.join(missing)}", where=str(path), remedy=remedy)
        yield from table.rows


@contextmanager
def csv_table(path: Path) -> Iterator[Table]:
    """A CSV file, open (tab-separated where its name ends in `.tsv`).

    A missing field is None. A row with more fields than columns, or with unbalanced quotes, is `Unreadable`: an
    answer with a bare comma in it would otherwise be cut off there.

    Raises:
        InputFileError: the line of column names is not CSV.
    """
    csv.field_size_limit(2**30)
    with open_text(path) as lines:
        seen: list[str] = []
        delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
        reader = csv.reader(_watched(lines, seen), delimiter=delimiter, strict=True)
        try:
            names = next((fields for fields in reader if fields), [])
        except csv.Error as error:
            raise InputFileError(f"not valid CSV: {error}", where=f"{path}:{reader.line_num}") from None
        yield Table(tuple(names), _csv_lines(path, reader, names, seen))


def _watched(lines: TextIO, seen: list[str]) -> Iterator[str]:
    """The lines, the first few since `seen` was last cleared kept there."""
    for line in lines:
        if len(seen) < 20:
            seen.append(line)
        yield line


def _csv_lines(path: Path, reader: Any, names: list[str], seen: list[str]) -> Iterator[tuple[str, CsvRow | Unreadable]]:
    while True:
        begins = reader.line_num + 1
        seen.clear()
        try:
            fields = next(reader, None)
        except csv.Error as error:
            detail = f"not valid CSV: {error} (lines {begins} to {reader.line_num})"
            yield f"{path}:{begins}", Unreadable(detail, "".join(seen))
            continue
        if fields is None:
            return
        if fields:
            yield f"{path}:{begins}", _csv_row(names, fields)


def _csv_row(names: list[str], fields: list[str]) -> CsvRow | Unreadable:
    if any(field.strip() for field in fields[len(names) :]):
        return Unreadable(f"{len(fields)} fields in {len(names)} columns", ",".join(fields))
    return dict(zip(names, [*fields, *[None] * (len(names) - len(fields))], strict=False))
