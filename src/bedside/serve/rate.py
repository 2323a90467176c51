"""How many requests a minute each key, or each address, may make: a bucket that fills evenly."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

__all__ = ["Rate"]

# Addresses that are known at once; the one that asked longest ago is forgotten first.
MOST = 10_000


class Rate:
    """Buckets by name; a full one holds a minute's requests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, name: str, a_minute: int) -> int:
        """0 where a request may be made now, and it is counted; otherwise the seconds until one may."""
        now = self._clock()
        left, before = self._buckets.pop(name, (float(a_minute), now))
        left = min(float(a_minute), left + (now - before) * a_minute / 60)
        allowed = left >= 1
        self._buckets[name] = (left - 1 if allowed else left, now)
        if len(self._buckets) > MOST:
            self._buckets.popitem(last=False)
        return 0 if allowed else math.ceil((1 - left) * 60 / a_minute) if a_minute else 60
