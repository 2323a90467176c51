"""Places at an endpoint: in turn, closed by a pause, and nobody waits once the word to stop is given."""

from __future__ import annotations

import asyncio

import pytest

from bedside.core.errors import Stop
from bedside.llm.capacity import Capacity
from bedside.llm.halt import Halt


def test_places_are_given_in_turn_and_come_back() -> None:
    async def scene() -> None:
        capacity, order = Capacity(2, 10.0, Halt()), list[int]()

        async def visit(number: int) -> None:
            place = await capacity.enter()
            order.append(number)
            assert capacity.under_way <= 2
            await asyncio.sleep(0)
            capacity.leave(place, "other")

        await asyncio.gather(*(visit(number) for number in range(7)))
        assert order == list(range(7))
        assert capacity.under_way == 0
        capacity.close()

    asyncio.run(scene())


def test_a_pause_closes_the_door_on_all() -> None:
    async def scene() -> None:
        capacity, loop = Capacity(4, 10.0, Halt()), asyncio.get_running_loop()
        place = await capacity.enter()
        left = loop.time()
        capacity.leave(place, "refused", wait_s=0.1)
        waiting = [asyncio.create_task(capacity.enter()) for _ in range(2)]
        for turn in waiting:
            place = await turn
            assert place.sent_at >= left + 0.1
            capacity.leave(place, "other")
        capacity.close()

    asyncio.run(scene())


def test_who_goes_away_leaves_no_gap() -> None:
    async def scene() -> None:
        capacity = Capacity(1, 10.0, Halt())
        first = await capacity.enter()
        waiting = [asyncio.create_task(capacity.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        capacity.leave(first, "other")
        waiting[1].cancel()  # it has just been let in
        place = await waiting[2]
        assert capacity.under_way == 1
        capacity.leave(place, "other")
        assert capacity.under_way == 0
        capacity.close()

    asyncio.run(scene())


def test_the_word_to_stop_sends_all_home() -> None:
    async def scene() -> None:
        halt = Halt()
        capacity = Capacity(1, 10.0, halt)
        await capacity.enter()
        waiting = [asyncio.create_task(capacity.enter()) for _ in range(3)]
        sleeping = asyncio.create_task(halt.sleep(60))
        await asyncio.sleep(0)
        halt.give(Stop("enough"))
        halt.give(Stop("too late to be heard"))
        ended = await asyncio.gather(*waiting, sleeping, return_exceptions=True)
        assert [str(error) for error in ended] == ["enough"] * 4
        with pytest.raises(Stop, match="enough"):
            await capacity.enter()
        capacity.close()

    asyncio.run(scene())
