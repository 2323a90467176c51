"""Keeping conversations, where the operator turned it on: de-identified, a file a day, gone after so many days.

Off by default: then nothing that a patient writes is written anywhere. De-identification by rules misses some names
(docs/decisions/005-de-identification.md), so that what is kept is still to be treated as patients' data.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from bedside.serve.answering import Answer
from bedside.serve.options import Keep

__all__ = ["Keeper"]


class Keeper:
    """Writes rows of `{at, comfort, language, messages, replies, guard}`; folder and files are the owner's alone."""

    def __init__(self, keep: Keep, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._keep, self._clock = keep, clock
        self._lock = threading.Lock()
        self._swept = ""
        keep.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep()

    def add(self, answer: Answer) -> None:
        """Write a finished answer; not to be called where waiting is not allowed."""
        said = [m for m in answer.request.messages if m.role != "system"]
        texts = [(m.role == "user", m.content) for m in said] + [(False, text) for text in answer.texts]
        bare = self._keep.deidentify(texts, answer.ruling.language)
        row = {
            "at": self._clock().isoformat(timespec="hours"),
            "comfort": answer.request.level,
            "language": answer.ruling.language,
            "messages": [{"role": m.role, "content": text} for m, text in zip(said, bare, strict=False)],
            "replies": bare[len(said) :],
            "guard": [msgspec.to_builtins(decision) for decision in answer.decisions],
        }
        with self._lock:
            self._sweep()
            self._write(row)

    def _write(self, row: dict[str, Any]) -> None:
        path = self._keep.folder / f"{self._clock():%Y-%m-%d}.jsonl"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as file:
            file.write(msgspec.json.encode(row) + b"\n")

    def _sweep(self) -> None:
        """Delete the files of days that are over, once a day."""
        today = f"{self._clock():%Y-%m-%d}"
        if today == self._swept:
            return
        self._swept = today
        for name in outdated([path.name for path in self._keep.folder.glob("*.jsonl")], self._clock(), self._keep.days):
            (self._keep.folder / name).unlink(missing_ok=True)


def outdated(names: Sequence[str], now: datetime, days: int) -> list[str]:
    """The files of days before the last so many; a name that is no day's is left alone."""
    first = now.date() - timedelta(days=days - 1)
    found = []
    for name in names:
        try:
            day = datetime.strptime(name, "%Y-%m-%d.jsonl").date()
        except ValueError:
            continue
        if day < first:
            found.append(name)
    return found
