"""Progress on stderr: a bar in a terminal, nothing elsewhere. Stages say `advance`; they know nothing of terminals."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Advance", "progress"]

# advance(steps done, a note such as "loss 0.31")
Advance = Callable[[int, str], None]


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Advance]:
    """A bar with rate, count and time left for as long as the block lasts."""
    if not sys.stderr.isatty():
        yield lambda steps, note: None
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
        task = bar.add_task(what, total=total, note="")
        yield lambda steps, note: bar.update(task, advance=steps, note=note)
