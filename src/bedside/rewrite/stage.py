"""The rewrite stage: dialogues in, exactly one row out for each, whatever happened to it.

Replies and finished rows are kept in `requests.sqlite` as they come; `rewrites.jsonl` is written from them, in the
order of the dialogues, when all rows are there. The same command goes on where an earlier run ended, however that
ended.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bedside.core.config import RewriteConfig
from bedside.core.errors import BedsideError, EndpointError, Stop, UserMistake
from bedside.core.files import write_rows
from bedside.core.lock import LOCK, locked
from bedside.core.manifest import Manifest, close_stage, completed, input_hashes, open_stage, reopen
from bedside.core.progress import progress
from bedside.core.records import Rewrite
from bedside.llm import ChatModel, Halt, Ledger, LedgeredModel, Limits, open_model
from bedside.llm.batch_store import BatchStore, refuse_open_batches
from bedside.rewrite.card import write_card
from bedside.rewrite.engine import Engine, Todo, stopping_on_signals
from bedside.rewrite.journal import Journal, RowKeys, gates_hash
from bedside.rewrite.mix import Mix
from bedside.rewrite.order import Order, Orders
from bedside.rewrite.parts import gather
from bedside.rewrite.pricing import check_ways, is_paid, till_for
from bedside.rewrite.recipes import prompt_hash
from bedside.rewrite.tally import Tally, status_of
from bedside.rewrite.work import Attempted
from bedside.rewrite.workers import Workers, worker_count

if TYPE_CHECKING:
    from bedside.rewrite.estimate import Estimate

__all__ = ["build", "cancel_batches", "dialogues_of", "estimate_run", "row_of"]

LEDGER = "requests.sqlite"
# How a run is carried out has no part in its result.
NOT_RESULT = {
    "concurrency", "timeout_s", "row_timeout_s", "workers", "max_cost_usd", "batch", "engine", "ray_workers",
    "ray_block", "ray_address", "retry_failed",
}  # fmt: skip


def build(config: RewriteConfig, seed: int, source: Path, out: Path) -> Manifest:
    """Rewrite the dialogues of `source` (a corpus folder or file) into `out/rewrites.jsonl`; skip when that is done.

    Raises:
        UserMistake: the settings or the input cannot be used, or another process is at work in `out`.
        EndpointError, Stop: the run ended early; what is finished is kept.
    """
    path = dialogues_of(source)
    check_ways(config)
    planned = _planned(config, seed, path)
    with locked(out):
        done = completed(out, planned)
        if config.retry_failed and done is not None and done.counts["failed"]:
            reopen(out, planned)
        stage = open_stage(out, planned, keep=(LEDGER, LOCK))
        if isinstance(stage, Manifest):
            return stage
        orders = Orders(path, config, seed)
        ledger = Ledger(out / LEDGER)
        try:
            gather(ledger, out / LEDGER)  # of a run on many machines that ended early
            run = _Run(config, seed, orders, ledger, out / LEDGER)
            run.finish_rows()
            tally, mix = run.write(out / "rewrites.jsonl")
        finally:
            ledger.close()
        if config.model == "phrasebook":
            (out / LEDGER).unlink()  # nothing in it was paid for
        write_card(out, planned, mix)
        return close_stage(stage, tally.counts())


def _planned(config: RewriteConfig, seed: int, path: Path) -> Manifest:
    return Manifest(
        "rewrite",
        config.model_dump(mode="json", exclude=NOT_RESULT),
        seed,
        input_hashes(dialogues=path) | {"gates": gates_hash()},
        model=config.model,
        prompt_hash=prompt_hash(),
    )


def estimate_run(config: RewriteConfig, seed: int, source: Path, out: Path) -> Estimate:
    """What the same command without `--estimate` would take from here. Makes no request and writes nothing of a run.

    Raises:
        UserMistake: the settings or the input cannot be used.
    """
    check_ways(config)
    dialogues, path = dialogues_of(source), out / LEDGER
    complete = not config.retry_failed and completed(out, _planned(config, seed, dialogues)) is not None
    ledger = Ledger(path if path.is_file() else Path(":memory:"))
    try:
        return asyncio.run(_Run(config, seed, Orders(dialogues, config, seed), ledger, path).estimate(complete))
    finally:
        ledger.close()


def cancel_batches(config: RewriteConfig, out: Path) -> int:
    """Stop the run's open batches and keep what was answered; gives how many batches there were."""
    check_ways(config)
    if not (out / LEDGER).is_file():
        raise UserMistake("holds no run", where=str(out), remedy="Name the -o folder of the run.")
    with locked(out):
        ledger = Ledger(out / LEDGER)
        try:
            return asyncio.run(_cancelled(config, ledger))
        finally:
            ledger.close()


async def _cancelled(config: RewriteConfig, ledger: Ledger) -> int:
    from bedside.rewrite.batch_run import BatchRun

    halt = Halt()
    run = BatchRun(config, ledger, halt)
    try:
        async with stopping_on_signals(halt):
            return await run.cancel()
    finally:
        await run.close()


def dialogues_of(source: Path) -> Path:
    """The dialogues file of a corpus folder, or the file itself."""
    return source / "dialogues.jsonl" if source.is_dir() else source


