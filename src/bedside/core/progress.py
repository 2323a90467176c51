"""Progress on stderr: a bar in a terminal, a plain line now and then elsewhere. Stages know no terminals."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

__all__ = ["Advance", "progress"]

# advance(steps done, a note such as "loss 0.31")
Advance = Callable[[int, str], None]
LINE_EVERY_S = 30.0


@contextmanager
def progress(what: str, total: int | None, done: int = 0) -> Iterator[Advance]:
    """A bar with rate, count and time left for as long as the block lasts; `done` steps were made earlier."""
    if not sys.stderr.isatty():
        yield _Lines(what, total, done).advance
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total, completed=done, note="")
        yield lambda steps, note: bar.update(task, advance=steps, note=note)


class _Lines:
    """Says where things stand every half minute, for logs."""

    def __init__(self, what: str, total: int | None, done: int) -> None:
        self._what, self._total, self._done = what, total, done
        self._before = done
        self._start = self._told = time.monotonic()

    def advance(self, steps: int, note: str) -> None:
        self._done += steps
        now = time.monotonic()
        if now - self._told >= LINE_EVERY_S:
            self._told = now
            sys.stderr.write(self._line(now, note) + "\n")
            sys.stderr.flush()

    def _line(self, now: float, note: str) -> str:
        rate = (self._done - self._before) / (now - self._start)
        parts = [f"{self._what} {self._done:,}" + (f"/{self._total:,}" if self._total else ""), f"{rate:.1f}/s"]
        if self._total and rate > 0:
            parts.append(f"{timedelta(seconds=round((self._total - self._done) / rate))} left")
        return " · ".join(parts + [note] * bool(note))
