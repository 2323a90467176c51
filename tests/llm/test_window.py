"""The window finds what an endpoint bears, in simulated time: how much of the capacity worked, how much was refused."""

from __future__ import annotations

import pytest

from bedside.llm.window import FIRST, FIRST_LEAP, SELDOM, Window
from tests.llm.simulated import Endpoint, course, steady

MOST = 256


@pytest.mark.parametrize("capacity", [4, 64, 200, 256])
@pytest.mark.parametrize("queues", [False, True])
@pytest.mark.parametrize("sigma", [0.0, 0.6, 1.0])
def test_it_keeps_an_endpoint_busy(capacity: int, queues: bool, sigma: float) -> None:
    done = course(Window(MOST, 120.0), Endpoint(steady(capacity), queues=queues, sigma=sigma), 60.0)
    assert done.busy >= 0.95
    # What the endpoint refuses it refuses at once; a tenth of the requests would still be impolite.
    assert queues or capacity < 64 or done.refused < 0.1 * done.answered
    assert max(size for _, size in done.sizes) <= MOST


@pytest.mark.parametrize("queues", [False, True])
def test_slow_outliers_do_not_block_the_others(queues: bool) -> None:
    done = course(Window(MOST, 120.0), Endpoint(steady(64), queues=queues, outliers=0.01), 60.0)
    assert done.busy >= 0.95


def test_refusals_that_come_whatever_the_load_are_weather() -> None:
    done = course(Window(MOST, 120.0), Endpoint(steady(64), weather=0.06), 60.0)
    assert done.busy >= 0.95
    assert done.size_at(59.0) > 48


def test_a_pause_that_is_asked_for_is_rarely_provoked() -> None:
    done = course(Window(MOST, 120.0), Endpoint(steady(200), retry_after_s=1.0), 60.0)
    # Each pause costs a second of the sixty and the draining before it.
    assert done.busy >= 0.9
    assert done.refused < 30


def test_it_follows_a_capacity_that_changes() -> None:
    done = course(Window(MOST, 120.0), Endpoint(lambda now: 64 if now < 60 else 20 if now < 120 else 200), 300.0)
    assert 56 <= done.size_at(59) <= 70
    assert 14 <= done.size_at(80) <= 26
    assert 180 <= done.size_at(299) <= 220
    assert done.busy >= 0.85


def test_it_starts_small_and_risks_what_half_of_the_time_limit_bears() -> None:
    window = Window(MOST, 120.0)
    assert window.size == FIRST
    window.replied(0.0, 2.0, busy=True)
    # One after another, 30 answers of 2 s take 60 s.
    assert window.size == 30
    quick = Window(MOST, 120.0)
    quick.replied(0.0, 0.1, busy=True)
    assert quick.size == FIRST_LEAP
    assert Window(3, 120.0).size == 3


def test_it_does_not_grow_towards_the_time_limit_nor_when_places_are_free() -> None:
    window = Window(MOST, 30.0)
    window.replied(0.0, 1.0, busy=True)
    before = window.size
    window.replied(0.0, 10.1, busy=True)
    window.replied(0.0, 1.0, busy=False)
    assert window.size == before
    window.replied(0.0, 1.0, busy=True)
    assert window.size > before


def test_many_refusals_together_are_one_sign() -> None:
    window = Window(MOST, 120.0)
    window.replied(0.0, 0.1, busy=True)
    for left in range(FIRST_LEAP - 1, 63, -1):
        window.refused(0.1, 0.2, left, asked_to_wait=False)
    assert window.size == 64
    assert SELDOM < 10
