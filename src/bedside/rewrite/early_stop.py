"""Stops a run when most of the last rows came to nothing for one and the same cause: going on would waste them all."""

from __future__ import annotations

from collections import Counter, deque

from bedside.core.errors import Stop
from bedside.rewrite.work import Attempted

__all__ = ["EarlyStop"]

LOOKED_AT, FEWEST, SHARE = 40, 20, 0.8


class EarlyStop:
    """Looks at the last rows."""

    def __init__(self) -> None:
        self._last: deque[str] = deque(maxlen=LOOKED_AT)

    def after(self, done: Attempted) -> Stop | None:
        """The word to stop, when this row makes it necessary."""
        self._last.append(done.cause)
        if not done.cause or len(self._last) < FEWEST:
            return None
        cause, times = Counter(self._last).most_common(1)[0]
        if not cause or times < SHARE * len(self._last):
            return None
        detail = done.verdict.reasons[0].detail if done.verdict.reasons else ""
        return Stop(f"{times} of the last {len(self._last)} rows failed for the same cause, {cause}: {detail}")
