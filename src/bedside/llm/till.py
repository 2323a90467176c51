"""The till at an endpoint's door: no request goes out before the most that it can cost is set aside (`payments`).

It stands before each try, not before each row: a try that timed out may be billed, and so may the next one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bedside.llm.halt import Halt
from bedside.llm.ledger import request_key
from bedside.llm.payments import Payments
from bedside.llm.prices import Price
from bedside.llm.protocol import ChatReply, ChatRequest
from bedside.llm.tokens import most_tokens

__all__ = ["Bill", "Till"]


class Bill:
    """What is known of one try's cost when it is over; nothing known means that it may be billed in full."""

    def __init__(self) -> None:
        self.reply: ChatReply | None = None
        self.refused = False


class Till:
    """Sets aside and settles for one model at one price."""

    def __init__(self, model: str, price: Price, payments: Payments, halt: Halt) -> None:
        self._model, self._price = model, price
        self.payments, self._halt = payments, halt

    @asynccontextmanager
    async def paying(self, request: ChatRequest) -> AsyncIterator[Bill]:
        """Around one try.

        Raises:
            Stop: it could pass the ceiling, or nothing more is to be sent.
        """
        number = await self.payments.reserve(request_key(self._model, request), self.most_usd(request))
        if self._halt.cause is not None:  # given while this one waited for money
            self.payments.release(number)
            self._halt.check()
        bill = Bill()
        try:
            yield bill
        finally:
            if bill.refused:
                self.payments.release(number)
            elif bill.reply is not None and (bill.reply.input_tokens or bill.reply.output_tokens):
                self.payments.settle(number, self.cost_usd(bill.reply))
            else:
                self.payments.lose(number)

    def most_usd(self, request: ChatRequest, share: float = 1.0) -> float:
        """The most that a request can cost."""
        dearest = max(self._price.input_usd, self._price.cached_usd)
        return (most_tokens(request) * dearest + request.max_tokens * self._price.output_usd) * share / 1e6

    def cost_usd(self, reply: ChatReply) -> float:
        """What a reply cost."""
        tokens = (reply.input_tokens, reply.output_tokens, reply.cached_tokens)
        return self._price.cost_usd(*tokens, share=reply.price_share)
