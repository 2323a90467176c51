"""No ceiling is passed: not by many at once, not by answers longer than thought, not by a process that was killed."""

from __future__ import annotations

import asyncio
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.llm.payments import CeilingReached, Payments


def test_what_is_set_aside_counts_until_it_is_settled(tmp_path: Path) -> None:
    account = Payments(tmp_path / "p", 1.0)
    number = account.set_aside("a", 0.6)
    assert (account.spent_usd, account.reserved_usd) == (0.0, 0.6)
    assert not account.fits(0.5)
    account.settle(number, 0.1)
    assert (account.spent_usd, account.reserved_usd) == (0.1, 0.0)
    assert account.fits(0.9)
    assert not account.fits(0.91)
    account.close()


def test_a_refused_request_costs_nothing_and_a_lost_one_all_that_it_could(tmp_path: Path) -> None:
    account = Payments(tmp_path / "p", 1.0)
    account.release(account.set_aside("a", 0.6))
    assert account.spent_usd == 0.0
    account.lose(account.set_aside("b", 0.6))
    assert account.spent_usd == 0.6
    account.close()


def test_a_killed_process_is_taken_to_have_been_billed(tmp_path: Path) -> None:
    account = Payments(tmp_path / "p", 1.0)
    account.settle(account.set_aside("a", 0.3), 0.2)
    account.set_aside("b", 0.3)
    account.set_aside("c", 0.1, "queued")
    account.close()
    again = Payments(tmp_path / "p", 1.0, before_usd=0.05)
    assert again.spent_usd == pytest.approx(0.05 + 0.2 + 0.3)
    assert again.reserved_usd == pytest.approx(0.1)
    again.settle(again.queued["c"], 0.04)
    assert again.spent_usd == pytest.approx(0.59)
    assert again.keys() == {"a", "c"}
    again.close()


def test_at_the_ceiling_one_waits_for_what_is_under_way(tmp_path: Path) -> None:
    async def run() -> list[str]:
        account = Payments(tmp_path / "p", 1.0)
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
        with pytest.raises(CeilingReached, match=r"--max-cost 1 USD .*0\.9000 USD"):
            await account.reserve("c", 0.2)
        account.close()
        return told

    assert asyncio.run(run()) == ["first ends", "second began"]


def test_more_than_was_allowed_is_charged_and_remembered(tmp_path: Path) -> None:
    account = Payments(tmp_path / "p", 10.0)
    for _ in range(3):
        account.settle(account.set_aside("a", 0.1), 0.2)
    account.set_aside("b", 0.1)
    # Twice what was asked for, not 2 * 2 * 2.
    assert account.reserved_usd == pytest.approx(0.2)
    account.close()


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
            except CeilingReached:
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

    with tempfile.TemporaryDirectory() as folder:
        half = len(costs) // 2
        for part in (costs[:half], costs[half:]):
            account = Payments(Path(folder) / "p", ceiling)
            asyncio.run(run(account, list(part)))
            if account.fits(0.5):  # killed with a request under way
                account.set_aside("killed", 0.5)
                billed += 0.5
            account.close()
        assert billed <= ceiling + 1e-6
