"""Keeps a model busy with rows: a bounded number of rows at work, each one's outcome kept as soon as it is known.

It ends in order, whatever ends it (done, Ctrl-C, a budget, most rows failing, an endpoint that refuses everything): no
further request is sent, replies under way are waited for and kept, and the error says how many rows are done.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, cast

from bedside.core.config import RewriteConfig
from bedside.core.errors import BedsideError, Stop
from bedside.core.records import Reason, Usage
from bedside.llm import ChatModel, Halt
from bedside.rewrite.early_stop import EarlyStop
from bedside.rewrite.gates import Case, Verdict
from bedside.rewrite.llm_rewriter import attempt
from bedside.rewrite.order import Order
from bedside.rewrite.work import Attempted, Audit, Compose, Defect, Judge
from bedside.rewrite.workers import Workers

__all__ = ["Engine", "Todo", "stopping_on_signals"]

# Rows at work for each request that may be under way: while some are judged, others are asked for.
ROWS_A_PLACE = 2
# After Ctrl-C, replies under way have so long to come in.
GRACE_S = 10.0
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Todo(NamedTuple):
    """A row to do and the key that its outcome is kept under."""

    key: bytes
    order: Order


class Engine:
    """Does rows by a model, or by the phrasebook where there is none; `finish` is told each outcome."""

    def __init__(self, config: RewriteConfig, seed: int, model: ChatModel | None, workers: Workers, halt: Halt) -> None:
        self._config, self._seed = config, seed
        self._model = model
        self._workers = workers
        self._halt = halt
        self._early = EarlyStop()

    async def run(self, todo: Iterator[Todo], finish: Callable[[bytes, Attempted], None]) -> None:
        """Do all rows.

        Raises:
            EndpointError, Stop: it was ended early.
        """
        async with stopping_on_signals(self._halt):
            count = ROWS_A_PLACE * self._config.concurrency if self._model else 64
            tasks = [asyncio.create_task(self._work(todo, finish)) for _ in range(count)]
            halted = asyncio.create_task(self._halt.given())
            try:
                waited: list[asyncio.Future[Any]] = [halted, asyncio.gather(*tasks)]
                await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
                if self._halt.cause is not None:
                    await asyncio.wait(tasks, timeout=self._grace_s())
            finally:
                for task in (halted, *tasks):
                    task.cancel()
                results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise result
        self._halt.check()

    def _grace_s(self) -> float:
        cause = self._halt.cause
        return GRACE_S if isinstance(cause, Stop) and cause.interrupted else self._config.timeout_s

    async def _work(self, todo: Iterator[Todo], finish: Callable[[bytes, Attempted], None]) -> None:
        for key, order in todo:
            if self._halt.cause is not None:
                return
            try:
                done = await self.row(order)
            except BedsideError as cause:
                self._halt.give(cause)
                return
            finish(key, done)
            stop = self._early.after(done)
            if stop is not None:
                self._halt.give(stop)

    async def row(self, order: Order) -> Attempted:
        """One row, as far as the model brings it."""
        try:
            unsafe = () if self._config.unsafe_sources else await self._workers.do(Audit(order.dialogue))
            if unsafe:
                # Comfort around a dangerous answer makes it worse: it is not rewritten.
                return Attempted((), Verdict(unsafe, ()), 0, Usage())
            if self._model is None:
                return cast(Attempted, await self._workers.do(Compose(order, self._seed)))
            return await attempt(order, self._model, self._config, self._judged)
        except Defect as defect:
            reason = Reason("defect", "doctor", "critical", str(defect))
            return Attempted((), Verdict((reason,), ()), 0, Usage(), True, "defect")

    async def _judged(self, case: Case) -> Verdict:
        return cast(Verdict, await self._workers.do(Judge(case)))


@asynccontextmanager
async def stopping_on_signals(halt: Halt) -> AsyncIterator[None]:
    """Ctrl-C and SIGTERM give the word to stop; a second one ends the process at once."""
    loop, before = asyncio.get_running_loop(), {}

    def interrupted() -> None:
        if halt.cause is not None:
            os._exit(130)  # all that is kept is on disk already
        sys.stderr.write("\nstopping: waiting for the replies under way (Ctrl-C again ends at once)\n")
        sys.stderr.flush()
        halt.give(Stop("interrupted", interrupted=True))

    try:
        for number in SIGNALS:
            before[number] = signal.getsignal(number)
            loop.add_signal_handler(number, interrupted)
    except (ValueError, RuntimeError, NotImplementedError):
        before = {}  # not in the main thread, or a system without signals: whoever runs us handles them
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
