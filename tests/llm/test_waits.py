"""Waits: what the endpoint asks for in any of the ways in use, or its own, longer each time."""

from __future__ import annotations

import random
import time
from email.utils import formatdate

import pytest

from bedside.llm.waits import FIRST_WAIT_S, LONGEST_ASKED_S, LONGEST_WAIT_S, asked_wait_s, own_wait_s


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": str(LONGEST_ASKED_S + 1)}, None),
        ({"retry-after": "Fri, 31 Dec 2100 23:59:59 GMT"}, None),
        ({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}, 0.0),
    ],
)
def test_what_an_endpoint_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait_s(headers) == seconds


def test_an_http_date_is_a_wait_until_then() -> None:
    begun = time.time()
    asked = asked_wait_s({"retry-after": formatdate(begun + 300, usegmt=True)})
    assert asked is not None
    # The date has no fraction of a second.
    assert 299 - (time.time() - begun) <= asked <= 300


def test_its_own_waits_double_up_to_a_limit() -> None:
    jitter = random.Random(0)
    for tries in range(1, 20):
        longest = min(FIRST_WAIT_S * 2 ** (tries - 1), LONGEST_WAIT_S)
        assert all(longest / 2 <= own_wait_s(tries, jitter) <= longest for _ in range(20))
