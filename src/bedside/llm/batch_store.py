"""Which batches are under way and what was asked in them, in SQLite: written before each step, so none is repeated.

A batch is `intended` (its file is about to be uploaded), `uploaded`, `created`, and gone from here when its answers are
kept elsewhere. Its requests are held whole, so that an answer can be kept whatever has changed in the meantime.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec

from bedside.core.errors import UserMistake
from bedside.llm.protocol import ChatRequest

__all__ = ["BatchStore", "OpenBatch", "refuse_open_batches"]

TABLES = """
CREATE TABLE IF NOT EXISTS batches (
    id TEXT PRIMARY KEY, model TEXT NOT NULL, state TEXT NOT NULL, bytes INTEGER NOT NULL, requests INTEGER NOT NULL,
    file_id TEXT, batch_id TEXT, system BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS asked (batch TEXT NOT NULL, key TEXT NOT NULL, request BLOB NOT NULL, UNIQUE (batch, key));
"""
State = Literal["intended", "uploaded", "created"]


class OpenBatch(msgspec.Struct, frozen=True):
    """A batch whose answers are not kept yet. `bytes` is its file's size, `requests` how many it asks."""

    id: str
    model: str
    state: State
    bytes: int
    requests: int
    file_id: str | None = None
    batch_id: str | None = None


class BatchStore:
    """The open batches of one run, in the file that holds its ledger."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._database.executescript(TABLES)

    def intend(self, batch: OpenBatch, requests: dict[str, ChatRequest]) -> None:
        """Write down a batch before anything of it is sent."""
        first = next(iter(requests.values())).messages[0].content.encode("utf-8", "surrogatepass")
        packed = ((batch.id, key, _packed(request, first)) for key, request in requests.items())
        row = (batch.id, batch.model, batch.state, batch.bytes, batch.requests, first)
        with _transaction(self._database):
            columns = "(id, model, state, bytes, requests, system)"
            self._database.execute(f"INSERT INTO batches {columns} VALUES (?, ?, ?, ?, ?, ?)", row)
            self._database.executemany("INSERT INTO asked VALUES (?, ?, ?)", packed)

    def uploaded(self, batch: OpenBatch, file_id: str) -> OpenBatch:
        """Its file is there."""
        return self._moved(msgspec.structs.replace(batch, state="uploaded", file_id=file_id))

    def created(self, batch: OpenBatch, batch_id: str) -> OpenBatch:
        """The endpoint works on it."""
        return self._moved(msgspec.structs.replace(batch, state="created", batch_id=batch_id))

    def drop(self, batch: OpenBatch) -> None:
        """Its answers are kept, or it never began."""
        with _transaction(self._database):
            self._database.execute("DELETE FROM asked WHERE batch = ?", (batch.id,))
            self._database.execute("DELETE FROM batches WHERE id = ?", (batch.id,))

    def open(self) -> list[OpenBatch]:
        """Every batch whose answers are not kept yet, oldest first."""
        columns = "id, model, state, bytes, requests, file_id, batch_id"
        rows = self._database.execute(f"SELECT {columns} FROM batches ORDER BY rowid").fetchall()
        return [OpenBatch(*row) for row in rows]

    def keys(self) -> set[str]:
        """The requests that are in open batches."""
        return {key for (key,) in self._database.execute("SELECT key FROM asked")}

    def asked(self, batch: OpenBatch) -> Iterator[tuple[str, ChatRequest]]:
        """A batch's requests by their keys, in the order in which they were given."""
        (system,) = self._database.execute("SELECT system FROM batches WHERE id = ?", (batch.id,)).fetchone()
        select = "SELECT key, request FROM asked WHERE batch = ? ORDER BY rowid"
        for key, packed in self._database.execute(select, (batch.id,)):
            yield key, _unpacked(packed, system)

    def request(self, batch: OpenBatch, key: str) -> ChatRequest | None:
        """One request of a batch."""
        (system,) = self._database.execute("SELECT system FROM batches WHERE id = ?", (batch.id,)).fetchone()
        where = "WHERE batch = ? AND key = ?"
        row = self._database.execute(f"SELECT request FROM asked {where}", (batch.id, key)).fetchone()
        return _unpacked(row[0], system) if row else None

    def _moved(self, batch: OpenBatch) -> OpenBatch:
        row = (batch.state, batch.file_id, batch.batch_id, batch.id)
        self._database.execute("UPDATE batches SET state = ?, file_id = ?, batch_id = ? WHERE id = ?", row)
        return batch


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All of the block or nothing of it."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _packed(request: ChatRequest, system: bytes) -> bytes:
    """A request, small: nearly all requests begin with the same system prompt, which serves as the dictionary."""
    packer = zlib.compressobj(level=1, zdict=system) if system else zlib.compressobj(level=1)
    return packer.compress(msgspec.json.encode(request)) + packer.flush()


def _unpacked(packed: bytes, system: bytes) -> ChatRequest:
    unpacker = zlib.decompressobj(zdict=system) if system else zlib.decompressobj()
    return msgspec.json.decode(unpacker.decompress(packed) + unpacker.flush(), type=ChatRequest)


def refuse_open_batches(database: sqlite3.Connection) -> None:
    """A live run does not ask again what is in batches and will be billed there.

    Raises:
        UserMistake: there are open batches.
    """
    waiting = sum(batch.requests for batch in BatchStore(database).open())
    if waiting:
        raise UserMistake(
            f"{waiting:,} requests of this run are in batches at the provider",
            remedy="Go on with --batch, or take them back first: --batch --cancel.",
        )
