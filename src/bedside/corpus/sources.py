"""Sources: `FORMAT:PATH` strings, the reader that each format has, and the hash that a source is known by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from bedside.core.errors import UnknownName, UserMistake
from bedside.core.files import require_file, sha256
from bedside.core.manifest import input_hashes
from bedside.core.records import Rejected
from bedside.corpus.formats import (
    alpaca,
    auto,
    chatdoctor,
    cmtmedqa,
    covid_dialogue,
    csv_file,
    hugging_face,
    icliniq,
    jsonl,
    meddialog,
    parquet_file,
    sharegpt,
    toyhom,
)
from bedside.corpus.raw import Given, Raw

__all__ = ["FORMATS", "NAMES", "TABLES", "Source", "digest", "parse_source", "read"]

Rows = Iterable[Raw | Given | Rejected]
FORMATS: dict[str, Callable[[Path], Rows]] = {
    "icliniq": icliniq.read,
    "covid-dialogue": covid_dialogue.read,
    "meddialog": meddialog.read,
    "chatdoctor": chatdoctor.read,
    "cmtmedqa": cmtmedqa.read,
    "toyhom": toyhom.read,
    "alpaca": alpaca.read,
    "sharegpt": sharegpt.read,
    "jsonl": jsonl.read,
}
# Tables, whose columns the settings may name.
TABLES: dict[str, Callable[[Path, Mapping[str, str]], Rows]] = {
    "csv": csv_file.read,
    "parquet": parquet_file.read,
}
NAMES = (*FORMATS, *TABLES, "hf", "auto")


class Source(NamedTuple):
    """A known format (never `auto`), and a file's path or, for `hf`, a dataset's name."""

    format: str
    place: str


def parse_source(text: str, columns: Mapping[str, str]) -> Source:
    """`FORMAT:PATH` as a known format and an existing file; `auto` is replaced by the format that the file has.

    Raises:
        UserMistake: no such format, file or folder, or a file that `auto` does not know.
    """
    name, colon, place = text.partition(":")
    if not colon or not place:
        example = f"auto:{text}" if Path(text).exists() else "icliniq:data/icliniqQAs.json"
        raise UserMistake(f"{text!r} is not FORMAT:PATH", remedy=f"Formats: {', '.join(NAMES)}. Example: {example}")
    if name not in NAMES:
        raise UnknownName("format", name, NAMES)
    if name == "hf":
        hugging_face.parse(place)
        return Source(name, place)
    require_file(Path(place))
    return Source(auto.recognise(Path(place), columns) if name == "auto" else name, place)


def digest(source: Source) -> str:
    """The hash of a file or folder; a dataset of the Hub is told by its name alone."""
    if source.format != "hf":
        return input_hashes(x=Path(source.place))["x"]
    folder = Path(hugging_face.parse(source.place).name)
    return sha256(folder) if folder.is_dir() else source.place


def read(source: Source, columns: Mapping[str, str]) -> Rows:
    if source.format == "hf":
        return hugging_face.read(source.place, columns)
    if source.format in TABLES:
        return TABLES[source.format](Path(source.place), columns)
    return FORMATS[source.format](Path(source.place))
