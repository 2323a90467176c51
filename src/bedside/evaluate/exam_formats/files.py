"""The rows of exam files with their places: JSON by key, JSON lines and tables by line, Parquet by row.

A table may be one file or a folder of them; the subject of a table is told by its file's name (`anatomy_test.csv`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bedside.core.errors import InputFileError
from bedside.core.files import open_text, read_rows, read_text

__all__ = ["Placed", "headed", "json_object", "lines", "parts", "subject_of", "unheaded"]


class Placed(NamedTuple):
    """A row, the number or key that it has in its file, and where it stands."""

    row: dict[str, Any]
    id: str
    where: str


def lines(path: Path) -> Iterator[Placed]:
    """The rows of a `.jsonl` or `.parquet` file."""
    for number, row in enumerate(read_rows(path, dict[str, Any]), start=1):
        yield Placed(row, str(number), f"{path}:{number}")


def json_object(path: Path) -> dict[str, Any]:
    """A file that is one JSON object.

    Raises:
        InputFileError: it is something else.
    """
    text = read_text(path)
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputFileError(f"not valid JSON: {error}", where=str(path)) from None
    if not isinstance(value, dict):
        raise InputFileError("one JSON object was expected", where=str(path))
    return value


def parts(path: Path, *endings: str) -> list[Path]:
    """A file, or the files of a folder that end so.

    Raises:
        InputFileError: a folder that holds none.
    """
    if not path.is_dir():
        return [path]
    found = sorted(part for part in path.rglob("*") if part.name.endswith(endings))
    if not found:
        raise InputFileError(f"the folder holds no file that ends in {' or '.join(endings)}", where=str(path))
    return found


def subject_of(path: Path) -> str:
    """`college_medicine_test.csv` is about `college_medicine`."""
    stem = path.stem
    for ending in ("_test", "_val", "_dev"):
        stem = stem.removesuffix(ending)
    return stem


def headed(path: Path) -> Iterator[Placed]:
    """The rows of a CSV file whose first line names the columns."""
    rows = _records(path)
    names: list[str] = next(rows, ("", []))[1]
    for number, (where, cells) in enumerate(rows, start=1):
        if len(cells) != len(names):
            raise InputFileError(f"has {len(cells)} cells, the first line names {len(names)} columns", where=where)
        yield Placed(dict(zip(names, cells, strict=True)), str(number), where)


def unheaded(path: Path, names: tuple[str, ...]) -> Iterator[Placed]:
    """The rows of a CSV file without a line of names."""
    for number, (where, cells) in enumerate(_records(path), start=1):
        if len(cells) != len(names):
            raise InputFileError(f"has {len(cells)} cells, {len(names)} were expected", where=where)
        yield Placed(dict(zip(names, cells, strict=True)), str(number), where)


def _records(path: Path) -> Iterator[tuple[str, list[str]]]:
    with open_text(path) as text:
        reader = csv.reader(text, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise InputFileError(f"not a CSV row: {error}", where=f"{path}:{line}") from None
            if cells:
                yield f"{path}:{line}", cells
