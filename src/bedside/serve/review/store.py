"""The study's file: one SQLite database with the cases, who rates them in which order, and every rating ever given.

Ratings are only added. Undoing marks the latest as undone; the rating of a place is its latest that is not. Of a link
only the digest is kept, so that the file lets nobody in.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bedside.core.errors import InputFileError
from bedside.core.records import Rewrite
from bedside.serve.review.records import Compared, Given, Kind, PairRating, Rating, RewriteRating, Settings, Task

__all__ = ["Drawing", "State", "Store"]

VERSION = 1
TOKEN_BYTES = 24
TABLES = """
CREATE TABLE study (key TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE cases (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE reviewers (name TEXT PRIMARY KEY, link TEXT NOT NULL UNIQUE, place INTEGER NOT NULL DEFAULT 0);
CREATE TABLE tasks (
    reviewer TEXT NOT NULL, place INTEGER NOT NULL, case_number INTEGER NOT NULL, flipped INTEGER NOT NULL,
    draft BLOB, PRIMARY KEY (reviewer, place)
);
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, reviewer TEXT NOT NULL, place INTEGER NOT NULL, body BLOB NOT NULL,
    at TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX ratings_of ON ratings (reviewer, undone, place);
"""
STANDING = "SELECT MAX(id) FROM ratings WHERE reviewer = ? AND undone = 0"


class Drawing(msgspec.Struct, frozen=True):
    """How the cases came to be: settings, the digest of what they were drawn from, and what was not asked."""

    kind: Kind
    settings: Settings
    source: str
    same: dict[str, int] = {}
    left_out: dict[str, int] = {}


class State(NamedTuple):
    """Where a reviewer is: `place` may be one past the last; `rated` are the places that have a rating."""

    place: int
    total: int
    rated: list[int]


class Store:
    """A study's file, open. One thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file that `create` made.

        Raises:
            InputFileError: it is no study.
        """
        self._db = sqlite3.connect(path, check_same_thread=False, timeout=10)
        try:
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version != VERSION:
                raise sqlite3.DatabaseError(f"its version is {version}, not {VERSION}")
            self.drawing = msgspec.json.decode(self._one("SELECT value FROM study WHERE key = 'drawing'"), type=Drawing)
        except (sqlite3.DatabaseError, msgspec.DecodeError) as error:
            self._db.close()
            remedy = "Move it away, or name another folder with --out."
            raise InputFileError(f"is no file of a review: {error}", where=str(path), remedy=remedy) from None
        self._rating: type[Rating] = PairRating if self.drawing.kind == "pairs" else RewriteRating

    @staticmethod
    def create(path: Path, drawing: Drawing, cases: Sequence[Compared] | Sequence[Rewrite]) -> None:
        """Make the file of a new study; it appears whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.new")
        unfinished.unlink(missing_ok=True)
        database = sqlite3.connect(unfinished)
        with database:
            database.executescript(TABLES)
            database.execute("INSERT INTO study VALUES ('drawing', ?)", (msgspec.json.encode(drawing),))
            rows = ((number, msgspec.json.encode(case)) for number, case in enumerate(cases))
            database.executemany("INSERT INTO cases VALUES (?, ?)", rows)
            database.execute(f"PRAGMA user_version = {VERSION}")
        database.close()
        unfinished.replace(path)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def cases(self) -> list[Compared] | list[Rewrite]:
        """All cases in the order in which they were drawn."""
        bodies = [body for (body,) in self._db.execute("SELECT body FROM cases ORDER BY number")]
        if self.drawing.kind == "pairs":
            return [msgspec.json.decode(body, type=Compared) for body in bodies]
        return [msgspec.json.decode(body, type=Rewrite) for body in bodies]

    def reviewers(self) -> list[str]:
        """Names in the order in which they joined."""
        return [name for (name,) in self._db.execute("SELECT name FROM reviewers ORDER BY rowid")]

    def add_reviewer(self, name: str, order: Iterable[Task]) -> str:
        """Let someone in; gives the secret part of the link, which is kept nowhere."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        rows = [(name, place, task.case, task.flipped) for place, task in enumerate(order)]
        with self._db:
            self._db.execute("INSERT INTO reviewers (name, link) VALUES (?, ?)", (name, _digest(token)))
            self._db.executemany("INSERT INTO tasks VALUES (?, ?, ?, ?, NULL)", rows)
        return token

    def renew_link(self, name: str) -> str:
        """A new link for a reviewer; the old one is void."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with self._db:
            self._db.execute("UPDATE reviewers SET link = ? WHERE name = ?", (_digest(token), name))
        return token

    def reviewer_of(self, token: str) -> str | None:
        """Whose link it is."""
        row = self._db.execute("SELECT name FROM reviewers WHERE link = ?", (_digest(token),)).fetchone()
        return None if row is None else str(row[0])

    @property
    def closed(self) -> bool:
        """Whether ratings are over."""
        return self._db.execute("SELECT 1 FROM study WHERE key = 'closed'").fetchone() is not None

    def end(self) -> None:
        """End the study: nothing is rated from now on."""
        with self._db:
            self._db.execute("INSERT OR IGNORE INTO study VALUES ('closed', ?)", (_now().encode(),))

    def state(self, reviewer: str) -> State:
        """Where a reviewer is."""
        asked = "SELECT DISTINCT place FROM ratings WHERE reviewer = ? AND undone = 0 ORDER BY place"
        rated = [place for (place,) in self._db.execute(asked, (reviewer,))]
        place = self._one("SELECT place FROM reviewers WHERE name = ?", reviewer)
        return State(place, self._one("SELECT COUNT(*) FROM tasks WHERE reviewer = ?", reviewer), rated)

    def move(self, reviewer: str, place: int) -> None:
        """Go to a place."""
        with self._db:
            self._db.execute("UPDATE reviewers SET place = ? WHERE name = ?", (place, reviewer))

    def task(self, reviewer: str, place: int) -> tuple[Task, Compared | Rewrite, Rating] | None:
        """What stands at a place and what has been said of it so far; None where there is no such place."""
        asked = """SELECT case_number, flipped, draft, body FROM tasks JOIN cases ON number = case_number
                   WHERE reviewer = ? AND place = ?"""
        row = self._db.execute(asked, (reviewer, place)).fetchone()
        if row is None:
            return None
        number, flipped, draft, body = row
        said = draft or self._given(reviewer, place)
        rating: Rating = msgspec.json.decode(said, type=self._rating) if said else self._rating()
        return Task(number, bool(flipped)), self._case(body), rating

    def draft(self, reviewer: str, place: int, rating: Rating) -> None:
        """Keep what has been said so far."""
        with self._db:
            self._draft(reviewer, place, msgspec.json.encode(rating))

    def rate(self, reviewer: str, place: int, rating: Rating) -> None:
        """Add a rating, and go on to the next place that has none (past the last, when all have one)."""
        asked = "INSERT INTO ratings (reviewer, place, body, at) VALUES (?, ?, ?, ?)"
        with self._db:
            self._db.execute(asked, (reviewer, place, msgspec.json.encode(rating), _now()))
            self._draft(reviewer, place, None)
            state = self.state(reviewer)
            open_ = sorted(set(range(state.total)) - set(state.rated))
            following = next((p for p in open_ if p > place), open_[0] if open_ else state.total)
            self._db.execute("UPDATE reviewers SET place = ? WHERE name = ?", (following, reviewer))

    def undo(self, reviewer: str) -> int | None:
        """Take the latest rating back and return to its place, where it stands as a draft; None: there is none."""
        last = self._db.execute(STANDING, (reviewer,)).fetchone()[0]
        if last is None:
            return None
        place, body = self._db.execute("SELECT place, body FROM ratings WHERE id = ?", (last,)).fetchone()
        with self._db:
            self._db.execute("UPDATE ratings SET undone = 1 WHERE id = ?", (last,))
            self._draft(reviewer, place, body)
            self._db.execute("UPDATE reviewers SET place = ? WHERE name = ?", (place, reviewer))
        return int(place)

    def ratings(self) -> list[Given]:
        """The ratings that stand, by reviewer and place."""
        asked = """SELECT r.reviewer, r.place, t.case_number, t.flipped, r.body, r.at FROM ratings r
                   JOIN tasks t USING (reviewer, place) JOIN reviewers ON name = r.reviewer WHERE r.id IN
                   (SELECT MAX(id) FROM ratings WHERE undone = 0 GROUP BY reviewer, place)
                   ORDER BY reviewers.rowid, r.place"""
        return [
            Given(who, place, Task(case, bool(flipped)), msgspec.json.decode(body, type=self._rating), at)
            for who, place, case, flipped, body, at in self._db.execute(asked)
        ]

    def _case(self, body: bytes) -> Compared | Rewrite:
        if self.drawing.kind == "pairs":
            return msgspec.json.decode(body, type=Compared)
        return msgspec.json.decode(body, type=Rewrite)

    def _given(self, reviewer: str, place: int) -> bytes | None:
        asked = "SELECT body FROM ratings WHERE reviewer = ? AND place = ? AND undone = 0 ORDER BY id DESC LIMIT 1"
        row = self._db.execute(asked, (reviewer, place)).fetchone()
        return None if row is None else row[0]

    def _draft(self, reviewer: str, place: int, body: bytes | None) -> None:
        self._db.execute("UPDATE tasks SET draft = ? WHERE reviewer = ? AND place = ?", (body, reviewer, place))

    def _one(self, asked: str, *given: Any) -> Any:
        row = self._db.execute(asked, given).fetchone()
        if row is None:
            raise sqlite3.DatabaseError("a part of it is missing")
        return row[0]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
