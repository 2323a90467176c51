"""Every request and its reply in one SQLite file, keyed by the request's content: no answer is asked for twice.

A reply is committed before it is handed on. The file is in WAL mode with `synchronous=NORMAL`: what is committed
outlives the death of the process at any instant (a power cut can take the last seconds with it, and leaves the file
sound). A key is made of what was asked alone, so that no edit of bedside's code makes an answer that was paid for
unknown.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from bedside.core.errors import UserMistake, refused
from bedside.llm.protocol import ChatModel, ChatReply, ChatRequest

__all__ = ["Ledger", "LedgeredModel", "request_key"]

TABLES = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, request BLOB NOT NULL, reply BLOB NOT NULL, at_s REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS texts (hash TEXT PRIMARY KEY, text TEXT NOT NULL);
"""
# The log is folded into the file after so many pages (4 KiB each); each folding waits for the disk.
CHECKPOINT_PAGES = 4000


class Ledger:
    """Requests and replies on disk; `database` is open for what else belongs to the same run."""

    def __init__(self, path: Path, alone: bool = False) -> None:
        try:
            self.database = sqlite3.connect(path, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise _unusable(path, error) from None
        try:
            if alone:  # nobody else may open the file meanwhile; nor does it need memory that processes share
                self.database.execute("PRAGMA locking_mode=EXCLUSIVE")
            self.database.execute("PRAGMA journal_mode=WAL")
            self.database.execute("PRAGMA synchronous=NORMAL")
            self.database.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
            self.database.executescript(TABLES)
        except sqlite3.DatabaseError as error:
            self.database.close()
            raise _unusable(path, error) from None
        self._known_texts: set[str] = set()

    def get(self, model: str, request: ChatRequest) -> ChatReply | None:
        """The reply that this request once got."""
        row = self.database.execute(
            "SELECT reply FROM replies WHERE key = ?", (request_key(model, request),)
        ).fetchone()
        return msgspec.json.decode(row[0], type=ChatReply) if row else None

    def put(self, model: str, request: ChatRequest, reply: ChatReply) -> None:
        """Keep a reply; it is durable when this returns."""
        row = (
            request_key(model, request),
            model,
            msgspec.json.encode(self._brief(request)),
            msgspec.json.encode(reply),
            time.time(),
        )
        self.database.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?)", row)

    def replies(self, model: str) -> Iterator[ChatReply]:
        """All replies of a model, in no order: what it has cost so far."""
        for (reply,) in self.database.execute("SELECT reply FROM replies WHERE model = ?", (model,)):
            yield msgspec.json.decode(reply, type=ChatReply)

    def close(self) -> None:
        """Close the file, folding the write-ahead log into it."""
        self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.database.close()

    def _brief(self, request: ChatRequest) -> dict[str, Any]:
        """The request for the file: a system prompt, the same for thousands of rows, is kept once in `texts`."""
        value = _content(request)
        for message in value["messages"]:
            if message["role"] == "system":
                name = _name_of(message["content"])
                if name not in self._known_texts:
                    self.database.execute("INSERT OR IGNORE INTO texts VALUES (?, ?)", (name, message["content"]))
                    self._known_texts.add(name)
                message["content"] = {"text": name}
        return value


class LedgeredModel:
    """A model that looks a request up before it asks; `asked` counts the requests that were made.

    The same request from two rows at once is asked for once.
    """

    def __init__(self, model: ChatModel, ledger: Ledger) -> None:
        self.name = model.name
        self.asked = 0
        self._model = model
        self._ledger = ledger
        self._under_way: dict[str, asyncio.Future[ChatReply]] = {}

    async def reply(self, request: ChatRequest) -> ChatReply:
        """The kept answer, or a new one; see `ChatModel.reply`."""
        kept = self._ledger.get(self.name, request)
        if kept is not None:
            return kept
        key = request_key(self.name, request)
        if key in self._under_way:
            return await asyncio.shield(self._under_way[key])
        self._under_way[key] = asyncio.get_running_loop().create_future()
        try:
            return self._told(key, await self._ask(request))
        except BaseException as error:
            self._failed(key, error)
            raise

    async def _ask(self, request: ChatRequest) -> ChatReply:
        self.asked += 1
        reply = await self._model.reply(request)
        self._ledger.put(self.name, request, reply)
        return reply

    def _told(self, key: str, reply: ChatReply) -> ChatReply:
        self._under_way.pop(key).set_result(reply)
        return reply

    def _failed(self, key: str, error: BaseException) -> None:
        waiting = self._under_way.pop(key)
        if isinstance(error, Exception):
            waiting.set_exception(error)
            waiting.exception()  # looked at, also when nobody else waits
        else:
            waiting.cancel()

    async def close(self) -> None:
        """Close the model; the ledger is closed by whoever opened it."""
        await self._model.close()


def request_key(model: str, request: ChatRequest) -> str:
    """What a reply is found by: a hash of the model's name and of every part of the request that is asked."""
    content = _content(request)
    for message in content["messages"]:
        if message["role"] == "system":  # long, and the same for thousands of rows
            message["content"] = _name_of(message["content"])
    return hashlib.blake2b(msgspec.json.encode((model, content), order="sorted"), digest_size=32).hexdigest()


@lru_cache(maxsize=64)
def _name_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _content(request: ChatRequest) -> dict[str, Any]:
    """Written out field by field: a field that is added to ChatRequest later must not change earlier keys."""
    content: dict[str, Any] = {
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "schema": request.schema,
    }
    return content | {"sample": request.sample} if request.sample else content


def _unusable(path: Path, error: sqlite3.Error) -> UserMistake:
    """A disk that refuses is no fault of the file, which may hold replies that were paid for."""
    if (mistake := refused(error)) is not None:
        return UserMistake(str(error), where=str(path), remedy=mistake.remedy)
    return UserMistake(f"is not a ledger of replies: {error}", where=str(path), remedy="Put it aside and run again.")
