"""The corpus stage: sources in, one file of clean, unique, split consultations out.

Every row read is accepted or rejected, and the two counts add up; rejected rows are written with their reason.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from bedside.core.config import CorpusConfig
from bedside.core.errors import UnknownName, UserMistake
from bedside.core.files import require_file, sha256, write_rows
from bedside.core.manifest import Manifest, close_stage, input_hashes, open_stage
from bedside.core.records import Dialogue, Rejected, Split
from bedside.corpus.clean import clean
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
from bedside.corpus.quality import fault
from bedside.corpus.raw import Given, Raw

__all__ = ["FORMATS", "NAMES", "TABLES", "Source", "build", "parse_source"]

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


def build(config: CorpusConfig, seed: int, out: Path) -> Manifest:
    """Read `config.sources`, write `dialogues.jsonl` and `rejected.jsonl` to `out`; skip when that is done.

    Raises:
        UserMistake: no such format or file, or nothing was left to work with.
    """
    sources = [parse_source(source, config.columns) for source in config.sources]
    inputs = {f"source {i}: {Path(source.place).name}": _digest(source) for i, source in enumerate(sources)}
    stage = open_stage(out, Manifest("corpus", config.model_dump(mode="json"), seed, inputs))
    if isinstance(stage, Manifest):
        return stage
    accepted: list[Dialogue] = []
    rejected: list[Rejected] = []
    for row in _unique(_cleaned(sources, config)):
        accepted.append(row) if isinstance(row, Dialogue) else rejected.append(row)
        if len(accepted) == config.limit:
            break
    if not accepted:
        reasons = dict(Counter(r.reason for r in rejected))
        raise UserMistake(
            f"none of the {len(rejected)} rows is a usable consultation: {reasons}",
            remedy="\n  ".join(f"{r.where}: {r.detail}" for r in rejected[:3]) or None,
        )
    accepted = [_with_split(d, config.test_share) for d in accepted]
    write_rows(out / "dialogues.jsonl", accepted)
    write_rows(out / "rejected.jsonl", rejected)
    return close_stage(stage, _counts(accepted, rejected))


def parse_source(text: str, columns: Mapping[str, str]) -> Source:
    """`FORMAT:PATH` as a known format and an existing file; `auto` is replaced by the format that the file has.

    Raises:
        UserMistake: no such format, file or folder, or a file that `auto` does not know.
    """
    name, colon, place = text.partition(":")
    if not colon or not place:
        raise UserMistake(
            f"{text!r} is not FORMAT:PATH",
            remedy=f"Formats: {', '.join(NAMES)}. Example: icliniq:data/icliniqQAs.json",
        )
    if name not in NAMES:
        raise UnknownName("format", name, NAMES)
    if name == "hf":
        hugging_face.parse(place)
        return Source(name, place)
    require_file(Path(place))
    return Source(auto.recognise(Path(place), columns) if name == "auto" else name, place)


def _digest(source: Source) -> str:
    """The hash of a file or folder; a dataset of the Hub is told by its name alone."""
    if source.format != "hf":
        return input_hashes(x=Path(source.place))["x"]
    folder = Path(hugging_face.parse(source.place).name)
    return sha256(folder) if folder.is_dir() else source.place


def _read(source: Source, columns: Mapping[str, str]) -> Rows:
    if source.format == "hf":
        return hugging_face.read(source.place, columns)
    if source.format in TABLES:
        return TABLES[source.format](Path(source.place), columns)
    return FORMATS[source.format](Path(source.place))


def _cleaned(sources: list[Source], config: CorpusConfig) -> Iterator[Given | Rejected]:
    for source in sources:
        for row in _read(source, config.columns):
            if isinstance(row, Raw):
                cleaned = _good_enough(clean(row, config), row.where, config)
                yield cleaned if isinstance(cleaned, Rejected) else Given(row.where, cleaned)
            elif isinstance(row, Given) and not _is_exchange(row.dialogue):
                text = "\n".join(m.content for m in row.dialogue.messages)
                detail = "a dialogue opens with the patient and ends with the doctor"
                yield Rejected(row.dialogue.source, row.where, "no_exchange", detail, text[:2000])
            else:
                yield row


def _good_enough(cleaned: Dialogue | Rejected, where: str, config: CorpusConfig) -> Dialogue | Rejected:
    """What was cleaned, rejected if it is in another language, sells, or says nothing but "see a doctor"."""
    reason = fault(cleaned, config) if isinstance(cleaned, Dialogue) else None
    if reason is None or isinstance(cleaned, Rejected):
        return cleaned
    text = "\n".join(f"{m.role}: {m.content}" for m in cleaned.messages)
    return Rejected(cleaned.source, where, reason[0], reason[1], text[:2000])


def _is_exchange(dialogue: Dialogue) -> bool:
    messages = dialogue.messages
    return bool(messages) and messages[0].role == "patient" and messages[-1].role == "doctor"


def _unique(rows: Iterable[Given | Rejected]) -> Iterator[Dialogue | Rejected]:
    """Reject a consultation whose words were seen before, and make ids unique: the first keeps its own."""
    seen: dict[str, str] = {}
    ids: set[str] = set()
    for row in rows:
        if isinstance(row, Rejected):
            yield row
            continue
        dialogue, content = row.dialogue, content_hash(row.dialogue)
        if content in seen:
            text = dialogue.messages[0].content[:2000]
            yield Rejected(dialogue.source, row.where, "duplicate", f"same words as {seen[content]}", text)
            continue
        name, number = dialogue.id, 1
        while name in ids:
            number += 1
            name = f"{dialogue.id}~{number}"
        ids.add(name)
        seen[content] = name
        yield msgspec.structs.replace(dialogue, id=name)


def content_hash(dialogue: Dialogue) -> str:
    """Hash of all words, letter case and spacing aside."""
    text = "\0".join(" ".join(m.content.lower().split()) for m in dialogue.messages)
    return hashlib.sha256(text.encode()).hexdigest()


def _with_split(dialogue: Dialogue, test_share: float) -> Dialogue:
    """The split is read off the patient's words: it never changes when data is added. A given test row stays one."""
    if dialogue.split != "train":
        return dialogue
    asked = " ".join(dialogue.messages[0].content.lower().split())
    place = int(hashlib.sha256(asked.encode()).hexdigest()[:8], 16) / 16**8
    split: Split = "test" if place < test_share else "train"
    return msgspec.structs.replace(dialogue, split=split)


def _counts(accepted: list[Dialogue], rejected: list[Rejected]) -> dict[str, int]:
    reasons = Counter(r.reason for r in rejected)
    splits = Counter(d.split for d in accepted)
    counts = {"read": len(accepted) + len(rejected), "accepted": len(accepted), "rejected": len(rejected)}
    return (
        counts
        | {f"rejected: {r}": n for r, n in sorted(reasons.items())}
        | {f"split: {s}": n for s, n in sorted(splits.items())}
    )
