"""The corpus stage: sources in; one file of clean, private, unique, split consultations out, and their card.

Every row read is accepted or rejected, and the two counts add up; rejected rows are written with their reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np

from bedside.core.config import CorpusConfig
from bedside.core.errors import UserMistake
from bedside.core.files import atomic_write
from bedside.core.manifest import Manifest, close_stage, open_stage
from bedside.core.progress import progress
from bedside.core.records import Dialogue, Rejected
from bedside.corpus.card import SourceSummary, Summary, write_card
from bedside.corpus.duplicates import PERMUTATIONS, Signatures, signatures
from bedside.corpus.parallel import batches
from bedside.corpus.prepare import Row
from bedside.corpus.raw import Given, Raw
from bedside.corpus.sample import Sample
from bedside.corpus.select_rows import Waiting
from bedside.corpus.sources import FORMATS, NAMES, TABLES, Source, digest, parse_source, read

__all__ = ["FORMATS", "NAMES", "TABLES", "Source", "build", "parse_source"]

WAITING = ".waiting.jsonl"
# Width of a bar of the card's length histograms, in characters.
BIN = 50


def build(config: CorpusConfig, seed: int, out: Path) -> Manifest:
    """Read `config.sources`, write `dialogues.jsonl`, `rejected.jsonl` and a card to `out`; skip when that is done.

    Raises:
        UserMistake: no such format or file, or nothing was left to work with.
    """
    sources = [parse_source(source, config.columns) for source in config.sources]
    against = [parse_source(source, config.columns) for source in config.against]
    inputs = {f"source {i}: {Path(source.place).name}": digest(source) for i, source in enumerate(sources)}
    inputs |= {f"against {i}: {Path(source.place).name}": digest(source) for i, source in enumerate(against)}
    settings = config.model_dump(mode="json", exclude={"workers"})
    stage = open_stage(out, Manifest("corpus", settings, seed, inputs))
    if isinstance(stage, Manifest):
        return stage
    told = Told(sources)
    try:
        with atomic_write(out / "rejected.jsonl") as rejected, atomic_write(out / "dialogues.jsonl") as dialogues:
            _fill(config, sources, _asked_in(against, config), Files(out, dialogues, rejected), told)
    finally:
        (out / WAITING).unlink(missing_ok=True)
    write_card(out, told.summary(settings))
    return close_stage(stage, told.counts())


class Files(msgspec.Struct, frozen=True):
    """The stage's folder and its two open files."""

    folder: Path
    dialogues: BinaryIO
    rejected: BinaryIO


class Told:
    """What the card and the manifest say, counted as rows go by."""

    def __init__(self, sources: list[Source]) -> None:
        self._sources = sources
        self.accepted: Counter[int] = Counter()
        self.rejected: list[Counter[str]] = [Counter() for _ in sources]
        self.licences: list[set[str]] = [set() for _ in sources]
        self.private: Counter[str] = Counter()
        self._kinds: dict[str, Counter[str]] = {"language": Counter(), "split": Counter()}
        self._turns: Counter[int] = Counter()
        self._lengths: dict[str, Counter[int]] = {"patient": Counter(), "doctor": Counter()}
        self.examples: list[Rejected] = []
        self._sample = Sample()

    def reject(self, source: int, row: Rejected) -> None:
        self.rejected[source][row.reason] += 1
        if len(self.examples) < 3:
            self.examples.append(row)

    def accept(self, source: int, dialogue: Dialogue) -> None:
        self.accepted[source] += 1
        self.licences[source].add(dialogue.licence)
        self._kinds["language"][dialogue.language] += 1
        self._kinds["split"][dialogue.split] += 1
        self._turns[len(dialogue.messages)] += 1
        self._sample.offer(dialogue)
        for role, lengths in self._lengths.items():
            length = sum(len(m.content) for m in dialogue.messages if m.role == role)
            lengths[length // BIN * BIN] += 1

    def counts(self) -> dict[str, int]:
        reasons = sum(self.rejected, Counter())
        accepted, rejected = self.accepted.total(), reasons.total()
        return (
            {"read": accepted + rejected, "accepted": accepted, "rejected": rejected}
            | {f"rejected: {reason}": n for reason, n in sorted(reasons.items())}
            | {f"split: {split}": n for split, n in sorted(self._kinds["split"].items())}
            | {f"private: {kind}": n for kind, n in sorted(self.private.items())}
        )

    def summary(self, settings: dict[str, Any]) -> Summary:
        audited, defects = self._sample.defects()
        sources = tuple(
            SourceSummary(
                name=source.format,
                place=Path(source.place).name,
                licences=tuple(sorted(self.licences[i])),
                read=self.accepted[i] + self.rejected[i].total(),
                accepted=self.accepted[i],
                rejected=dict(sorted(self.rejected[i].items())),
            )
            for i, source in enumerate(self._sources)
        )
        return Summary(
            sources=sources,
            languages=dict(sorted(self._kinds["language"].items())),
            splits=dict(sorted(self._kinds["split"].items())),
            turns=dict(sorted(self._turns.items())),
            private=dict(sorted(self.private.items())),
            patient_characters=dict(sorted(self._lengths["patient"].items())),
            doctor_characters=dict(sorted(self._lengths["doctor"].items())),
            settings=settings,
            audited=audited,
            defects=defects,
        )


def _fill(config: CorpusConfig, sources: list[Source], asked: Signatures, files: Files, told: Told) -> None:
    """All rows through all steps, into the two files."""
    encode = msgspec.json.Encoder().encode

    def reject(source: int, row: Rejected) -> None:
        told.reject(source, row)
        files.rejected.write(encode(row) + b"\n")

    with (files.folder / WAITING).open("wb") as file, progress("corpus", None) as advance:
        waiting = Waiting(file)
        for numbers, batch in batches(_numbered(sources, config, waiting), config):
            told.private.update(batch.private)
            for source, row in waiting.add(numbers, batch):
                reject(source, row)
            advance(len(numbers), "")
    decode = msgspec.json.Decoder(Dialogue).decode
    for source, line in waiting.settle(files.folder / WAITING, config.near_duplicates, asked):
        if isinstance(line, Rejected):
            reject(source, line)
        elif config.limit is None or told.accepted.total() < config.limit:
            told.accept(source, decode(line))
            files.dialogues.write(line + b"\n")
    if not told.accepted:
        reasons = sum(told.rejected, Counter())
        raise UserMistake(
            f"none of the {reasons.total()} rows is a usable consultation: {dict(reasons)}",
            remedy="\n  ".join(f"{r.where}: {r.detail}" for r in told.examples) or None,
        )


def _numbered(sources: list[Source], config: CorpusConfig, waiting: Waiting) -> Iterator[tuple[int, Row]]:
    """The rows of all sources, until there are enough."""
    for number, source in enumerate(sources):
        for row in read(source, config.columns):
            yield number, row
            if config.limit is not None and len(waiting) >= config.limit:
                return


def _asked_in(against: list[Source], config: CorpusConfig) -> Signatures:
    """Signatures of what patients ask in the evaluation's sources."""
    texts = []
    for source in against:
        for row in read(source, config.columns):
            messages = row.messages if isinstance(row, Raw) else row.dialogue.messages if isinstance(row, Given) else ()
            if asked := " ".join(m.content for m in messages if m.role == "patient").strip():
                texts.append(asked)
    return signatures(texts) if texts else np.empty((0, PERMUTATIONS), dtype=np.uint32)
