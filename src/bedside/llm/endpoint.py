"""Any OpenAI-compatible endpoint (OpenAI, vLLM, SGLang, Ollama, llama.cpp), with the `openai` SDK over aiohttp.

Only what can succeed is tried again: rate limits (Retry-After pauses all requests), server errors, broken connections
and answers, time-outs. As many requests are under way as the endpoint bears (`capacity`). What it understands is
found out as it is used (`dialect`). The SDK knows the address and the key and carries batches; single
requests go by `wire`, and their answers are read leniently (`answer`).
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from typing import Any, NamedTuple, TypeAlias

import aiohttp
import openai

from bedside.core.errors import EndpointError
from bedside.llm.answer import Duplicates, holds_object, read_answer
from bedside.llm.batch_store import BatchStore
from bedside.llm.batches import Batches, Codec, Sleep
from bedside.llm.capacity import Capacity, Outcome
from bedside.llm.dialect import Dialect, body_of, cause_of_refusal, step_down, step_over
from bedside.llm.halt import Halt
from bedside.llm.model_string import ModelName
from bedside.llm.protocol import LIMITS, Cause, ChatReply, ChatRequest, Failure, Limits
from bedside.llm.till import Bill, Till
from bedside.llm.waits import asked_wait_s, own_wait_s
from bedside.llm.wire import Refused, Wire

__all__ = ["EndpointModel"]

# Tries for faults; an endpoint that says that it is busy is asked more often, for it will have time.
TRIES, BUSY_TRIES = 6, 30
# So many answers in a row that are no JSON object although one was asked for: the form is ignored here.
IGNORED = 5
BUSY = (429, 503, 504, 529)
# Somebody on the way lost patience: the answer may have been written all the same, and be billed.
GAVE_UP = (408, 504)


class Trouble(NamedTuple):
    """A try that brought no answer and may be repeated. `at_once`: in another dialect, it counts as no try."""

    cause: Cause
    message: str
    busy: bool = False
    wait_s: float | None = None
    at_once: bool = False


# What a try came to, and the dialect to go on in.
Said: TypeAlias = tuple[ChatReply | Trouble, Dialect]


class EndpointModel:
    """A model behind an endpoint. The key is read from OPENAI_API_KEY; local servers mostly need none."""

    def __init__(
        self, model: ModelName, limits: Limits = LIMITS, halt: Halt | None = None, till: Till | None = None
    ) -> None:
        self.name = model.name
        self.sent = 0
        self._halt = halt or Halt()
        self._till = till
        self.capacity = Capacity(limits.concurrency, limits.timeout_s, self._halt)
        self.dialect = Dialect()
        self._limits = limits
        self._proven: set[str] = set()
        self._ignored = 0
        self._duplicates = Duplicates()
        self._jitter = random.Random(model.name)
        self._client = _client(model, limits)
        self._wire = Wire(self._client)

    async def reply(self, request: ChatRequest) -> ChatReply:
        """One answer; see `ChatModel.reply`."""
        dialect, tries, spent = self.dialect, 0, 0.0
        loop = asyncio.get_running_loop()
        while True:
            left = self._limits.row_timeout_s - spent
            place = await self.capacity.enter()
            outcome: Outcome = "other"
            said: ChatReply | Trouble | None = None
            try:
                said, dialect = await self._try(request, self._newer(dialect), min(self._limits.timeout_s, left))
                outcome = "replied" if isinstance(said, ChatReply) else "refused" if said.busy else "other"
            finally:
                self.capacity.leave(place, outcome, said.wait_s if isinstance(said, Trouble) else None)
            spent += loop.time() - place.sent_at
            if isinstance(said, ChatReply):
                return self._taken(said, request, dialect, spent)
            tries += not said.at_once
            spent += await self._before_next(said, tries, spent)

    async def _before_next(self, trouble: Trouble, tries: int, spent: float) -> float:
        """Wait for the next try; a pause that the endpoint asked for is waited out at its door, by all."""
        most = BUSY_TRIES if trouble.busy and trouble.cause != "timeout" else TRIES
        if tries >= most:
            raise Failure(f"no answer after {tries} tries: {trouble.message}", trouble.cause)
        wait = 0.0
        if not trouble.at_once and not trouble.wait_s:
            # Where it says "at once" it is believed, but not for ever.
            wait = own_wait_s(tries, self._jitter) if trouble.wait_s is None or tries >= TRIES else 0.0
        if spent + wait >= self._limits.row_timeout_s:
            limit = f"{self._limits.row_timeout_s:g} s (row_timeout_s)"
            raise Failure(f"no answer within {limit}: {trouble.message}", trouble.cause)
        await self._halt.sleep(wait)
        return wait

    async def _try(self, request: ChatRequest, dialect: Dialect, timeout_s: float) -> Said:
        if self._till is None:
            return await self._send(request, dialect, timeout_s, Bill())
        async with self._till.paying(request) as bill:
            return await self._send(request, dialect, timeout_s, bill)

    async def _send(self, request: ChatRequest, dialect: Dialect, timeout_s: float, bill: Bill) -> Said:
        body: Any = body_of(request, self.name, dialect)
        self.sent += 1
        try:
            async with asyncio.timeout(timeout_s):
                data = await self._wire.post("/chat/completions", body)
            reply = bill.reply = read_answer(data, request.schema is not None)
        except Refused as error:
            bill.refused = error.status not in GAVE_UP
            return self._status(error, request, dialect)
        except TimeoutError:
            return Trouble("timeout", f"no answer within {timeout_s:g} s", busy=True), dialect
        except (aiohttp.ClientError, OSError) as error:
            return Trouble("connection", f"{self._wire.base_url}: {str(error) or type(error).__name__}"), dialect
        except Failure as failure:
            return Trouble(failure.cause, str(failure)), dialect
        if self._duplicates.again(data, reply.text):
            return Trouble("broken reply", "the answer to another request"), dialect
        return reply, dialect

    def _status(self, error: Refused, request: ChatRequest, dialect: Dialect) -> tuple[Trouble, Dialect]:
        status, told = error.status, error.message
        if status in (401, 402, 404) or (status == 403 and not self._proven) or "insufficient_quota" in told:
            raise EndpointError(f"{self._wire.base_url}: {told}") from error
        if status in BUSY:
            cause: Cause = "rate limit" if status == 429 else "server"
            return Trouble(cause, told, busy=True, wait_s=asked_wait_s(error.headers)), dialect
        if status in (400, 422) or (status == 500 and "grammar" in told):
            other = self._other_dialect(dialect, request, told)
            if other is not None:
                return Trouble("refused", told, at_once=True), other
        if status >= 500 or status == 408:
            return Trouble("server", told, wait_s=asked_wait_s(error.headers)), dialect
        raise Failure(f"refused: {told}", cause_of_refusal(told)) from error

    def _other_dialect(self, dialect: Dialect, request: ChatRequest, told: str) -> Dialect | None:
        over = step_over(dialect, told)
        if over is not None:
            self.dialect = over
            return over
        if cause_of_refusal(told) != "refused" and self._proven:
            return None
        return step_down(dialect, request, told, dialect.output in self._proven)

    def _newer(self, dialect: Dialect) -> Dialect:
        """What others found out meanwhile, unless this request knows better."""
        known = self.dialect
        order = ("schema", "json", "text")
        return known if order.index(known.output) >= order.index(dialect.output) else dialect

    def _taken(self, reply: ChatReply, request: ChatRequest, dialect: Dialect, spent: float) -> ChatReply:
        """Remember what worked, and whether the form that was asked for was kept to."""
        if request.schema is None:
            self._proven.add("plain")
        else:
            self._proven.add(dialect.output)
            if dialect != self.dialect:
                self.dialect = self._newer(dialect)
            kept = holds_object(reply.text) or reply.finish != "stop" or bool(reply.refusal)
            self._ignored = 0 if kept else self._ignored + 1
            if self._ignored >= IGNORED:
                self._ignored = 0
                self.dialect = step_down(self.dialect, request, "schema", proven=False) or self.dialect
        return ChatReply(
            reply.text, reply.finish, reply.input_tokens, reply.output_tokens,
            reply.cached_tokens, reply.reasoning_tokens, reply.refusal, round(spent, 3),
        )  # fmt: skip

    def batches(self, store: BatchStore, sleep: Sleep) -> Batches:
        """The endpoint's Batch API; requests are put in the dialect that was found out so far."""

        def body(request: ChatRequest) -> dict[str, Any]:
            return body_of(request, self.name, self.dialect)

        def reply(value: dict[str, Any], request: ChatRequest) -> ChatReply:
            return read_answer(json.dumps(value), request.schema is not None)

        return Batches(self._client, Codec(self.name, body, reply), store, sleep=sleep)

    async def close(self) -> None:
        """Close the connections."""
        self.capacity.close()
        await self._wire.close()
        await self._client.close()


def _client(model: ModelName, limits: Limits) -> openai.AsyncOpenAI:
    key = os.environ.get("OPENAI_API_KEY")
    if key is None and model.base_url is None:
        raise EndpointError("openai: needs an API key: set OPENAI_API_KEY")
    return openai.AsyncOpenAI(
        api_key=key or "none",
        base_url=model.base_url,
        max_retries=0,
        timeout=limits.timeout_s,
        http_client=openai.DefaultAioHttpClient(),
    )
