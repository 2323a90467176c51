"""How much of an endpoint does bedside's search for its capacity use? `python bench/window_law.py`, in virtual time.

The law (`bedside.llm.window`) alone, against the endpoint of `rewriting.py` with the same latencies, no network, no
work a row and no machine that could be slow: what it loses here it loses by starting low, growing and being refused.
Prints a Markdown table; the same figures on every machine.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from itertools import count
from typing import Literal, NamedTuple, get_args

from bedside.llm.waits import own_wait_s
from bedside.llm.window import Window
from rewriting_parts.endpoint import Behaviour, Settings, draws
from rewriting_parts.runs import ideal_finishes

MOST, TIMEOUT_S = 256, 120.0  # what `bedside rewrite` has by default
ROUND_TRIP_S = 0.005
MEAN_S = {64: 2.0, 256: 4.0}
ROWS = {64: (2_000, 20_000), 256: (4_000, 40_000)}
Kind = Literal["answered", "refused", "waited"]


class Event(NamedTuple):
    """Something that happens to a request at a time; `number` keeps the order of what happens at once."""

    at_s: float
    number: int
    kind: Kind
    sent_s: float
    tries: int


class Simulation:
    """A client with a window and endless rows, and an endpoint of one behaviour."""

    def __init__(self, settings: Settings, rows: int) -> None:
        self.finishes: list[float] = []
        self.refused = 0
        self._settings = settings
        self._window = Window(MOST, TIMEOUT_S)
        self._latencies, self._jitter, self._numbers = draws(settings), random.Random(settings.seed), count()
        self._events: list[Event] = []
        self._unsent, self._queue = rows, deque[float]()
        self._tries: deque[int] = deque()
        self._under_way = self._busy = 0
        self._now = 0.0

    def run(self) -> None:
        """Until every row is answered."""
        self._send_all()
        while self._events:
            event = heapq.heappop(self._events)
            self._now = event.at_s
            if event.kind == "answered":
                self._answered(event)
            elif event.kind == "refused":
                self._refused(event)
            else:
                self._tries.append(event.tries)
            self._send_all()

    def _send_all(self) -> None:
        while self._under_way < int(self._window.size) and (self._tries or self._unsent):
            tries = self._tries.popleft() if self._tries else 0
            self._unsent -= tries == 0
            self._under_way += 1
            if self._busy < self._settings.capacity:
                self._serve(self._now, tries)
            elif self._settings.behaviour == "queue":
                self._queue.append(self._now)
            else:
                self._happens(ROUND_TRIP_S, "refused", self._now, tries)

    def _serve(self, sent_s: float, tries: int) -> None:
        self._busy += 1
        self._happens(next(self._latencies), "answered", sent_s, tries)

    def _answered(self, event: Event) -> None:
        self._busy -= 1
        self.finishes.append(self._now)
        full = self._under_way >= int(self._window.size)
        self._under_way -= 1
        self._window.replied(event.sent_s, self._now, full)
        if self._queue:
            self._serve(self._queue.popleft(), 0)

    def _refused(self, event: Event) -> None:
        self.refused += 1
        self._under_way -= 1
        self._window.refused(event.sent_s, self._now, self._under_way, asked_to_wait=False)
        self._happens(own_wait_s(event.tries + 1, self._jitter), "waited", self._now, event.tries + 1)

    def _happens(self, after_s: float, kind: Kind, sent_s: float, tries: int) -> None:
        heapq.heappush(self._events, Event(self._now + after_s, next(self._numbers), kind, sent_s, tries))


def main() -> None:
    """Print the table."""
    print("| capacity | endpoint | rows | of ideal | refused |\n|---:|---|---:|---:|---:|")
    for capacity, sizes in ROWS.items():
        for behaviour in get_args(Behaviour):
            for rows in sizes:
                settings = Settings(capacity, behaviour, MEAN_S[capacity], sigma=0.5, seed=7)
                simulation = Simulation(settings, rows)
                simulation.run()
                share = ideal_finishes(settings, rows)[-1] / simulation.finishes[-1]
                print(f"| {capacity} | {behaviour} | {rows} | {share:.3f} | {simulation.refused} |")


if __name__ == "__main__":
    main()
