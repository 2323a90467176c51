"""Finished rows on disk, beside the replies: a run that goes on neither asks nor judges again what it has judged.

A row is found by all that decides about it: the dialogue, the plan, the settings, the prompts and the gates. When a
gate or a prompt changes, rows are judged anew, from the replies that are kept.
"""

from __future__ import annotations

import hashlib
import sqlite3
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

import msgspec

from bedside.core.config import RewriteConfig
from bedside.rewrite.order import Order
from bedside.rewrite.recipes import prompt_hash
from bedside.rewrite.work import Attempted

__all__ = ["Journal", "RowKeys", "gates_hash"]

TABLE = "CREATE TABLE IF NOT EXISTS rows (key BLOB PRIMARY KEY, failed INTEGER NOT NULL, outcome BLOB NOT NULL)"
# What decides about a row, beside the prompts: code and word lists.
JUDGING = (
    "signals", "phrases", "core/phrases.py", "core/text.py", "rewrite/gates.py", "rewrite/recipes.py",
    "rewrite/corrective.py", "rewrite/leakage.py", "rewrite/turns.py", "rewrite/delimiters.py", "rewrite/data",
    "rewrite/source_gate.py", "rewrite/phrasebook.py", "rewrite/llm_rewriter.py", "rewrite/work.py",
)  # fmt: skip
DECIDING = ("model", "tries", "temperature", "max_output_tokens", "unsafe_sources")


class Journal:
    """Outcomes of rows; a failed one is kept until a later run tries it again."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._database.execute(TABLE)
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Attempted).decode

    def done(self) -> set[bytes]:
        """Keys of the rows that need nothing more."""
        return {key for (key,) in self._database.execute("SELECT key FROM rows WHERE failed = 0")}

    def put(self, key: bytes, outcome: Attempted) -> None:
        """Keep an outcome; it is durable when this returns."""
        row = (key, outcome.failed, self._encode(outcome))
        self._database.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", row)

    def get(self, key: bytes) -> Attempted | None:
        """The outcome of a row, also of a failed one."""
        row = self._database.execute("SELECT outcome FROM rows WHERE key = ?", (key,)).fetchone()
        return self._decode(row[0]) if row else None


class RowKeys:
    """Makes the keys of rows for one run's settings; the seed counts where the rewriter itself is random."""

    def __init__(self, config: RewriteConfig, seed: int) -> None:
        deciding = config.model_dump(mode="json", include=set(DECIDING))
        phrasebook_seed = seed if config.model == "phrasebook" else None
        settings = (deciding, phrasebook_seed, prompt_hash(), gates_hash())
        self._start = hashlib.blake2b(msgspec.json.encode(settings, order="sorted"), digest_size=16)
        self._encode = msgspec.msgpack.Encoder().encode

    def of(self, order: Order) -> bytes:
        """The key of a row."""
        digest = self._start.copy()
        digest.update(self._encode(order))
        return digest.digest()


@cache
def gates_hash() -> str:
    """Hash of all code and word lists that decide whether a rewrite is accepted."""
    digest = hashlib.sha256()
    for name in JUDGING:
        for path, data in sorted(_files(resources.files("bedside").joinpath(name), name)):
            digest.update(f"{path}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()[:16]


def _files(place: Traversable, name: str) -> list[tuple[str, bytes]]:
    if place.is_file():
        return [(name, place.read_bytes())]
    inside = [p for p in place.iterdir() if p.name != "__pycache__"]
    return [found for part in inside for found in _files(part, f"{name}/{part.name}")]
