"""An endpoint that behaves as badly as real ones do, by law and on purpose: latency, a limit of capacity, faults by
share.

What happens to a request depends on the seed, on what it asks and on how often that was asked, not on the order of
arrival; so a run can be repeated. `/stats` tells what was done. A request whose client went away counts as `client
left` alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Literal, get_args

import msgspec

from bedside.llm.fake_server import Answered, Asked, Routes
from bedside.llm.fake_writer import said_to

__all__ = ["FAULTS", "FaultKind", "Law", "Misbehaving", "completion"]

FaultKind = Literal[
    "rate limit", "rate limit with wait", "server error", "reset", "half body",
    "empty choice", "wrong json", "truncated", "refusal", "duplicate", "slow",
]  # fmt: skip
FAULTS: tuple[FaultKind, ...] = get_args(FaultKind)
# These come before any work is done.
AT_THE_DOOR = ("rate limit", "rate limit with wait", "reset")
SLOW_FACTOR = 20.0


class Law(msgspec.Struct, frozen=True):
    """How it behaves. Latency is log-normal with mean `latency_s`; `sigma` 0 makes it constant.

    More than `capacity` at once are refused with 429 (`over: refuse`), or wait their turn (`over: queue`).
    """

    latency_s: float = 0.2
    sigma: float = 0.6
    capacity: int | None = None
    over: Literal["refuse", "queue"] = "refuse"
    retry_after_s: float = 0.2
    faults: dict[FaultKind, float] = {}
    seed: int = 0


class Misbehaving:
    """Answers chat completions by a law; `said` makes the text of a good answer."""

    def __init__(self, law: Law, said: Callable[[dict[str, Any]], str] = said_to) -> None:
        self.law = law
        self.stats: Counter[str] = Counter()
        self._said = said
        self._asked: Counter[bytes] = Counter()
        self._under_way = 0
        self._turns = asyncio.Semaphore(law.capacity or 1)
        self._last: bytes | None = None

    @property
    def routes(self) -> Routes:
        """Its paths."""
        return {"/v1/chat/completions": self.chat, "/stats": self.tell}

    async def tell(self, asked: Asked) -> Answered:
        """What it did so far."""
        return Answered(msgspec.json.encode(dict(self.stats)))

    async def chat(self, asked: Asked) -> Answered:
        """One completion, or a fault."""
        self.stats["requests"] += 1
        try:
            kind, answered = await self._done(asked)
        except asyncio.CancelledError:
            self.stats["client left"] += 1
            raise
        self.stats[kind] += 1
        return answered

    async def _done(self, asked: Asked) -> tuple[str, Answered]:
        rng = self._rng(asked.body)
        capacity, queues = self.law.capacity, self.law.over == "queue"
        if capacity is not None and not queues and self._under_way >= capacity:
            return "over capacity", _refused(None)
        fault = self._fault(rng)
        if fault in AT_THE_DOOR:
            return fault, Answered(ending="reset") if fault == "reset" else _refused(
                self.law.retry_after_s if fault == "rate limit with wait" else None
            )
        self._under_way += 1
        self.stats["most at once"] = max(self.stats["most at once"], self._under_way)
        try:
            if capacity is not None and queues:
                async with self._turns:
                    await self._work(self._latency_s(rng, fault))
            else:
                await self._work(self._latency_s(rng, fault))
        finally:
            self._under_way -= 1
        return fault or "answered", self._answer(asked, fault)

    async def _work(self, seconds: float) -> None:
        """Hold a place; `busy ms` sums up for how long places were really held."""
        start = time.perf_counter()
        try:
            await asyncio.sleep(seconds)
        finally:
            self.stats["busy ms"] += round(1000 * (time.perf_counter() - start))

    def _rng(self, body: bytes) -> random.Random:
        what = hashlib.blake2b(body, digest_size=8).digest()
        self._asked[what] += 1
        mark = b"%d %d " % (self.law.seed, self._asked[what]) + what
        return random.Random(int.from_bytes(hashlib.blake2b(mark, digest_size=8).digest(), "big"))

    def _fault(self, rng: random.Random) -> FaultKind | None:
        drawn = rng.random()
        for kind, share in self.law.faults.items():
            drawn -= share
            if drawn < 0:
                return kind
        return None

    def _latency_s(self, rng: random.Random, fault: FaultKind | None) -> float:
        sigma = self.law.sigma
        usual = rng.lognormvariate(math.log(self.law.latency_s) - sigma * sigma / 2, sigma)
        return usual * SLOW_FACTOR if fault == "slow" else usual

    def _answer(self, asked: Asked, fault: FaultKind | None) -> Answered:
        if fault == "server error":
            return Answered(b'{"error": {"message": "something broke"}}', 500)
        if fault == "duplicate" and self._last is not None:
            return Answered(self._last)
        body: dict[str, Any] = msgspec.json.decode(asked.body)
        value = completion(body, self._said(body), f"fake-{self.stats['requests']}-{id(asked)}")
        data = msgspec.json.encode(_spoilt(value, fault))
        if fault is None:
            self._last = data
        return Answered(data, ending="half" if fault == "half body" else "whole")


def completion(body: dict[str, Any], text: str, name: str = "fake") -> dict[str, Any]:
    """A chat completion; a token is a word."""
    asked = sum(len(m["content"].split()) for m in body["messages"])
    said = len(text.split())
    return {
        "id": name,
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
    }


def _spoilt(value: dict[str, Any], fault: FaultKind | None) -> dict[str, Any]:
    """A completion with a fault inside."""
    choice: dict[str, Any] = value["choices"][0]
    text: str = choice["message"]["content"]
    if fault == "empty choice":
        return value | {"choices": []}
    if fault == "wrong json":
        choice["message"]["content"] = text[: len(text) * 2 // 3] + '"]]'
    elif fault == "truncated":
        choice["message"]["content"] = text[: len(text) // 2]
        choice["finish_reason"] = "length"
    elif fault == "refusal":
        choice["message"] |= {"content": None, "refusal": "I cannot help with that."}
    return value


def _refused(wait_s: float | None) -> Answered:
    headers = {} if wait_s is None else {"Retry-After": f"{wait_s:g}"}
    return Answered(b'{"error": {"message": "too many requests"}}', 429, headers)
