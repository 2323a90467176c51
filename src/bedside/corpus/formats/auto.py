"""`auto`: which format a file has, by its content; the file's name says nothing but `.tsv`.

A format that carries a licence of its own is recognised only by what no other set has in common with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from bedside.core.errors import InputFileError, UserMistake
from bedside.core.files import open_text, require_file
from bedside.corpus.formats.table import choose_columns
from bedside.corpus.rows import csv_table, json_rows

__all__ = ["recognise"]

BEGINNING = 1 << 16
ROWS = 20
BINARY = {b"PK\x03\x04": "a ZIP archive", b"\x1f\x8b": "a gzip archive", b"%PDF": "a PDF", b"ARROW1": "an Arrow file"}
COVID_TEXT = re.compile(r"^id=\d+[ \t]*\r?$.*^Dialogue[ \t]*\r?$", re.MULTILINE | re.DOTALL)
KEY = re.compile(r'"([^"\\\n]{1,40})"\s*:')
# A row is of the first format of which it holds all keys of one set: the special stand before the general.
KEYS: tuple[tuple[str, tuple[set[str], ...]], ...] = (
    ("covid-dialogue", ({"Dialogue"},)),
    ("meddialog", ({"utterances"}, {"dialogue_turns"}, {"Description", "Patient", "Doctor"})),
    ("cmtmedqa", ({"cate1", "output"}, {"instruct", "output"})),
    ("chatdoctor", ({"input", "answer_icliniq"},)),
    ("icliniq", ({"question", "answer", "url", "tags"},)),
    ("sharegpt", ({"conversations"},)),
    ("jsonl", ({"messages"}, {"patient", "doctor"})),
    ("alpaca", ({"instruction", "output"}, {"input", "output"})),
)
# What opens the instruction of ChatDoctor's HealthCareMagic set; without it the row is any Alpaca row.
CHATDOCTOR_TASK = "If you are a doctor, please answer"


def recognise(path: Path, columns: Mapping[str, str]) -> str:
    """The name of the format that reads the file; `columns` is the map of a table's columns.

    Raises:
        UserMistake: none of the formats; what was seen and which there are is told.
    """
    require_file(path)
    with path.open("rb") as data:
        head = data.read(BEGINNING)
    if head.startswith(b"PAR1"):
        return "parquet"
    kind = next((kind for magic, kind in BINARY.items() if head.startswith(magic)), None)
    if kind or b"\0" in head:
        raise _unknown(path, kind or "binary data")
    with open_text(path) as text:
        beginning = text.read(BEGINNING)
    opening = beginning.lstrip()[:1]
    if not opening:
        raise _unknown(path, "an empty file")
    if opening in "[{":
        return _json_format(path, beginning)
    if COVID_TEXT.search(beginning):
        return "covid-dialogue"
    return _table_format(path, columns, beginning)


def _json_format(path: Path, beginning: str) -> str:
    """The format of most of the first rows that have any."""
    try:
        rows = [row for _, row in islice(json_rows(path), ROWS)]
    except InputFileError as error:
        if beginning.lstrip().startswith("[") or "\n" not in beginning.strip():
            raise
        keys = ", ".join(dict.fromkeys(KEY.findall(beginning)[:8]))
        raise _unknown(path, f"one JSON object, or broken JSON, with the keys {keys} ({error.where})") from None
    found = Counter(name for row in rows if isinstance(row, dict) and (name := _row_format(row)))
    if found:
        return found.most_common(1)[0][0]
    keys = ", ".join(dict.fromkeys(str(key)[:40] for row in rows if isinstance(row, dict) for key in list(row)[:12]))
    raise _unknown(path, f"JSON rows with the keys {keys}" if keys else "JSON that holds no objects")


def _row_format(row: dict[str, Any]) -> str | None:
    if {"input", "output"} <= row.keys() and str(row.get("instruction")).startswith(CHATDOCTOR_TASK):
        return "chatdoctor"
    return next((name for name, sets in KEYS if any(keys <= row.keys() for keys in sets)), None)


def _table_format(path: Path, columns: Mapping[str, str], beginning: str) -> str:
    with csv_table(path) as table:
        if set(table.names) == {"department", "title", "ask", "answer"}:
            return "toyhom"
        try:
            choose_columns(table.names, columns, str(path))
        except InputFileError as error:
            opening = f"text that opens with {beginning.strip().splitlines()[0][:80]!r}"
            what = f"a table with the columns {', '.join(table.names)[:300]}" if len(table.names) > 1 else opening
            raise _unknown(path, what, error.remedy) from None
    return "csv"


def _unknown(path: Path, seen: str, more: str | None = None) -> UserMistake:
    known = sorted({name for name, _ in KEYS} | {"toyhom", "csv", "parquet"})
    remedy = f"Name the format: FORMAT:{path}, one of {', '.join(known)}."
    return UserMistake(
        f"is of no format that is known by its content; it looks like {seen}",
        where=str(path),
        remedy=f"{remedy}\n  {more}" if more and "table" in seen else remedy,
    )
