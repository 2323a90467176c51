"""`hf:NAME[:CONFIG][@SPLIT]`: a question set of the Hugging Face Hub, or a folder of data files, by `datasets`.

The split is `test` where none is named. Which set it is shows in its columns. `datasets` is imported only here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bedside.core.errors import InputFileError, UserMistake
from bedside.evaluate.exam_formats.files import Placed

__all__ = ["Named", "parse", "rows"]


class Named(NamedTuple):
    """What `load_dataset` takes."""

    name: str
    config: str | None
    split: str


def parse(text: str) -> Named:
    """The name, taken apart.

    Raises:
        InputFileError: it is written as a path, and there is no such folder.
    """
    rest, at, split = text.rpartition("@")
    if not at:
        rest, split = text, "test"
    name, _, config = rest.partition(":")
    if name.startswith((".", "/", "~")):
        folder = Path(name).expanduser()
        if not folder.is_dir():
            raise InputFileError("no such folder of data files", where=name, remedy="Check the path after `hf:`.")
        name = str(folder.resolve())
    return Named(name, config or None, split or "test")


def rows(text: str) -> Iterator[Placed]:
    """Every row of the split.

    Raises:
        UserMistake: `datasets` is not installed, or the set cannot be loaded.
    """
    try:
        from datasets import exceptions, load_dataset
    except ImportError:
        raise UserMistake("`hf:` needs the package `datasets`", remedy="pip install datasets") from None
    named = parse(text)
    failures = (OSError, ValueError, RuntimeError, ImportError, KeyError, TypeError, exceptions.DatasetsError)
    try:
        found: list[dict[str, Any]] = list(load_dataset(named.name, named.config, split=named.split, streaming=True))
    except failures as error:
        raise UserMistake(
            f"cannot be loaded: {' '.join(str(error).split())[:300]}",
            where=f"hf:{text}",
            remedy="Check the name (OWNER/NAME, or ./FOLDER), config, split (hf:NAME:CONFIG@SPLIT) and network.",
        ) from None
    for number, row in enumerate(found, start=1):
        yield Placed(row, str(number), f"hf:{text}#{number}")
