"""Places at an endpoint: who may send now. The window says how many places there are; a pause closes all of them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Literal, NamedTuple

from bedside.llm.halt import Halt
from bedside.llm.window import Window

__all__ = ["Capacity", "Outcome", "Place"]

# `other`: the endpoint was reached and the outcome says nothing about its capacity.
Outcome = Literal["replied", "refused", "other"]


class Place(NamedTuple):
    """A request under way."""

    sent_at: float


class Capacity:
    """Places at one endpoint for one model, given out in the order of asking."""

    def __init__(self, most: int, timeout_s: float, halt: Halt) -> None:
        self.window = Window(most, timeout_s)
        self._halt = halt
        self._halted: asyncio.Task[None] | None = None
        self.under_way = 0
        self.paused_until = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._wake: asyncio.TimerHandle | None = None

    async def enter(self) -> Place:
        """Wait for a place and take it; raises what the halt says once it is given."""
        loop = asyncio.get_running_loop()
        self._halt.check()
        if self._halted is None:
            self._halted = loop.create_task(self._turn_away())
        if self._waiting or not self._free(loop.time()):
            turn: asyncio.Future[None] = loop.create_future()
            self._waiting.append(turn)
            self._admit()
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled() and turn.exception() is None:
                    self.under_way -= 1
                    self._admit()
                raise
        else:
            self.under_way += 1
        return Place(loop.time())

    def leave(self, place: Place, outcome: Outcome, wait_s: float | None = None) -> None:
        """Give a place back. With `wait_s` the endpoint asked for a pause: nobody sends until it is over."""
        now = asyncio.get_running_loop().time()
        busy = self.under_way >= int(self.window.size)
        self.under_way -= 1
        if outcome == "replied":
            self.window.replied(place.sent_at, now, busy)
        elif outcome == "refused":
            self.window.refused(place.sent_at, now, self.under_way, asked_to_wait=wait_s is not None)
        if wait_s:
            self.paused_until = max(self.paused_until, now + wait_s)
        self._admit()

    def _free(self, now: float) -> bool:
        return self.under_way < int(self.window.size) and now >= self.paused_until

    def _admit(self) -> None:
        # One reading of the clock: were it read again below, a pause could end in between and nobody would be woken.
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._waiting and self._free(now):
            turn = self._waiting.popleft()
            if not turn.done():
                self.under_way += 1
                turn.set_result(None)
        if self._waiting and self._wake is None and now < self.paused_until:
            self._wake = loop.call_at(self.paused_until, self._resume)

    async def _turn_away(self) -> None:
        """When the word to stop is given, all who wait go home."""
        await self._halt.given()
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done() and self._halt.cause is not None:
                turn.set_exception(self._halt.cause)

    def close(self) -> None:
        """Nobody waits any more."""
        if self._halted is not None:
            self._halted.cancel()
        if self._wake is not None:
            self._wake.cancel()

    def _resume(self) -> None:
        self._wake = None
        self._admit()
