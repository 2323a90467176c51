"""What was paid, on disk, and a ceiling that is never passed.

Before a request is begun the most that it can cost is set aside, in SQLite; the endpoint's own counts settle it. What
was set aside when the process was killed, or for an answer that never came, counts as spent: it may have been billed.
So the sum is never less than the bill, as long as the endpoint keeps to `max_tokens` and the price is right. One that
writes more than it was allowed is charged what it says, and more is set aside from then on.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from typing import Literal

from bedside.core.errors import Stop

__all__ = ["Payments", "unaccounted"]

TABLE = """
CREATE TABLE IF NOT EXISTS payments (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL, usd REAL NOT NULL, state TEXT NOT NULL
)
"""
# "queued" is set aside for a request in a batch, which goes on without this process.
State = Literal["open", "queued", "paid", "lost"]
# Sums of many small numbers differ in their last digits by the order in which they are added.
ROUNDING_USD = 1e-9


class Payments:
    """The account of one run: `spent_usd` is settled, `reserved_usd` set aside for what is under way.

    `queued` are the numbers of the requests in batches, by their keys. `before_usd`: paid without an account.
    """

    def __init__(self, database: sqlite3.Connection, ceiling_usd: float, before_usd: float = 0.0) -> None:
        self._database = database
        self._database.execute(TABLE)
        self._database.execute("UPDATE payments SET state = 'lost' WHERE state = 'open'")
        self.ceiling_usd = ceiling_usd
        queued = self._database.execute("SELECT number, key, usd FROM payments WHERE state = 'queued'").fetchall()
        self._open: dict[int, float] = {number: usd for number, _, usd in queued}
        self.queued: dict[str, int] = {key: number for number, key, _ in queued}
        self._queued_key = {number: key for key, number in self.queued.items()}
        self.reserved_usd = sum(self._open.values())
        self.spent_usd = before_usd + self._sum("paid") + self._sum("lost")
        self._most: dict[int, float] = {}
        self._overrun = 1.0
        self._changed = asyncio.Event()

    def fits(self, usd: float) -> bool:
        """Whether so much more can be set aside."""
        return self.spent_usd + self.reserved_usd + usd * self._overrun <= self.ceiling_usd + ROUNDING_USD

    def reached(self, most_usd: float) -> Stop:
        """What is told when the next request could pass the ceiling."""
        return Stop(
            f"--max-cost {self.ceiling_usd:g} USD is reached: {self.spent_usd:.4f} USD are spent or may be billed, and "
            f"the next request can cost up to {most_usd * self._overrun:.4f} USD\n"
            "  The ceiling is for the run in all; to go on, give a higher one."
        )

    async def reserve(self, key: str, most_usd: float) -> int:
        """Set the most that a request can cost aside, waiting for others to settle where that helps; gives its number.

        Raises:
            Stop: it does not fit, and nothing is under way.
        """
        while not self.fits(most_usd):
            if len(self._open) == len(self.queued):  # batches settle when they are read, not while one waits here
                raise self.reached(most_usd)
            self._changed.clear()
            await self._changed.wait()
        return self.set_aside(key, most_usd)

    def set_aside(self, key: str, most_usd: float, state: State = "open") -> int:
        """Set money aside at once; the caller has asked `fits`. What is "queued" stays so when the process ends."""
        usd = most_usd * self._overrun
        values = (key, usd, state)
        number = self._database.execute("INSERT INTO payments (key, usd, state) VALUES (?, ?, ?)", values).lastrowid
        assert number is not None
        if state == "queued":
            self.queued[key] = number
            self._queued_key[number] = key
        self._open[number], self._most[number] = usd, most_usd
        self.reserved_usd += usd
        return number

    def settle(self, number: int, usd: float) -> None:
        """What a request turned out to cost."""
        most = self._most.get(number, 0.0)
        if most > 0:
            self._overrun = max(self._overrun, usd / most)
        self._close(number, usd, "paid")

    def lose(self, number: int) -> None:
        """A request whose answer never came, and which may be billed all the same: what was set aside is spent."""
        self._close(number, self._open[number], "lost")

    def release(self, number: int) -> None:
        """A request that the endpoint refused: nothing is billed."""
        self._database.execute("DELETE FROM payments WHERE number = ?", (number,))
        self._take_back(number)

    def _close(self, number: int, usd: float, state: State) -> None:
        self._database.execute("UPDATE payments SET usd = ?, state = ? WHERE number = ?", (usd, state, number))
        self.spent_usd += usd
        self._take_back(number)

    def _take_back(self, number: int) -> None:
        self.reserved_usd -= self._open.pop(number)
        self._most.pop(number, None)
        self.queued.pop(self._queued_key.pop(number, ""), None)
        if not self._open:
            self.reserved_usd = 0.0
        self._changed.set()

    def _sum(self, state: State) -> float:
        row = self._database.execute("SELECT coalesce(sum(usd), 0.0) FROM payments WHERE state = ?", (state,))
        return float(row.fetchone()[0])


def unaccounted(database: sqlite3.Connection, model: str) -> Iterator[bytes]:
    """Replies in the ledger for which no payment is written down: what a run without a ceiling has paid for."""
    database.execute(TABLE)
    paid = "SELECT key FROM payments WHERE state = 'paid'"
    for (reply,) in database.execute(f"SELECT reply FROM replies WHERE model = ? AND key NOT IN ({paid})", (model,)):
        yield reply
