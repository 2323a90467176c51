"""No ceiling is passed: not by many at once, not by answers longer than thought, not by a process that was killed."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.errors import Stop
from bedside.llm.payments import Payments


def opened(folder: Path) -> sqlite3.Connection:
    """The ledger's file, as a process of its own would open it."""
    return sqlite3.connect(folder / "requests.sqlite", isolation_level=None)


@pytest.fixture(autouse=True)
def _closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what was opened, as the end of a process does."""
    with ExitStack() as stack:
        monkeypatch.setitem(
            globals(), "opened", lambda folder, open_=opened: stack.enter_context(closing(open_(folder)))
        )
        yield


def test_what_is_set_aside_counts_until_it_is_settled(tmp_path: Path) -> None:
    account = Payments(opened(tmp_path), 1.0)
    number = account.set_aside("a", 0.6)
    assert (account.spent_usd, account.reserved_usd) == (0.0, 0.6)
    assert not account.fits(0.5)
    account.settle(number, 0.1)
    assert (account.spent_usd, account.reserved_usd) == (0.1, 0.0)
    assert account.fits(0.9)
    assert not account.fits(0.91)


def test_a_refused_request_costs_nothing_and_a_lost_one_all_that_it_could(tmp_path: Path) -> None:
    account = Payments(opened(tmp_path), 1.0)
    account.release(account.set_aside("a", 0.6))
    assert account.spent_usd == 0.0
    account.lose(account.set_aside("b", 0.6))
    assert account.spent_usd == 0.6


def test_a_killed_process_is_taken_to_have_been_billed(tmp_path: Path) -> None:
    account = Payments(opened(tmp_path), 1.0)
    account.settle(account.set_aside("a", 0.3), 0.2)
    account.set_aside("b", 0.3)
    account.set_aside("c", 0.1, "queued")
    again = Payments(opened(tmp_path), 1.0, before_usd=0.05)
    assert again.spent_usd == pytest.approx(0.05 + 0.2 + 0.3)
    assert again.reserved_usd == pytest.approx(0.1)
    again.settle(again.queued["c"], 0.04)
    assert again.spent_usd == pytest.approx(0.59)


def test_at_the_ceiling_one_waits_for_what_is_under_way(tmp_path: Path) -> None:
    async def run() -> list[str]:
        account = Payments(opened(tmp_path), 1.0)
        told = []
        first = await account.reserve("a", 0.8)

        async def second() -> None:
            number = await account.reserve("b", 0.8)
            told.append("second began")
            account.settle(number, 0.8)

        task = asyncio.create_task(second())
        await asyncio.sleep(0)
        told.append("first ends")
        account.settle(first, 0.1)
        await task
        with pytest.raises(Stop, match=r"--max-cost 1 USD .*0\.9000 USD"):
            await account.reserve("c", 0.2)
        return told

    assert asyncio.run(run()) == ["first ends", "second began"]


def test_more_than_was_allowed_is_charged_and_remembered(tmp_path: Path) -> None:
    account = Payments(opened(tmp_path), 10.0)
    for _ in range(3):
        account.settle(account.set_aside("a", 0.1), 0.2)
    account.set_aside("b", 0.1)
    # Twice what was asked for, not 2 * 2 * 2.
    assert account.reserved_usd == pytest.approx(0.2)


@settings(max_examples=60, deadline=None)
@given(
    ceiling=st.floats(0.0, 3.0),
    costs=st.lists(st.tuples(st.floats(0.001, 0.5), st.floats(0, 1), st.sampled_from("sslr")), max_size=60),
    workers=st.integers(1, 16),
    seed=st.integers(0, 1000),
)
def test_the_ceiling_is_never_passed(
    ceiling: float, costs: list[tuple[float, float, str]], workers: int, seed: int
) -> None:
    """Requests of any cost up to their worst, answered, lost or refused in any order; the process killed in between."""
    rng = random.Random(seed)
    billed = 0.0

    async def one(account: Payments, queue: list[tuple[float, float, str]]) -> None:
        nonlocal billed
        while queue:
            most, share, fate = queue.pop()
            try:
                number = await account.reserve("key", most)
            except Stop:
                return
            assert billed <= ceiling + 1e-6
            if fate in "sl":  # answered, or answered and lost on the way: billed all the same
                billed += most * share
            for _ in range(rng.randrange(3)):
                await asyncio.sleep(0)
            if fate == "s":
                account.settle(number, most * share)
            elif fate == "l":
                account.lose(number)
            else:
                account.release(number)
            assert account.spent_usd <= ceiling + 1e-6

    async def run(account: Payments, queue: list[tuple[float, float, str]]) -> None:
        await asyncio.gather(*(one(account, queue) for _ in range(workers)))

    # One connection stands for the file that both processes open.
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        half = len(costs) // 2
        for part in (costs[:half], costs[half:]):
            account = Payments(database, ceiling)
            asyncio.run(run(account, list(part)))
            if account.fits(0.5):  # killed with a request under way
                account.set_aside("killed", 0.5)
                billed += 0.5
        assert billed <= ceiling + 1e-6