class _Run:
    """One run over the orders: what is done already, what is left, and the result."""

    def __init__(self, config: RewriteConfig, seed: int, orders: Orders, ledger: Ledger, path: Path) -> None:
        self._config, self._seed = config, seed
        self._orders = orders
        self._ledger, self._path = ledger, path
        self._journal = Journal(ledger.database)
        keys = RowKeys(config, seed)
        self._keys = [keys.of(order) for order in orders]

    def finish_rows(self) -> None:
        """Do what is left."""
        asyncio.run(self._here()) if self._config.engine == "asyncio" else self._by_ray()

    def _by_ray(self) -> None:
        """On the workers of a cluster; their parts are taken in, however it ends."""
        done = self._journal.done()
        left = sum(key not in done for key in self._keys)
        if not left:
            return
        from bedside.rewrite.ray_engine import do_blocks

        # What is known so far must stand in the file itself, where workers look it up.
        self._ledger.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with progress("rewrite", len(self._keys), len(self._keys) - left) as advance:
            try:
                do_blocks(self._config, self._seed, self._path, self._todo(done), advance)
            except (EndpointError, Stop) as cause:
                gather(self._ledger, self._path)
                raise self._told(cause) from cause
        gather(self._ledger, self._path)

    async def _here(self) -> None:
        done = self._journal.done()
        left = sum(key not in done for key in self._keys)
        if not left:
            return
        if is_paid(self._config):
            sys.stderr.write((await self.estimate()).line() + "\n")
        workers = Workers(worker_count(self._config.workers, left))
        try:
            await (self._by_batches(workers) if self._config.batch else self._live(workers, done))
        except (EndpointError, Stop) as cause:
            raise self._told(cause) from cause
        finally:
            await workers.close()

    async def estimate(self, complete: bool = False) -> Estimate:
        """What is left to pay for: of a finished run nothing, though rows failed."""
        from bedside.rewrite.estimate import SAMPLE, Rows, estimated

        done = self._journal.done()
        left = [key not in done and not complete for key in self._keys]
        step = max(1, sum(left) // SAMPLE)
        sample: list[Order] = []
        finished: list[tuple[Order, Attempted]] = []
        number, phrasebook = 0, self._config.model == "phrasebook"
        for key, is_left, order in zip(self._keys, left, self._orders, strict=True):
            if is_left and number % step == 0 and not phrasebook:
                sample.append(order)
            elif not is_left and len(finished) < SAMPLE and (outcome := self._journal.get(key)) is not None:
                finished.append((order, outcome))
            number += is_left
        return await estimated(self._config, Rows(len(left), sum(left), sample, finished), self._ledger)

    async def _live(self, workers: Workers, done: set[bytes]) -> None:
        refuse_open_batches(self._ledger.database)
        halt, tally = Halt(), Tally()
        model = self._model(halt)
        finished = sum(key in done for key in self._keys)
        with progress("rewrite", len(self._keys), finished) as advance:

            def finish(key: bytes, outcome: Attempted) -> None:
                self._journal.put(key, outcome)
                tally.add(outcome)
                advance(1, tally.note())

            try:
                await Engine(self._config, self._seed, model, workers, halt).run(self._todo(done), finish)
            finally:
                if model is not None:
                    await model.close()

    async def _by_batches(self, workers: Workers) -> None:
        from bedside.rewrite.batch_run import BatchRun

        halt = Halt()
        run = BatchRun(self._config, self._ledger, halt)
        engine = Engine(self._config, self._seed, run.kept, workers, halt)
        try:
            async with stopping_on_signals(halt):
                await run.run(engine, lambda: self._todo(self._journal.done()), self._journal.put)
        finally:
            await run.close()

    def _model(self, halt: Halt) -> ChatModel | None:
        config = self._config
        if config.model == "phrasebook":
            return None
        limits = Limits(config.timeout_s, config.row_timeout_s, config.concurrency)
        till = till_for(config, self._ledger, halt)
        return LedgeredModel(open_model(config.model, limits, halt, till), self._ledger)

    def _todo(self, done: set[bytes]) -> Iterator[Todo]:
        for key, order in zip(self._keys, self._orders, strict=True):
            if key not in done:
                yield Todo(key, order)

    def _told(self, cause: EndpointError | Stop) -> BedsideError:
        """The cause, with how far the run came and how it goes on."""
        done = self._journal.done()
        finished = sum(key in done for key in self._keys)
        kept = f"{finished:,} of {len(self._keys):,} rows are done and kept"
        waiting = sum(batch.requests for batch in BatchStore(self._ledger.database).open())
        batches = f", {waiting:,} requests are in batches that go on at the provider" if waiting else ""
        text = f"{cause}\n  {kept}{batches}; the same command goes on from there."
        return Stop(text, interrupted=cause.interrupted) if isinstance(cause, Stop) else EndpointError(text)

    def write(self, path: Path) -> tuple[Tally, Mix]:
        """All rows, in the order of the dialogues."""
        tally, mix = Tally(), Mix()

        def rows() -> Iterator[Rewrite]:
            for key, order in zip(self._keys, self._orders, strict=True):
                outcome = self._journal.get(key)
                if outcome is None:
                    raise AssertionError(f"no row for dialogue {order.dialogue.id}")
                tally.add(outcome)
                row = row_of(order, outcome)
                mix.add(row)
                yield row

        written = write_rows(path, rows())
        if not written == tally.rows == len(self._keys):
            raise AssertionError(f"{len(self._keys)} dialogues in, {written} rows out")
        return tally, mix


def row_of(order: Order, done: Attempted) -> Rewrite:
    """The row of a dialogue."""
    dialogue, planned = order.dialogue, order.planned
    return Rewrite(
        id=dialogue.id,
        source=dialogue.source,
        language=dialogue.language,
        split=dialogue.split,
        status=status_of(done),
        recipe=order.recipe,
        emotion=planned.emotion,
        intensity=planned.intensity,
        mode=planned.mode,
        original=dialogue.messages,
        rewritten=done.messages,
        reasons=done.verdict.reasons,
        ledger=done.verdict.ledger,
        facts=dialogue.facts,
        model=done.model,
        attempts=done.attempts,
        usage=done.usage,
        licence=dialogue.licence,
        cause=done.cause if done.failed else "",
        false_belief=done.false_belief,
    )
