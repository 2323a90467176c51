"""Parts of a run: blocks of rows, each with a ledger of its own, which many machines can do at the same time.

A part's file holds the replies and the finished rows of its block, as the run's own ledger does. However a run ended,
its parts are taken into the ledger before anything else is done: nothing that was paid for is lost, and the same run
may go on with other blocks, other machines or none. All machines must see the folder of the run.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import msgspec

from bedside.core.config import RewriteConfig
from bedside.core.errors import BedsideError, Stop, UserMistake
from bedside.llm import ChatModel, ChatReply, ChatRequest, Halt, Ledger, LedgeredModel, Limits, open_model, parse_model
from bedside.llm.ledger import request_key
from bedside.rewrite.engine import Engine, Todo
from bedside.rewrite.journal import Journal
from bedside.rewrite.order import Order
from bedside.rewrite.tally import Tally
from bedside.rewrite.work import Attempted
from bedside.rewrite.workers import Workers

__all__ = ["Block", "BlockWorker", "Done", "blocks", "gather", "parts_of"]


# A worker whose driver is gone is ended by Ray within seconds.
LEFT_WITHIN_S = 60.0


class Row(msgspec.Struct, frozen=True):
    key: bytes
    order: Order


class Block(msgspec.Struct, frozen=True):
    """Some rows to do, and the number by which their part is named."""

    number: int
    rows: tuple[Row, ...]


class Done(msgspec.Struct, frozen=True):
    """What a block came to; `stop` is why it ended early, `interrupted` whether somebody wanted it to."""

    number: int
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    failed: int = 0
    tokens: int = 0
    stop: str = ""
    interrupted: bool = False


def parts_of(ledger_path: Path) -> Path:
    """The folder of a ledger's parts."""
    return ledger_path.with_name(f"{ledger_path.name}.parts")


def blocks(todo: Iterator[Todo], size: int) -> Iterator[Block]:
    """The rows in blocks, in their order."""
    number = 0
    while rows := tuple(Row(*one) for one in islice(todo, size)):
        yield Block(number, rows)
        number += 1


def gather(ledger: Ledger, ledger_path: Path) -> int:
    """Take the parts of an earlier or a finished run into its ledger; tells how many there were."""
    folder = parts_of(ledger_path)
    files = sorted(folder.glob("*.sqlite")) if folder.is_dir() else []
    if files:
        Journal(ledger.database)  # its table, where the run has done nothing itself yet
    for file in files:
        _take_in(ledger.database, file)
        for path in (file, *folder.glob(f"{file.name}-*")):
            path.unlink(missing_ok=True)
    if folder.is_dir():
        folder.rmdir()
    return len(files)


def _take_in(database: sqlite3.Connection, part: Path) -> None:
    _left(part)
    with closing(Ledger(part)) as own:
        Journal(own.database)  # a part that was stopped at once has no rows yet
    database.execute("ATTACH ? AS part", (str(part),))
    try:
        database.execute("BEGIN")
        for table, how in (("texts", "IGNORE"), ("replies", "IGNORE"), ("rows", "REPLACE")):
            database.execute(f"INSERT OR {how} INTO main.{table} SELECT * FROM part.{table}")
        database.execute("COMMIT")
    except BaseException:
        database.execute("ROLLBACK")
        raise
    finally:
        database.execute("DETACH part")


def _left(part: Path) -> None:
    """Wait until the worker of an earlier run, which may outlive it by seconds, has left its part."""
    with closing(sqlite3.connect(part, timeout=LEFT_WITHIN_S, isolation_level=None)) as database:
        try:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            raise UserMistake(
                f"a worker is still at work here ({error})",
                where=str(part),
                remedy="Wait for it or end it, then run again.",
            ) from None


class BlockWorker:
    """Does one block after another, with one event loop and the same connections for all; blocks take turns of models.

    `rewriters` are MODEL strings of one model; there is none for the phrasebook.
    """

    def __init__(self, config: RewriteConfig, seed: int, ledger_path: Path, rewriters: tuple[str, ...]) -> None:
        self._config, self._seed, self._ledger_path = config, seed, ledger_path
        self._rewriters = rewriters
        self._models: dict[str, ChatModel] = {}
        self._halt = Halt()
        self._runner = asyncio.Runner()
        # The run's own ledger, which nobody writes to meanwhile: opened without locks and without a shared index, for
        # it lies on a network perhaps.
        uri = f"{ledger_path.resolve().as_uri()}?immutable=1"
        self._kept = sqlite3.connect(uri, uri=True) if ledger_path.is_file() else None

    def do(self, block: Block) -> Done:
        """Do the rows of a block that its part does not hold yet; what ends a run in order is told, not raised."""
        return self._runner.run(self._do(block))

    def close(self) -> None:
        """Close the connections."""

        async def models() -> None:
            for model in self._models.values():
                await model.close()

        self._runner.run(models())
        self._runner.close()
        if self._kept is not None:
            self._kept.close()

    async def _do(self, block: Block) -> Done:
        folder = parts_of(self._ledger_path)
        folder.mkdir(exist_ok=True)
        tally, stop = Tally(), None
        with closing(Ledger(folder / f"{block.number:06d}.sqlite", alone=True)) as ledger:
            journal = Journal(ledger.database)
            done = journal.done()

            def finish(key: bytes, outcome: Attempted) -> None:
                journal.put(key, outcome)
                tally.add(outcome)

            try:
                engine = Engine(self._config, self._seed, self._model(block, ledger), Workers(0), self._halt)
                await engine.run((Todo(r.key, r.order) for r in block.rows if r.key not in done), finish)
            except BedsideError as cause:
                stop = cause
        return Done(
            number=block.number,
            rows=len(block.rows),
            accepted=tally.status["accepted"],
            rejected=tally.status["rejected"],
            failed=tally.status["failed"],
            tokens=tally.input_tokens + tally.output_tokens,
            stop=str(stop or ""),
            interrupted=isinstance(stop, Stop) and stop.interrupted,
        )

    def _model(self, block: Block, ledger: Ledger) -> ChatModel | None:
        if not self._rewriters:
            return None
        name = self._rewriters[block.number % len(self._rewriters)]
        if name not in self._models:
            self._models[name] = self._open(name)
        return LedgeredModel(_Recalling(self._models[name], self._kept), ledger)

    def _open(self, name: str) -> ChatModel:
        config, parsed = self._config, parse_model(name)
        if parsed.kind == "local" and find_spec("vllm") is not None:
            from bedside.llm.vllm_local import VllmModel

            return VllmModel(parsed.name)
        return open_model(name, Limits(config.timeout_s, config.row_timeout_s, config.concurrency), self._halt)


class _Recalling:
    """Looks a request up among the replies of earlier runs before it asks."""

    def __init__(self, model: ChatModel, kept: sqlite3.Connection | None) -> None:
        self.name = model.name
        self._model, self._kept = model, kept

    async def reply(self, request: ChatRequest) -> ChatReply:
        """The answer of an earlier run, or a new one; see `ChatModel.reply`."""
        if self._kept is not None:
            asked = (request_key(self.name, request),)
            row = self._kept.execute("SELECT reply FROM replies WHERE key = ?", asked).fetchone()
            if row:
                return msgspec.json.decode(row[0], type=ChatReply)
        return await self._model.reply(request)

    async def close(self) -> None:
        """The model is used by later blocks too."""
