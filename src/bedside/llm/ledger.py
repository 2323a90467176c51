"""Every request and its reply in one SQLite file, keyed by the request's content: no answer is asked for twice."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from pathlib import Path

import msgspec

from bedside.llm.protocol import ChatModel, ChatReply, ChatRequest

__all__ = ["Ledger", "LedgeredModel"]

TABLE = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, request BLOB NOT NULL, reply BLOB NOT NULL, at_s REAL NOT NULL
) WITHOUT ROWID
"""


class Ledger:
    """Requests and replies on disk; each reply is durable before it is used."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(TABLE)

    def get(self, model: str, request: ChatRequest) -> ChatReply | None:
        """The reply that this request once got."""
        row = self._database.execute("SELECT reply FROM replies WHERE key = ?", (_key(model, request),)).fetchone()
        return msgspec.json.decode(row[0], type=ChatReply) if row else None

    def put(self, model: str, request: ChatRequest, reply: ChatReply) -> None:
        """Keep a reply."""
        row = (
            _key(model, request),
            model,
            msgspec.json.encode(request),
            msgspec.json.encode(reply),
            time.time(),
        )
        self._database.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?)", row)

    def close(self) -> None:
        """Close the file, folding the write-ahead log into it."""
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._database.close()


class LedgeredModel:
    """A model that looks a request up before it asks; `asked` counts the requests that were made."""

    def __init__(self, model: ChatModel, ledger: Ledger) -> None:
        self.name = model.name
        self.asked = 0
        self._model = model
        self._ledger = ledger

    async def reply(self, request: ChatRequest) -> ChatReply:
        """The kept answer, or a new one; see `ChatModel.reply`."""
        kept = self._ledger.get(self.name, request)
        if kept is not None:
            return kept
        self.asked += 1
        reply = await self._model.reply(request)
        self._ledger.put(self.name, request, reply)
        return reply

    async def close(self) -> None:
        """Close the model; the ledger is closed by whoever opened it."""
        await self._model.close()


def _key(model: str, request: ChatRequest) -> str:
    return hashlib.sha256(msgspec.json.encode((model, request), order="sorted")).hexdigest()
