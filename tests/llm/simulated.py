"""A simulated endpoint in simulated time: what a window of requests makes of it, without a clock or a socket."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from typing import NamedTuple

from bedside.llm.window import Window

REFUSAL_S = 0.005


class Endpoint(NamedTuple):
    """`queues`: what is beyond capacity waits its turn; otherwise it is refused, with `retry_after_s` where given."""

    capacity: Callable[[float], int]
    latency_s: float = 0.5
    sigma: float = 0.6
    queues: bool = False
    retry_after_s: float | None = None
    # Share of requests refused whatever the load.
    weather: float = 0.0
    # Share of answers that take fifty times as long.
    outliers: float = 0.0


class Course(NamedTuple):
    """What came of it: the share of the capacity that worked, requests refused, sizes of the window by time."""

    busy: float
    refused: int
    answered: int
    sizes: list[tuple[float, float]]

    def size_at(self, seconds: float) -> float:
        return next(size for at, size in reversed(self.sizes) if at <= seconds)


def course(window: Window, endpoint: Endpoint, until_s: float, seed: int = 0) -> Course:
    """Keep the window full for so many simulated seconds."""
    rng = random.Random(seed)
    now, under_way, serving, worked, paused = 0.0, 0, 0, 0.0, 0.0
    refused = answered = 0
    waiting: list[float] = []
    events: list[tuple[float, str, float]] = []
    sizes = [(0.0, window.size)]

    def serve(sent: float) -> None:
        nonlocal serving, worked
        seconds = endpoint.latency_s * rng.lognormvariate(-(endpoint.sigma**2) / 2, endpoint.sigma)
        seconds *= 50 if rng.random() < endpoint.outliers else 1
        serving += 1
        worked += min(seconds, until_s - now)
        heapq.heappush(events, (now + seconds, "answer", sent))

    while now < until_s:
        while under_way < int(window.size) and now >= paused:
            under_way += 1
            if rng.random() < endpoint.weather:
                heapq.heappush(events, (now + REFUSAL_S, "weather", now))
            elif serving < endpoint.capacity(now):
                serve(now)
            elif endpoint.queues:
                waiting.append(now)
            else:
                heapq.heappush(events, (now + REFUSAL_S, "refusal", now))
        if not events:
            now = paused
            continue
        now, kind, sent = heapq.heappop(events)
        busy = under_way >= int(window.size)
        under_way -= 1
        if kind == "answer":
            answered, serving = answered + 1, serving - 1
            window.replied(sent, now, busy)
            if waiting and serving < endpoint.capacity(now):
                serve(waiting.pop(0))
        else:
            refused += 1
            wait = endpoint.retry_after_s if kind == "refusal" else None
            window.refused(sent, now, under_way, asked_to_wait=wait is not None)
            paused = now + wait if wait is not None else paused
        sizes.append((now, window.size))
    capacity = sum(endpoint.capacity(until_s * (n + 0.5) / 1000) for n in range(1000)) / 1000
    return Course(worked / (capacity * until_s), refused, answered, sizes)


def steady(capacity: int) -> Callable[[float], int]:
    """The same capacity all the time."""
    return lambda now: capacity


__all__ = ["Course", "Endpoint", "course", "steady"]
