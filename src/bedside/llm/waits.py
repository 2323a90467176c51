"""How long to wait before a request is tried again: as long as the endpoint asks, or exponentially with jitter."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

__all__ = ["asked_wait_s", "own_wait_s"]

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 60.0
# What asks for more is no request to wait but a mistake, or a quota that this run cannot wait for.
LONGEST_ASKED_S = 3600.0


def asked_wait_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that an endpoint asks for in `Retry-After` (seconds or an HTTP date) or `retry-after-ms`, if it does."""
    try:
        return _sane(float(headers["retry-after-ms"]) / 1000)
    except (KeyError, ValueError):
        pass
    asked = headers.get("retry-after", "")
    try:
        return _sane(float(asked))
    except ValueError:
        pass
    try:
        return _sane(max(0.0, parsedate_to_datetime(asked).timestamp() - time.time()))
    except (ValueError, TypeError, OverflowError):
        return None


def own_wait_s(tries: int, jitter: random.Random) -> float:
    """Seconds after so many tries (1 and more): exponential, full jitter above a half."""
    longest: float = min(FIRST_WAIT_S * 2 ** (tries - 1), LONGEST_WAIT_S)
    return longest * jitter.uniform(0.5, 1.0)


def _sane(seconds: float) -> float | None:
    return seconds if 0 <= seconds <= LONGEST_ASKED_S else None
