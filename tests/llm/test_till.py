"""The till: each try's money is set aside before it, and settled by what is known after it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from bedside.core.errors import Stop
from bedside.core.records import ChatMessage
from bedside.llm import waits
from bedside.llm.fake_endpoint import Fault, misbehaving, serving
from bedside.llm.halt import Halt
from bedside.llm.misbehaving import Law
from bedside.llm.model_string import parse_model
from bedside.llm.payments import Payments
from bedside.llm.prices import Price
from bedside.llm.protocol import ChatReply, ChatRequest, Failure, Limits
from bedside.llm.till import Till
from bedside.llm.tokens import most_tokens

PRICE = Price(1000.0, 2000.0, 100.0, "test")
REQUEST = ChatRequest((ChatMessage("user", "one two three"),), max_tokens=50)
# Bytes and marks at 1,000 dollars a million, 50 tokens at 2,000.
MOST = most_tokens(REQUEST) * 1e-3 + 50 * 2e-3


@pytest.fixture
def payments() -> Iterator[Payments]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        yield Payments(database, 1.0)


def asked(payments: Payments, url: str, count: int = 1, limits: Limits = Limits(5.0)) -> list[ChatReply | Exception]:  # noqa: B008
    from bedside.llm.endpoint import EndpointModel

    async def run() -> list[ChatReply | Exception]:
        halt = Halt()
        model = EndpointModel(parse_model(f"{url}#m"), limits, halt, Till("m", PRICE, payments, halt))
        try:
            found = await asyncio.gather(*(model.reply(REQUEST) for _ in range(count)), return_exceptions=True)
            return [one for one in found if isinstance(one, ChatReply | Exception)]
        finally:
            await model.close()

    return asyncio.run(run())


def test_an_answer_costs_what_was_counted(payments: Payments) -> None:
    with serving(lambda body: "four words of answer") as url:
        (reply,) = asked(payments, url)
    assert isinstance(reply, ChatReply)
    assert (reply.input_tokens, reply.output_tokens) == (3, 4)
    assert payments.spent_usd == pytest.approx(3 * 1e-3 + 4 * 2e-3)
    assert payments.reserved_usd == 0


def test_a_refusal_costs_nothing(payments: Payments) -> None:
    with serving(lambda body: Fault(422, "no")) as url:
        (failure,) = asked(payments, url)
    assert isinstance(failure, Failure)
    assert (payments.spent_usd, payments.reserved_usd) == (0, 0)


def test_an_answer_that_was_not_waited_for_may_be_billed(payments: Payments) -> None:
    with misbehaving(Law(latency_s=30, sigma=0)) as (url, _):
        (failure,) = asked(payments, url, limits=Limits(0.2, 0.3))
    assert isinstance(failure, Failure)
    assert payments.spent_usd >= MOST
    assert payments.spent_usd == pytest.approx(round(payments.spent_usd / MOST) * MOST)


def test_a_second_try_is_paid_for_again(payments: Payments, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits, "FIRST_WAIT_S", 0.01)
    payments.ceiling_usd = 100.0
    with misbehaving(Law(latency_s=0.01, faults={"half body": 0.5})) as (url, endpoint):
        found = asked(payments, url, 12)
    replies = [one for one in found if isinstance(one, ChatReply)]
    halves = endpoint.stats["half body"]
    assert halves >= 1
    known = sum(r.input_tokens * 1e-3 + r.output_tokens * 2e-3 for r in replies)
    assert payments.spent_usd == pytest.approx(known + halves * MOST)


def test_the_next_try_that_could_pass_the_ceiling_is_not_made(payments: Payments) -> None:
    payments.ceiling_usd = 3.5 * MOST
    bodies = []
    with serving(lambda body: bodies.append(body) or "x " * 50) as url:  # type: ignore[func-returns-value]
        found = asked(payments, url, 40)
    stops = [one for one in found if isinstance(one, Stop)]
    assert len(bodies) + len(stops) == 40
    # Each answer cost 3 and 50 tokens; the last was begun while its worst still fitted.
    cost = 3 * 1e-3 + 50 * 2e-3
    assert payments.spent_usd == pytest.approx(len(bodies) * cost)
    assert payments.ceiling_usd - MOST < payments.spent_usd <= payments.ceiling_usd


def test_an_answer_without_counts_is_taken_at_its_worst(payments: Payments) -> None:
    halt = Halt()
    till = Till("m", PRICE, payments, halt)

    async def run() -> None:
        async with till.paying(REQUEST) as bill:
            bill.reply = ChatReply("no counts")

    asyncio.run(run())
    assert payments.spent_usd == pytest.approx(MOST)


def test_who_waited_for_money_when_the_word_to_stop_came_sends_nothing(payments: Payments) -> None:
    halt = Halt()
    till = Till("m", PRICE, payments, halt)
    payments.ceiling_usd = 1.5 * MOST

    async def waiting() -> None:
        async with till.paying(REQUEST):
            raise AssertionError("sent")

    async def run() -> None:
        async with till.paying(REQUEST) as bill:
            task = asyncio.create_task(waiting())
            await asyncio.sleep(0)
            halt.give(Stop("enough"))
            bill.refused = True
        with pytest.raises(Stop, match="enough"):
            await task

    asyncio.run(run())
    assert (payments.spent_usd, payments.reserved_usd) == (0, 0)
