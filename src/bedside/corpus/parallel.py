"""Batches of rows made ready on all cores, in their order, with no more rows under way than the cores can hold."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice

from bedside.core.config import CorpusConfig
from bedside.core.processes import in_order
from bedside.corpus.prepare import Batch, Row, prepare

__all__ = ["batches"]

ROWS = 500
# Below so many rows the start of other processes takes longer than the work.
ALONE = 6 * ROWS

Numbered = tuple[int, Row]


def batches(rows: Iterable[Numbered], config: CorpusConfig) -> Iterator[tuple[list[int], Batch]]:
    """Yield, for every 500 rows, the numbers of their sources and the rows made ready."""
    rows = iter(rows)
    first = list(islice(rows, ALONE))
    workers = 1 if len(first) < ALONE else config.workers or os.cpu_count() or 1
    yield from in_order(partial(_prepared, config=config), _chunks(chain(first, rows)), workers)


def _prepared(chunk: list[Numbered], config: CorpusConfig) -> tuple[list[int], Batch]:
    return [number for number, _ in chunk], prepare([row for _, row in chunk], config)


def _chunks(rows: Iterator[Numbered]) -> Iterator[list[Numbered]]:
    while chunk := list(islice(rows, ROWS)):
        yield chunk
