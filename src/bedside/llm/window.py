"""The law by which an endpoint's capacity is found: additive increase, multiplicative decrease (Jacobson 1988).

It starts small. The first answer's time says how many could be answered one after another within half of the time
limit, and so many are risked; from there the window grows fourfold a round trip until the endpoint refuses. What was
refused becomes a ceiling that is felt for again, more and more rarely. Refusals that come whatever the load are
weather: they are learnt, and change nothing. Rising latency alone is no reason to shrink: only when answers come
later and no more of them, and never below what keeps the best throughput seen (rate times undisturbed latency, after
Cardwell et al. 2016, BBR). Pure: time is handed in, nothing here waits.
"""

from __future__ import annotations

import math
import statistics

__all__ = ["Window"]

FIRST, FIRST_LEAP = 16, 128
# Growth for each answer: fourfold a round trip at the start, by a quarter where there was room before, by one else.
AT_START, WITH_ROOM = 3.0, 0.25
# A share of refusals that is no weather, and how much more of them than usual.
FEW, MORE_THAN_USUAL = 0.1, 2.5
HARDEST_CUT = 0.5
# Rounds before a ceiling is felt for again; a refusal that closes the door on all costs more than one place.
SELDOM, RARELY, MORE_RARELY = 2, 16, 64
SLOWER, FASTER, MARGIN = 2.0, 1.05, 1.25


class Window:
    """How many requests may be under way (`size`), at most `most`."""

    def __init__(self, most: int, timeout_s: float) -> None:
        self.most = most
        self.size = float(min(FIRST, most))
        self._timeout_s = timeout_s
        self._starting, self._leapt = True, False
        self._ceiling, self._probe_every, self._calm_rounds = math.inf, SELDOM, 0
        self._share, self._weather = 0.0, 0.0
        self._cut_at, self._answered_since_cut = -math.inf, 0
        self._round = _Round(0.0, self.size)
        self._best = _Best()

    def replied(self, sent_at: float, now: float, busy: bool) -> None:
        """An answer came; `busy` says whether all places were taken (else the window is no limit and need not grow)."""
        latency_s = now - sent_at
        self._count(0.0)
        self._answered_since_cut += 1
        if not self._leapt:
            self._leap(latency_s)
            self._round = _Round(now, self.size)
        elif busy and latency_s < self._timeout_s / 3:
            self._grow()
        self._round.latencies.append(latency_s)
        if len(self._round.latencies) >= max(16.0, self.size):
            self._end_round(now, busy)

    def refused(self, sent_at: float, now: float, under_way: int, asked_to_wait: bool) -> None:
        """The endpoint was too busy (429, 503, no answer in time) with `under_way` others."""
        self._count(1.0)
        self._round.refused += 1
        if sent_at <= self._cut_at:
            # Of those sent together, what is left when the refused ones have gone is what there was room for.
            held = float(under_way + self._answered_since_cut)
            self.size = max(1.0, HARDEST_CUT * self._ceiling, min(self.size, held))
            return
        if self._share > FEW + MORE_THAN_USUAL * self._weather or (asked_to_wait and self._weather < FEW / 10):
            self._cut(now, under_way, MORE_RARELY if asked_to_wait else RARELY)

    def _count(self, refused: float) -> None:
        self._share += (refused - self._share) / max(24.0, min(self.size, 64.0))

    def _leap(self, latency_s: float) -> None:
        self._leapt = True
        safe = self._timeout_s / max(latency_s, 1e-3) / 2
        self.size = float(min(self.most, max(FIRST, min(FIRST_LEAP, safe))))

    def _grow(self) -> None:
        if self._starting:
            step = AT_START
        elif self.size < 0.9 * self._ceiling:
            step = WITH_ROOM
        elif self._calm_rounds >= self._probe_every:
            step = 1.0 / self.size
        else:
            return
        self.size = min(float(self.most), self.size + step)

    def _cut(self, now: float, under_way: int, rarely: int) -> None:
        """To what was under way beside the refused; by up to a half where most are refused all the same."""
        held = max(1.0, min(self.size, float(under_way)))
        near = 0.9 * self._ceiling <= held <= 1.1 * self._ceiling
        self._probe_every = min(rarely, 2 * self._probe_every) if near else SELDOM
        self._ceiling = held
        self.size = max(1.0, held * max(HARDEST_CUT, 1 - max(0.0, self._share - 0.5)))
        self._starting, self._calm_rounds = False, 0
        self._cut_at, self._answered_since_cut = now, 0
        self._share = FEW / 2
        self._round = _Round(now, self.size)

    def _end_round(self, now: float, busy: bool) -> None:
        done, self._round = self._round, _Round(now, self.size)
        self._calm_rounds += 1
        self._weather += 0.3 * (done.refused / (done.refused + len(done.latencies)) - self._weather)
        if self.size > 1.05 * self._ceiling + 2:
            self._ceiling, self._probe_every = math.inf, SELDOM
        settled = self.size <= 1.2 * done.size_at_start
        if settled and self._best.crowded(done, now) and busy:
            needed = MARGIN * self._best.rate * self._best.mean_latency
            self._starting, self._ceiling, self._calm_rounds = False, self.size, 0
            self.size = min(self.size, max(needed, 0.9 * self.size, 1.0))


class _Round:
    """A window's worth of answers."""

    def __init__(self, start: float, size: float) -> None:
        self.start = start
        self.size_at_start = size
        self.refused = 0
        self.latencies: list[float] = []


class _Best:
    """The best throughput of late and the latency of an endpoint that is not crowded; both age.

    Only rounds in which the window stood still count: while it grows, the quick answers come first and look like the
    rule.
    """

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
