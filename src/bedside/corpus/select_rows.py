"""Which of the rows made ready are kept: one of each, and none that an evaluation asks.

Rows wait in a file on disk, not in memory, until all are seen; then copies are told from originals.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from bedside.core.records import Dialogue, Rejected
from bedside.corpus.duplicates import PERMUTATIONS, Signatures, earlier_copies, like_any
from bedside.corpus.prepare import KEPT_TEXT, Batch, Ready

__all__ = ["Waiting"]


class Spooled(msgspec.Struct, frozen=True, array_like=True):
    """A line of the waiting file: the source's number, where the row stood, and the dialogue as it will be written."""

    source: int
    where: str
    dialogue: msgspec.Raw


class Waiting:
    """The rows that are unique word for word, waiting to be compared with one another."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._encode = msgspec.json.Encoder().encode
        self._seen: dict[bytes, int] = {}
        self._ids: list[str] = []
        self._taken: set[str] = set()
        self._own: list[bool] = []
        self._whole: list[Signatures] = []
        self._asked: list[Signatures] = []

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, sources: list[int], batch: Batch) -> Iterator[tuple[int, Rejected]]:
        """Take a batch in; yield (source, row) of what is rejected, with rows that say what an earlier one said."""
        kept, place = [], 0
        for source, row in zip(sources, batch.rows, strict=True):
            if isinstance(row, Rejected):
                yield source, row
                continue
            if (earlier := self._seen.get(row.content)) is not None:
                yield source, _rejected(row.line, row.where, "duplicate", f"same words as {self._ids[earlier]}")
            else:
                kept.append(place)
                self._take(source, row)
            place += 1
        for values, blocks in ((batch.whole, self._whole), (batch.asked, self._asked)):
            if values is not None:
                blocks.append(values[kept])

    def _take(self, source: int, row: Ready) -> None:
        name, number = row.id, 1
        while name in self._taken:
            number += 1
            name = f"{row.id}~{number}"
        line = row.line
        if name != row.id:
            line = self._encode(msgspec.structs.replace(msgspec.json.decode(line, type=Dialogue), id=name))
        self._seen[row.content] = len(self._ids)
        self._ids.append(name)
        self._taken.add(name)
        self._own.append(row.own)
        self._file.write(self._encode(Spooled(source, row.where, msgspec.Raw(line))) + b"\n")

    def settle(
        self, path: Path, threshold: float | None, asked_elsewhere: Signatures
    ) -> Iterator[tuple[int, bytes | Rejected]]:
        """Yield (source, line of a dialogue that is kept) or (source, why it is not), in order."""
        copies = self._copies(threshold)
        leaked = self._leaked(threshold, asked_elsewhere)
        decode = msgspec.json.Decoder(Spooled).decode
        with path.open("rb") as lines:
            for place, line in enumerate(lines):
                row = decode(line)
                if leaked[place]:
                    detail = "the patient's words are asked in the evaluation"
                    yield row.source, _rejected(bytes(row.dialogue), row.where, "in_evaluation", detail)
                elif copies[place] >= 0:
                    detail = f"nearly the words of {self._ids[copies[place]]}"
                    yield row.source, _rejected(bytes(row.dialogue), row.where, "near_duplicate", detail)
                else:
                    yield row.source, bytes(row.dialogue)

    def _copies(self, threshold: float | None) -> NDArray[np.int64]:
        """The original of each row, or -1. Dialogues that bedside wrote before are neither copies nor originals."""
        copies = np.full(len(self), -1, dtype=np.int64)
        if threshold is None or not len(self):
            return copies
        fresh = np.flatnonzero(~np.array(self._own, dtype=bool))
        found = earlier_copies(_joined(self._whole)[fresh], threshold)
        copies[fresh] = np.where(found >= 0, fresh[found] if len(fresh) else found, -1)
        return copies

    def _leaked(self, threshold: float | None, asked_elsewhere: Signatures) -> NDArray[np.bool_]:
        if not len(asked_elsewhere) or not len(self):
            return np.zeros(len(self), dtype=bool)
        return like_any(_joined(self._asked), asked_elsewhere, threshold or 1.0)


def _joined(blocks: list[Signatures]) -> Signatures:
    return np.concatenate(blocks) if blocks else np.empty((0, PERMUTATIONS), dtype=np.uint32)


def _rejected(line: bytes, where: str, reason: str, detail: str) -> Rejected:
    dialogue = msgspec.json.decode(line, type=Dialogue)
    return Rejected(dialogue.source, where, reason, detail, dialogue.messages[0].content[:KEPT_TEXT])
