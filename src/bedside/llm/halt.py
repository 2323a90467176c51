"""The word to stop: once it is given nothing more is sent, and no wait for a next try goes on."""

from __future__ import annotations

import asyncio

from bedside.core.errors import BedsideError

__all__ = ["Halt"]


class Halt:
    """Given once, with what is to be told; whoever waits is woken and raises it."""

    def __init__(self) -> None:
        self.cause: BedsideError | None = None
        self._given: asyncio.Event | None = None

    def give(self, cause: BedsideError) -> None:
        """Stop; only the first cause is kept."""
        self.cause = self.cause or cause
        if self._given is not None:
            self._given.set()

    def check(self) -> None:
        """Raise the cause when there is one."""
        if self.cause is not None:
            raise self.cause

    async def given(self) -> None:
        """Wait for the word."""
        if self._given is None:
            self._given = asyncio.Event()
        if self.cause is None:
            await self._given.wait()

    async def sleep(self, seconds: float) -> None:
        """Wait; cut short, and raised, when the word is given."""
        try:
            async with asyncio.timeout(seconds):
                await self.given()
        except TimeoutError:
            return
        self.check()
