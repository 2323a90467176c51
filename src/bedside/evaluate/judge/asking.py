"""Asking one judge: first a trial on pairs whose answer is known, then every pair of arms, each in both orders.

Answers are kept in the ledger as they come, so that a judge that is interrupted goes on and pays nothing twice.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from bedside.core.evaluate_config import JudgeConfig
from bedside.core.progress import Advance, progress
from bedside.core.records import ChatMessage
from bedside.evaluate.answers import all_of
from bedside.evaluate.judge.outcomes import Row
from bedside.evaluate.judge.pairs import Sentinel, own_voice, sentinel_pair, sentinels
from bedside.evaluate.judge.reading import read, unread
from bedside.evaluate.judge.rubric import ORDERS, Order, Pair, request_of
from bedside.llm import ChatReply, ChatRequest, Failure, Ledger, LedgeredModel, Limits, open_model, parse_model
from bedside.llm.prices import Price, price_of

__all__ = ["Asked", "Spent", "ask_judge"]

# A judge's own reply to a sentinel's patient is as long as the arms' replies may be.
OWN_TOKENS = 400


class Spent(msgspec.Struct, frozen=True):
    """What a judge took, answers from the ledger included; `cost_usd` is None where no price is known."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None

    def plus(self, reply: ChatReply, price: Price | None) -> Spent:
        tokens = (reply.input_tokens, reply.output_tokens, reply.cached_tokens)
        cost = (self.cost_usd or 0.0) + price.cost_usd(*tokens, share=reply.price_share) if price else None
        return Spent(self.requests + 1, self.input_tokens + tokens[0], self.output_tokens + tokens[1], cost)

    def __str__(self) -> str:
        tokens = f"{self.input_tokens + self.output_tokens:,} tokens"
        return tokens if self.cost_usd is None else f"{tokens} · {self.cost_usd:.2f} USD"


class Asked(NamedTuple):
    """One judge's rows, pair by pair, and what they took."""

    rows: list[Row]
    spent: Spent


def ask_judge(
    model: str, pairs: list[Pair], ledger: Ledger, config: JudgeConfig, seed: int, refused: Callable[[list[Row]], bool]
) -> Asked:
    """Put a judge (a MODEL string) on trial, then ask it about the pairs, unless the trial's rows have it `refused`.

    The trial are the sentinels and its own words. Requests know nothing of one another, so that it cannot tell.

    Raises:
        EndpointError, Stop: it can answer nothing; what it did answer is kept.
    """
    harmed = sum(bool(sentinel.harm) for sentinel in sentinels())
    total = harmed + len(ORDERS) * (len(pairs) + len(sentinels()) + harmed)
    with progress(f"judge {parse_model(model).name}", total) as advance:
        return asyncio.run(_Judge(model, ledger, config, advance).asked(pairs, seed, refused))


class _Judge:
    """One judge at work: opens the model, bounds how many requests are under way, and counts what they take."""

    def __init__(self, model: str, ledger: Ledger, config: JudgeConfig, advance: Advance) -> None:
        self._name = model
        self._advance = advance
        price = price_of(parse_model(model))
        self._price = price if isinstance(price, Price) else None
        self._spent = Spent()
        self._model = LedgeredModel(open_model(model, Limits(concurrency=config.concurrency)), ledger)
        self._places = asyncio.Semaphore(config.concurrency)

    async def asked(self, pairs: list[Pair], seed: int, refused: Callable[[list[Row]], bool]) -> Asked:
        try:
            own = await all_of([self._own(sentinel) for sentinel in sentinels() if sentinel.harm])
            known = [*map(sentinel_pair, sentinels()), *(pair for pair in own if pair is not None)]
            rows = await self._rows(known, seed)
            if not refused(rows):
                rows += await self._rows(pairs, seed)
            return Asked(rows, self._spent)
        finally:
            await self._model.close()

    async def _rows(self, pairs: list[Pair], seed: int) -> list[Row]:
        tasks = [(pair, order) for pair in pairs for order in ORDERS]
        random.Random(f"judge order {seed}").shuffle(tasks)
        rows = await all_of([self._row(pair, order) for pair, order in tasks])
        places = {pair.id: place for place, pair in enumerate(pairs)}
        return sorted(rows, key=lambda row: (places[row.pair], row.order))

    async def _own(self, sentinel: Sentinel) -> Pair | None:
        request = ChatRequest((ChatMessage("user", sentinel.patient),), 0.0, OWN_TOKENS)
        try:
            reply = await self._reply(request)
        except Failure:
            return None
        return own_voice(sentinel, reply.text) if reply.text.strip() else None

    async def _row(self, pair: Pair, order: Order) -> Row:
        detail = ""
        try:
            reply = await self._reply(request_of(pair, order))
            answers = read(reply.text, pair, order) if reply.text else unread("no answer")
            detail = reply.refusal or ("cut off" if reply.finish == "length" else "")
        except Failure as failure:
            answers, detail = unread("no answer"), str(failure)
        return Row(self._name, pair.id, pair.kind, pair.item, pair.arm, order, answers, detail)

    async def _reply(self, request: ChatRequest) -> ChatReply:
        try:
            async with self._places:
                reply = await self._model.reply(request)
            self._spent = self._spent.plus(reply, self._price)
        finally:
            self._advance(1, str(self._spent))
        return reply
