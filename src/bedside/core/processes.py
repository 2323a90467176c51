"""Work spread over processes, in order, with no more of it under way than they can hold."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

__all__ = ["in_order"]

Piece = TypeVar("Piece")
Done = TypeVar("Done")


def in_order(work: Callable[[Piece], Done], pieces: Iterable[Piece], workers: int) -> Iterator[Done]:
    """`work` of each piece, in the pieces' order; in this process where there is one worker.

    `work` is a function of a module, and pieces and results are records. What it raises is raised here.
    """
    if workers <= 1:
        yield from map(work, pieces)
        return
    rest = iter(pieces)
    with _pool(workers) as pool:
        waiting: deque[Future[Done]] = deque(pool.submit(work, piece) for piece in islice(rest, 2 * workers))
        while waiting:
            done = waiting.popleft().result()
            waiting.extend(pool.submit(work, piece) for piece in islice(rest, 1))
            yield done


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
