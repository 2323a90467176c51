"""`parquet`: any Parquet table, streamed by batches of rows; only the columns that are used are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bedside.core.errors import InputFileError
from bedside.core.files import require_file
from bedside.core.records import Rejected
from bedside.corpus.formats.table import choose_columns, consultations
from bedside.corpus.raw import Raw

__all__ = ["read"]

BATCH_ROWS = 1024


def read(path: Path, columns: Mapping[str, str]) -> Iterator[Raw | Rejected]:
    """Yield every row of the file, as a consultation or as broken.

    Raises:
        InputFileError: it lacks a column, or is not Parquet.
    """
    import pyarrow.parquet as parquet

    require_file(path)
    with _damage_told(path):
        names = parquet.read_schema(path).names
    columns = choose_columns(names, columns, str(path))
    yield from consultations("parquet", path.stem, _rows(path, list(columns.values())), columns)


def _rows(path: Path, names: list[str]) -> Iterator[tuple[str, Any]]:
    import pyarrow.parquet as parquet

    with _damage_told(path), parquet.ParquetFile(path) as file:
        batches = file.iter_batches(BATCH_ROWS, columns=names)
        rows = (row for batch in batches for row in batch.to_pylist())
        for number, row in enumerate(rows, start=1):
            yield f"{path}#{number}", row


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    import pyarrow as arrow

    try:
        yield
    except (arrow.ArrowException, OSError, ValueError, OverflowError, KeyError) as error:
        raise InputFileError(f"not a Parquet file, or a damaged one: {error}", where=str(path)) from None
