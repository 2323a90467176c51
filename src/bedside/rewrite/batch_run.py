"""Rewriting through the Batch API: rounds of batches until no row needs a request any more.

A pass takes every row as far as the kept replies go; what is missing is sent as batches, their answers are kept in the
same ledger under the same keys as live ones, and the next pass goes on from there. A rewrite that the gates turned down
is so asked for again in the next round. All of it can be interrupted anywhere: the ledger and the list of open batches
say where things stand.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

import msgspec

from bedside.core.config import RewriteConfig
from bedside.core.progress import progress
from bedside.llm import ChatReply, ChatRequest, Failure, Halt, Ledger, Limits, parse_model
from bedside.llm.batch_store import BatchStore
from bedside.llm.batches import Outcome
from bedside.llm.dialect import cause_of_refusal
from bedside.llm.endpoint import EndpointModel
from bedside.llm.ledger import request_key
from bedside.llm.prices import Price
from bedside.rewrite.engine import Engine, Todo
from bedside.rewrite.pricing import price_for, till_for
from bedside.rewrite.work import Attempted

__all__ = ["BatchRun", "KeptReplies", "Pending"]

# How often a request is sent whose batch brought no answer, for no fault of its own.
TRIES = 3
AT_ONCE = 256
# With a ceiling: when so small a share of what is left can still be paid for, it is reached.
WORTH_A_BATCH = 0.05

Finish = Callable[[bytes, Attempted], None]


class Pending(Exception):
    """A row can go no further without the answer to `request`."""

    def __init__(self, key: str, request: ChatRequest) -> None:
        super().__init__(key)
        self.key, self.request = key, request


class KeptReplies:
    """A model that only remembers: kept replies, and what is known to have failed."""

    def __init__(self, name: str, ledger: Ledger) -> None:
        self.name = name
        self.failures: dict[str, Failure] = {}
        self._ledger = ledger

    async def reply(self, request: ChatRequest) -> ChatReply:
        """The kept answer.

        Raises:
            Failure: it is known that there will be none.
            Pending: it was not asked for yet.
        """
        kept = self._ledger.get(self.name, request)
        if kept is not None:
            return kept
        key = request_key(self.name, request)
        if key in self.failures:
            raise self.failures[key]
        raise Pending(key, request)

    async def close(self) -> None:
        """Nothing to free."""


class BatchRun:
    """The rounds of one run; the endpoint's model is asked live for one request only."""

    def __init__(self, config: RewriteConfig, ledger: Ledger, halt: Halt) -> None:
        price = price_for(config)
        # What a request in a batch costs, of the full price.
        self._share = (price.batch or 1.0) if isinstance(price, Price) else 1.0
        self._till = till_for(config, ledger, halt)
        limits = Limits(config.timeout_s, config.row_timeout_s, config.concurrency)
        self._endpoint = EndpointModel(parse_model(config.model), limits, halt, self._till)
        self.kept = KeptReplies(self._endpoint.name, ledger)
        self._ledger, self._halt = ledger, halt
        self._store = BatchStore(ledger.database)
        self._batches = self._endpoint.batches(self._store, halt.sleep)
        self._tries: Counter[str] = Counter()

    async def run(self, engine: Engine, left: Callable[[], Iterator[Todo]], finish: Finish) -> None:
        """Go on until `left` gives no row that needs a request.

        Raises:
            UserMistake: the endpoint has no Batch API.
            EndpointError, Stop: it was ended early.
        """
        await self._begin()
        while True:
            await self._collect()
            pending = await self._pass(engine, left(), finish)
            if not pending:
                return
            if self._endpoint.sent == 0:
                # One is asked live: it shows that the endpoint answers, and in which form it wants to be asked.
                await self._probe(*pending.popitem())
            # Requests that begin with the same prompt stand together, so that the provider can read it once.
            ordered = dict(sorted(pending.items(), key=lambda item: item[1].messages[0].content))
            await self._batches.send(self._affordable(ordered))
            self._reconcile()

    async def cancel(self) -> int:
        """Stop the open batches; what was answered is kept. Gives how many there were."""
        await self._begin()
        count = await self._batches.cancel()
        await self._collect()
        return count

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()

    async def _begin(self) -> None:
        await self._batches.check()
        await self._batches.recover()
        self._reconcile()

    async def _collect(self) -> None:
        """Wait for the open batches and keep their answers."""
        waiting = sum(batch.requests for batch in self._store.open())
        if not waiting:
            return
        with progress("batches", waiting) as advance:
            async for batch, remote in self._batches.ended(advance):
                for outcome in await self._batches.outcomes(batch, remote):
                    self._take(outcome)
                await self._batches.forget(batch, remote)

    def _take(self, outcome: Outcome) -> None:
        key, reply = outcome.key, outcome.reply
        if reply is not None:
            reply = msgspec.structs.replace(reply, price_share=self._share)
            self._settle(key, reply, unsure=True)
            self._ledger.put(self.kept.name, outcome.request, reply)
            return
        self._settle(key, None, outcome.unsure)
        self._tries[key] += outcome.looked_at
        if not outcome.again or self._tries[key] >= TRIES:
            cause = "server" if outcome.again else cause_of_refusal(outcome.problem)
            self.kept.failures[key] = Failure(f"in a batch: {outcome.problem}", cause)

    async def _pass(self, engine: Engine, left: Iterator[Todo], finish: Finish) -> dict[str, ChatRequest]:
        """Take every row as far as it goes; gives the requests that are missing."""
        pending: dict[str, ChatRequest] = {}

        async def one(todo: Todo) -> None:
            try:
                finish(todo.key, await engine.row(todo.order))
            except Pending as missing:
                pending[missing.key] = missing.request

        while some := list(islice(left, AT_ONCE)):
            self._halt.check()
            await asyncio.gather(*(one(todo) for todo in some))
        return pending

    async def _probe(self, key: str, request: ChatRequest) -> None:
        try:
            self._ledger.put(self.kept.name, request, await self._endpoint.reply(request))
        except Failure as failure:
            self.kept.failures[key] = failure

    def _affordable(self, pending: dict[str, ChatRequest]) -> dict[str, ChatRequest]:
        """As many as the ceiling allows, their money set aside."""
        if self._till is None:
            return pending
        payments, most = self._till.payments, 0.0
        chosen: dict[str, ChatRequest] = {}
        for key, request in pending.items():
            most = self._till.most_usd(request, self._share)
            if not payments.fits(most):
                break
            payments.set_aside(key, most, "queued")
            chosen[key] = request
        if len(chosen) < WORTH_A_BATCH * len(pending):
            self._reconcile()
            raise payments.reached(most)
        return chosen

    def _settle(self, key: str, reply: ChatReply | None, unsure: bool) -> None:
        if self._till is None or key not in self._till.payments.queued:
            return
        payments, number = self._till.payments, self._till.payments.queued[key]
        if reply is not None and (reply.input_tokens or reply.output_tokens):
            payments.settle(number, self._till.cost_usd(reply))
        elif unsure:
            payments.lose(number)
        else:
            payments.release(number)

    def _reconcile(self) -> None:
        """Money is set aside for exactly what is in open batches, also after a crash or a run without a ceiling."""
        if self._till is None:
            return
        payments = self._till.payments
        asked = self._store.keys()
        for key in payments.queued.keys() - asked:
            payments.release(payments.queued[key])
        if not asked - payments.queued.keys():
            return
        for batch in self._store.open():
            for key, request in self._store.asked(batch):
                if key not in payments.queued:
                    payments.set_aside(key, self._till.most_usd(request, self._share), "queued")
