"""The law by which an endpoint's capacity is found: additive increase, multiplicative decrease (Jacobson 1988).

It starts small. The first answer's time says how many could be answered one after another within half of the time
limit, and so many are risked; from there the window grows fourfold a round trip until the endpoint refuses, or until
more requests only wait longer. What was refused becomes a ceiling that is felt for again, more and more rarely.

A few refusals (one in ten) are weather and change nothing. Rising latency alone is no reason to shrink: the window
stays at or above what keeps the best throughput seen (rate times undisturbed latency, after Cardwell et al. 2016,
BBR). Pure: time is handed in, nothing here waits.
"""

from __future__ import annotations

import math
import statistics

__all__ = ["Window"]

FIRST, FIRST_LEAP = 16, 128
WEATHER = 0.1
GENTLEST_CUT, HARDEST_CUT = 0.97, 0.5
SLOWER, FASTER, MARGIN = 1.6, 1.05, 1.25
RARELY = 64


class Window:
    """How many requests may be under way (`size`), at most `most`."""

    def __init__(self, most: int, timeout_s: float) -> None:
        self.most = most
        self.size = float(min(FIRST, most))
        self._timeout_s = timeout_s
        self._slow_start, self._leapt = True, False
        self._ceiling = math.inf
        self._probe_every, self._calm_rounds = 2, 0
        self._refused = 0.0
        self._cut_at = -math.inf
        self._waited_at = -math.inf
        self._round = _Round(0.0)
        self._best = _Best()

    def replied(self, sent_at: float, now: float, busy: bool) -> None:
        """An answer came; `busy` says whether all places were taken (else the window is no limit and need not grow)."""
        self._count(0.0)
        if not self._leapt:
            self._leap(now - sent_at)
            self._round = _Round(now)
        elif busy:
            self._grow()
        self._round.latencies.append(now - sent_at)
        if len(self._round.latencies) >= max(16.0, self.size):
            self._end_round(now, busy)

    def refused(self, sent_at: float, now: float, under_way: int, asked_to_wait: bool) -> None:
        """The endpoint was too busy (429, 503, no answer in time) with `under_way` others."""
        self._count(1.0)
        repeated = asked_to_wait and sent_at > self._waited_at
        if asked_to_wait and repeated:
            # The first wait is obeyed and forgotten; a second one soon after it means that the window is too wide.
            again = now - self._waited_at < 4 * max(self._best.latency, 0.05) + (now - sent_at) + 2.0
            self._waited_at = now
        else:
            again = False
        if sent_at > self._cut_at and (self._refused > WEATHER or again):
            self._cut(now, under_way)

    def _count(self, refused: float) -> None:
        self._refused += (refused - self._refused) / max(8.0, min(self.size, 64.0))

    def _leap(self, latency_s: float) -> None:
        self._leapt = True
        safe = self._timeout_s / max(latency_s, 1e-3) / 2
        self.size = float(min(self.most, max(FIRST, min(FIRST_LEAP, safe))))

    def _grow(self) -> None:
        if self._slow_start:
            step = 3.0
        elif self.size < 0.9 * self._ceiling:
            step = 0.25
        elif self._calm_rounds >= self._probe_every:
            step = 1.0 / self.size
        else:
            return
        self.size = min(float(self.most), self.size + step)

    def _cut(self, now: float, under_way: int) -> None:
        held = max(1.0, min(self.size, float(under_way)))
        near = 0.9 * self._ceiling <= held <= 1.1 * self._ceiling
        self._probe_every = min(RARELY, 2 * self._probe_every) if near else 2
        self._ceiling = held
        self.size = max(1.0, held * max(HARDEST_CUT, min(GENTLEST_CUT, 1 - self._refused / 4)))
        self._refused = WEATHER / 2
        self._slow_start, self._calm_rounds, self._cut_at = False, 0, now
        self._round = _Round(now)

    def _end_round(self, now: float, busy: bool) -> None:
        done, self._round = self._round, _Round(now)
        self._calm_rounds += 1
        if self.size > 1.05 * self._ceiling + 2:
            self._ceiling, self._probe_every = math.inf, 2
        crowded = busy and self._best.crowded(done, now)
        if crowded:
            needed = MARGIN * self._best.rate * self._best.mean_latency
            self._slow_start, self._ceiling, self._calm_rounds = False, self.size, 0
            self.size = min(self.size, max(needed, 0.9 * self.size, 1.0))


class _Round:
    """A window's worth of answers."""

    def __init__(self, start: float) -> None:
        self.start = start
        self.latencies: list[float] = []


class _Best:
    """The best throughput of late and the latency of an endpoint that is not crowded; both age."""

    def __init__(self) -> None:
        self.rate = 0.0
        self.latency = 0.0
        self.mean_latency = 0.0

    def crowded(self, done: _Round, now: float) -> bool:
        """Take a round in; whether its answers came later than they could, and no more of them."""
        rate = len(done.latencies) / max(now - done.start, 1e-9)
        latency = statistics.median(done.latencies)
        slower = self.latency > 0 and latency > SLOWER * self.latency
        faster = rate > FASTER * self.rate
        if not self.latency or latency < self.latency:
            self.latency, self.mean_latency = latency, statistics.fmean(done.latencies)
        else:
            self.latency *= 1.01
            self.mean_latency *= 1.01
        self.rate = max(rate, 0.98 * self.rate)
        return slower and not faster
