"""Batches of rows made ready on all cores, in their order, with no more rows under way than the cores can hold."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice

from bedside.core.config import CorpusConfig
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
    workers = config.workers or os.cpu_count() or 1
    chunks = _chunks(chain(first, rows))
    if len(first) < ALONE or workers == 1:
        for chunk in chunks:
            yield [number for number, _ in chunk], prepare([row for _, row in chunk], config)
        return
    with _pool(workers) as pool:
        waiting: deque[tuple[list[int], Future[Batch]]] = deque()
        for chunk in chunks:
            numbers = [number for number, _ in chunk]
            waiting.append((numbers, pool.submit(prepare, [row for _, row in chunk], config)))
            if len(waiting) > 2 * workers:
                numbers, future = waiting.popleft()
                yield numbers, future.result()
        while waiting:
            numbers, future = waiting.popleft()
            yield numbers, future.result()


def _chunks(rows: Iterator[Numbered]) -> Iterator[list[Numbered]]:
    while chunk := list(islice(rows, ROWS)):
        yield chunk


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Fresh processes, not forks: a fork of a process with threads may hang."""
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _ignore_interrupts)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _ignore_interrupts() -> None:
    """Ctrl-C is for the process that started the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
