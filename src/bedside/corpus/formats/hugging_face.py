"""`hf`: a dataset of the Hugging Face Hub, or a folder of data files, by `datasets.load_dataset`, streamed.

The name is `OWNER/NAME` or a folder's path, with `@SPLIT` where it is not the `train` split that is wanted. Columns are
found as in any table. `datasets` is imported only when a dataset is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bedside.core.errors import InputFileError, UserMistake
from bedside.core.records import Rejected
from bedside.corpus.formats.table import choose_columns, consultations
from bedside.corpus.raw import Raw

__all__ = ["Dataset", "parse", "read"]


class Dataset(NamedTuple):
    """What `load_dataset` takes, and the split."""

    name: str
    split: str


def parse(text: str) -> Dataset:
    """`NAME` or `NAME@SPLIT`, taken apart.

    Raises:
        InputFileError: it is written as a path (`./`, `../`, `/`, `~`), and there is no such folder.
    """
    name, at, split = text.rpartition("@")
    if not at or Path(text).expanduser().is_dir():
        name, split = text, ""
    if name.startswith((".", "/", "~")):
        if not Path(name).expanduser().is_dir():
            raise InputFileError("no such folder of data files", where=name, remedy="Check the path after `hf:`.")
        name = str(Path(name).expanduser().resolve())
    return Dataset(name, split or "train")


def read(text: str, columns: Mapping[str, str]) -> Iterator[Raw | Rejected]:
    """Yield every row of a split, as a consultation or as broken.

    Raises:
        UserMistake: `datasets` is not installed, the dataset cannot be loaded, or it lacks a column.
    """
    dataset = parse(text)
    rows = _rows(dataset)
    first = next(rows, None)
    if first is None:
        return
    chosen = choose_columns(list(first), columns, f"hf:{text}")
    stem = Path(dataset.name).name
    yield from consultations("hf", stem, _placed(first, rows, f"hf:{text}"), chosen)


def _placed(first: Any, rows: Iterator[Any], name: str) -> Iterator[tuple[str, Any]]:
    yield f"{name}#1", first
    for number, row in enumerate(rows, start=2):
        yield f"{name}#{number}", row


def _rows(dataset: Dataset) -> Iterator[dict[str, Any]]:
    try:
        from datasets import exceptions, load_dataset
    except ImportError:
        raise UserMistake("`hf:` needs the package `datasets`", remedy="pip install datasets") from None
    try:
        yield from load_dataset(dataset.name, split=dataset.split, streaming=True)
    except (OSError, ValueError, RuntimeError, ImportError, KeyError, TypeError, exceptions.DatasetsError) as error:
        raise UserMistake(
            f"cannot be loaded: {' '.join(str(error).split())[:300]}",
            where=f"hf:{dataset.name}@{dataset.split}",
            remedy="Check the name (OWNER/NAME, or ./FOLDER), the split (hf:NAME@SPLIT) and the network.",
        ) from None
