"""`csv`: any comma-separated table in UTF-8 or GB18030 (tab-separated where the name ends in `.tsv`), streamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bedside.core.records import Rejected
from bedside.corpus.formats.table import choose_columns, consultations
from bedside.corpus.raw import Raw
from bedside.corpus.rows import csv_table

__all__ = ["read"]


def read(path: Path, columns: Mapping[str, str]) -> Iterator[Raw | Rejected]:
    """Yield every row of the file, as a consultation or as broken.

    Raises:
        InputFileError: it lacks a column, or is not CSV.
    """
    with csv_table(path) as table:
        chosen = choose_columns(table.names, columns, str(path))
        yield from consultations("csv", path.stem, table.rows, chosen)
