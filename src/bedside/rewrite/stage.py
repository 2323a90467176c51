"""The rewrite stage: dialogues in, exactly one row out for each, whatever happened to it.

Replies and finished rows are kept in `requests.sqlite` as they come; `rewrites.jsonl` is written from them, in the
order of the dialogues, when all rows are there. The same command goes on where an earlier run ended, however that
ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from bedside.core.config import RewriteConfig
from bedside.core.errors import BedsideError, EndpointError, Stop
from bedside.core.files import write_rows
from bedside.core.lock import LOCK, locked
from bedside.core.manifest import Manifest, close_stage, input_hashes, open_stage
from bedside.core.progress import progress
from bedside.core.records import Rewrite
from bedside.llm import ChatModel, Halt, Ledger, LedgeredModel, Limits, open_model, parse_model
from bedside.rewrite.engine import Engine, Todo
from bedside.rewrite.journal import Journal, RowKeys
from bedside.rewrite.order import Order, Orders
from bedside.rewrite.recipes import prompt_hash
from bedside.rewrite.tally import Tally, status_of
from bedside.rewrite.work import Attempted
from bedside.rewrite.workers import Workers, worker_count

__all__ = ["build", "dialogues_of", "row_of"]

LEDGER = "requests.sqlite"
# How a run is carried out has no part in its result.
NOT_RESULT = {"concurrency", "timeout_s", "row_timeout_s", "workers"}


def build(config: RewriteConfig, seed: int, source: Path, out: Path) -> Manifest:
    """Rewrite the dialogues of `source` (a corpus folder or file) into `out/rewrites.jsonl`; skip when that is done.

    Raises:
        UserMistake: the settings or the input cannot be used, or another process is at work in `out`.
        EndpointError, Stop: the run ended early; what is finished is kept.
    """
    path = dialogues_of(source)
    parse_model(config.model)
    planned = Manifest(
        "rewrite",
        config.model_dump(mode="json", exclude=NOT_RESULT),
        seed,
        input_hashes(dialogues=path),
        model=config.model,
        prompt_hash=prompt_hash(),
    )
    with locked(out):
        stage = open_stage(out, planned, keep=(LEDGER, LOCK))
        if isinstance(stage, Manifest):
            return stage
        orders = Orders(path, config, seed)
        ledger = Ledger(out / LEDGER)
        try:
            run = _Run(config, seed, orders, ledger)
            asyncio.run(run.finish_rows())
            tally = run.write(out / "rewrites.jsonl")
        finally:
            ledger.close()
        if config.model == "phrasebook":
            (out / LEDGER).unlink()  # nothing in it was paid for
        return close_stage(stage, tally.counts())


def dialogues_of(source: Path) -> Path:
    """The dialogues file of a corpus folder, or the file itself."""
    return source / "dialogues.jsonl" if source.is_dir() else source


class _Run:
    """One run over the orders: what is done already, what is left, and the result."""

    def __init__(self, config: RewriteConfig, seed: int, orders: Orders, ledger: Ledger) -> None:
        self._config, self._seed = config, seed
        self._orders = orders
        self._ledger = ledger
        self._journal = Journal(ledger.database)
        keys = RowKeys(config, seed)
        self._keys = [keys.of(order) for order in orders]

    async def finish_rows(self) -> None:
        """Do what is left."""
        done = self._journal.done()
        left = sum(key not in done for key in self._keys)
        if not left:
            return
        halt, tally = Halt(), Tally()
        workers = Workers(worker_count(self._config.workers, left))
        model = self._model(halt)
        with progress("rewrite", len(self._keys), len(self._keys) - left) as advance:

            def finish(key: bytes, outcome: Attempted) -> None:
                self._journal.put(key, outcome)
                tally.add(outcome)
                advance(1, tally.note())

            try:
                await Engine(self._config, self._seed, model, workers, halt).run(self._todo(done), finish)
            except (EndpointError, Stop) as cause:
                raise self._told(cause) from cause
            finally:
                await workers.close()
                if model is not None:
                    await model.close()

    def _model(self, halt: Halt) -> ChatModel | None:
        config = self._config
        if config.model == "phrasebook":
            return None
        limits = Limits(config.timeout_s, config.row_timeout_s, config.concurrency)
        return LedgeredModel(open_model(config.model, limits, halt), self._ledger)

    def _todo(self, done: set[bytes]) -> Iterator[Todo]:
        for key, order in zip(self._keys, self._orders, strict=True):
            if key not in done:
                yield Todo(key, order)

    def _told(self, cause: EndpointError | Stop) -> BedsideError:
        """The cause, with how far the run came and how it goes on."""
        done = self._journal.done()
        finished = sum(key in done for key in self._keys)
        kept = f"{finished:,} of {len(self._keys):,} rows are done and kept"
        text = f"{cause}\n  {kept}; the same command goes on from there."
        return Stop(text, interrupted=cause.interrupted) if isinstance(cause, Stop) else EndpointError(text)

    def write(self, path: Path) -> Tally:
        """All rows, in the order of the dialogues."""
        tally = Tally()

        def rows() -> Iterator[Rewrite]:
            for key, order in zip(self._keys, self._orders, strict=True):
                outcome = self._journal.get(key)
                if outcome is None:
                    raise AssertionError(f"no row for dialogue {order.dialogue.id}")
                tally.add(outcome)
                yield row_of(order, outcome)

        written = write_rows(path, rows())
        if not written == tally.rows == len(self._keys):
            raise AssertionError(f"{len(self._keys)} dialogues in, {written} rows out")
        return tally


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
    )
