"""Reading and writing records as JSONL or Parquet.

Writes are atomic: a file appears whole under its name or not at all. A broken line is an `InputFileError` that
names `path:line`. Knows nothing of stages.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO, TypeVar

import msgspec

from bedside.core.errors import InputFileError

__all__ = [
    "atomic_write",
    "open_text",
    "read_json",
    "read_rows",
    "read_text",
    "require_file",
    "sha256",
    "write_json",
    "write_rows",
]

Row = TypeVar("Row")


def read_rows(path: Path, kind: type[Row]) -> Iterator[Row]:
    """Yield the records of a `.jsonl` or `.parquet` file, converted to `kind` (a Struct, or `dict`).

    Raises:
        InputFileError: no such file, a line that is not JSON, or a row that is not a `kind`.
    """
    require_file(path)
    return _read_parquet(path, kind) if path.suffix == ".parquet" else _read_jsonl(path, kind)


def read_json(path: Path, kind: type[Row], remedy: str) -> Row:
    """The one record (a Struct, or `dict`) of a JSON file.

    Raises:
        InputFileError: no such file, or it does not hold a `kind`; told with the `remedy`.
    """
    require_file(path)
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.ValidationError as error:
        raise InputFileError(f"is not as bedside writes it: {error}", where=str(path), remedy=remedy) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputFileError(f"is not valid JSON: {error}", where=str(path), remedy=remedy) from None


def require_file(path: Path) -> None:
    """Raise an InputFileError when `path` is not a readable file."""
    if path.is_dir():
        raise InputFileError("is a folder, a file was expected", where=str(path), remedy="Name a file in it.")
    if not path.is_file():
        raise InputFileError(
            "no such file",
            where=str(path),
            remedy="Check the path; relative paths start at the working folder.",
        )


def _read_jsonl(path: Path, kind: type[Row]) -> Iterator[Row]:
    decode = msgspec.json.Decoder(kind).decode
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if not line.strip():
                continue
            yield _decoded(decode, line, f"{path}:{number}")


def _decoded(decode: Callable[[bytes], Row], line: bytes, where: str) -> Row:
    try:
        return decode(line)
    except msgspec.ValidationError as error:
        raise InputFileError(f"not a valid row: {error}", where=where, remedy="Correct or remove this line.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputFileError(f"not valid JSON: {error}", where=where, remedy="Correct or remove this line.") from None


def _read_parquet(path: Path, kind: type[Row]) -> Iterator[Row]:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        table = parquet.ParquetFile(path)
        rows = (row for batch in table.iter_batches() for row in batch.to_pylist())
        for number, row in enumerate(rows, start=1):
            try:
                yield msgspec.convert(row, kind)
            except msgspec.ValidationError as error:
                raise InputFileError(f"not a valid row: {error}", where=f"{path}:{number}") from None
    except (arrow.ArrowInvalid, OSError) as error:
        raise InputFileError(f"not a Parquet file, or a damaged one: {error}", where=str(path)) from None


def write_rows(path: Path, rows: Iterable[Any]) -> int:
    """Write records to a `.jsonl` or `.parquet` file, atomically; return how many."""
    return _write_parquet(path, rows) if path.suffix == ".parquet" else _write_jsonl(path, rows)


def _write_jsonl(path: Path, rows: Iterable[Any]) -> int:
    encode = msgspec.json.Encoder().encode
    count = 0
    with atomic_write(path) as out:
        for row in rows:
            out.write(encode(row) + b"\n")
            count += 1
    return count


def _write_parquet(path: Path, rows: Iterable[Any]) -> int:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    plain = [msgspec.to_builtins(row) for row in rows]
    # Columns would be taken from the first row alone; a key that only a later row has must not be lost.
    names = list(dict.fromkeys(name for row in plain for name in row))
    table = arrow.Table.from_pylist([{name: row.get(name) for name in names} for row in plain])
    with atomic_write(path) as out:
        parquet.write_table(table, out)
    return int(table.num_rows)


def write_json(path: Path, value: Any) -> None:
    """Write one value as indented JSON, atomically."""
    with atomic_write(path) as out:
        out.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """A binary file that takes its name only when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_text(path: Path) -> str:
    """The text of a file: UTF-8 (with or without BOM), or GB18030 where it is not UTF-8.

    Raises:
        InputFileError: no such file, or neither encoding fits.
    """
    with open_text(path) as text:
        return text.read()


def open_text(path: Path) -> TextIO:
    """The same text opened for reading line by line, line breaks as they stand; only `\\n` ends a line.

    Raises:
        InputFileError: no such file, or neither encoding fits; the whole file is tried before it is opened.
    """
    require_file(path)
    for encoding in ("utf-8-sig", "gb18030"):
        if _is_encoded(path, encoding):
            return path.open(encoding=encoding, newline="\n")
    raise InputFileError("neither UTF-8 nor GB18030", where=str(path), remedy="Convert the file to UTF-8.")


def _is_encoded(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as data:
            while block := data.read(1 << 20):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def sha256(path: Path, without: Collection[str] = ()) -> str:
    """Hex digest of a file, or of all files of a folder with their names; files named in `without` do not count."""
    if path.is_dir():
        digest = hashlib.sha256()
        for part in sorted(p for p in path.rglob("*") if p.is_file() and p.name not in without):
            digest.update(f"{part.relative_to(path)}\0{sha256(part)}\n".encode())
        return digest.hexdigest()
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
