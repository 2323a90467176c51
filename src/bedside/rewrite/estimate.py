"""What a run will take, before its first request: requests, tokens, cost, as ranges.

The rows are planned as the run plans them, what is finished or answered already is left out, and the prompts of a
sample are built and measured. How long the rewrites are and how many are turned down is assumed, and measured instead
as soon as this run's ledger holds replies. Thinking of a reasoning model is not known before its first replies.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple, cast

import msgspec

from bedside.core.config import RewriteConfig
from bedside.core.records import Dialogue
from bedside.llm import ChatRequest, Ledger, parse_model
from bedside.llm.prices import Price
from bedside.llm.tokens import TokenMeter, estimate
from bedside.rewrite.batch_run import KeptReplies, Pending
from bedside.rewrite.gates import Case, Verdict
from bedside.rewrite.llm_rewriter import attempt, first_request
from bedside.rewrite.order import Order
from bedside.rewrite.pricing import price_for
from bedside.rewrite.work import Attempted, Audit, Defect, Judge
from bedside.rewrite.workers import Workers

__all__ = ["SAMPLE", "Estimate", "Range", "Rows", "estimated"]

SAMPLE = 200
# Tokens of a rewrite for each token of its original, both as JSON. Of 61 rewrites by a strong model the middle 80 % lie
# between 1.08 and 1.57; all together 1.32 (English) and 1.42 (Chinese).
LENGTHENED = (1.1, 1.6)
# The share of answers that the gates turn down: from a model that keeps to the prompt to one that hardly does.
TURNED_DOWN = (0.05, 0.5)
FEEDBACK_TOKENS = 150
FEWEST_ANSWERS = 30
# OpenAI and others reuse a prompt's beginning from so many tokens on, without being asked.
CACHED_FROM_TOKENS = 1024


class Range(msgspec.Struct, frozen=True):
    """From `low` to `high`."""

    low: float
    high: float


class Rows(NamedTuple):
    """The rows of a run: how many there are and are left, a sample of those, and finished ones to learn from."""

    total: int
    left: int
    sample: list[Order]
    finished: list[tuple[Order, Attempted]]


class Estimate(msgspec.Struct, frozen=True):
    """What a run will take from here. Costs are US dollars, None where no price is known; then `price` says why."""

    rows: int
    finished: int
    requests: Range
    input_tokens: Range
    output_tokens: Range
    cost_usd: Range | None
    price: str
    batch: bool
    sampled: int
    learnt_from: int
    at_least_s: float | None

    def plain(self) -> Any:
        """The estimate for a program."""
        return msgspec.to_builtins(self)

    def lines(self) -> list[str]:
        """The estimate for a person."""
        basis = f"{self.sampled:,} rows sampled" + f", {self.learnt_from:,} answers measured" * bool(self.learnt_from)
        told = [
            f"rows          {self.rows:,}, of which {self.finished:,} are finished",
            f"requests      {_span(self.requests)}",
            f"input tokens  {_span(self.input_tokens)}",
            f"output tokens {_span(self.output_tokens)}",
            f"cost          {_cost(self.cost_usd)}"
            + " through the Batch API" * (self.batch and self.cost_usd is not None),
            f"price         {self.price}",
            f"basis         {basis}",
        ]
        if self.at_least_s:
            time = timedelta(seconds=math.ceil(self.at_least_s))
            told.append(f"time          at least {time} at the full concurrency")
        return told

    def line(self) -> str:
        """The estimate in one line."""
        tokens = f"{_span(self.input_tokens)} tokens in, {_span(self.output_tokens)} out"
        cost = _cost(self.cost_usd) if self.cost_usd else self.price
        return f"estimate: {_span(self.requests)} requests, {tokens}; {cost}"


async def estimated(config: RewriteConfig, rows: Rows, ledger: Ledger) -> Estimate:
    """The estimate for the rows that are left. Makes no request."""
    learnt = _Learnt(config, rows.finished, ledger)
    kept = KeptReplies(learnt.name, ledger)
    waiting = [(order, p.request) for order in rows.sample if (p := await _pending(order, kept, config)) is not None]
    scale = rows.left / len(rows.sample) if rows.sample else 0.0
    low, high = (_Load.of(waiting, learnt, config, end).scaled(scale) for end in (0, 1))
    price = price_for(config)
    share = (price.batch or 1.0) if config.batch and isinstance(price, Price) else 1.0
    cost = None
    if isinstance(price, Price):
        cost = Range(low.cost_usd(price, share, cached=True), high.cost_usd(price, share, cached=False))
    return Estimate(
        rows=rows.total,
        finished=rows.total - rows.left,
        requests=Range(low.requests, high.requests),
        input_tokens=Range(low.input_tokens, high.input_tokens),
        output_tokens=Range(low.output_tokens, high.output_tokens),
        cost_usd=cost,
        price=price.source + _batch_note(config, price) if isinstance(price, Price) else price.why,
        batch=config.batch,
        sampled=len(rows.sample),
        learnt_from=learnt.answers,
        at_least_s=None if config.batch or not learnt.seconds else low.requests * learnt.seconds / config.concurrency,
    )


async def _pending(order: Order, kept: KeptReplies, config: RewriteConfig) -> Pending | None:
    """The request that a row needs next; None when it needs none."""
    here = Workers(0)

    async def judged(case: Case) -> Verdict:
        return cast(Verdict, await here.do(Judge(case)))

    try:
        if config.unsafe_sources or not await here.do(Audit(order.dialogue)):
            await attempt(order, kept, config, judged)
    except Pending as pending:
        return pending
    except Defect:
        return None  # the run will tell
    return None


class _Learnt:
    """What finished rows say about length, rejections and time; the assumptions where they are too few."""

    def __init__(self, config: RewriteConfig, finished: Iterable[tuple[Order, Attempted]], ledger: Ledger) -> None:
        self.name = _model_name(config)
        self.meter = TokenMeter(self.name)
        self.answers, self.seconds = 0, 0.0
        self.lengthened, self.turned_down = LENGTHENED, TURNED_DOWN
        kept, ratios, accepted = KeptReplies(self.name, ledger), [], 0
        for order, done in finished:
            request = first_request(order, config)
            reply = ledger.get(kept.name, request)
            if reply is None or not reply.output_tokens:
                continue
            self.meter.learn(request, reply.input_tokens)
            ratios.append(reply.output_tokens / estimate(_as_json(order.dialogue), self.name))
            self.seconds += reply.seconds
            self.answers += max(1, done.attempts)
            accepted += done.verdict.accepted
        if self.answers >= FEWEST_ANSWERS:
            self.lengthened = _around(sum(ratios) / len(ratios), _error(ratios))
            rejected = 1 - accepted / self.answers
            self.turned_down = _around(rejected, math.sqrt(max(rejected * (1 - rejected), 0.01) / self.answers))
        self.seconds = self.seconds / len(ratios) if ratios else 0.0

    def original_tokens(self, dialogue: Dialogue) -> float:
        """Tokens of the original, as the model would write it."""
        return estimate(_as_json(dialogue), self.name)


class _Load(NamedTuple):
    requests: float
    input_tokens: float
    output_tokens: float
    shared_tokens: float

    @classmethod
    def of(cls, waiting: list[tuple[Order, ChatRequest]], learnt: _Learnt, config: RewriteConfig, end: int) -> _Load:
        """What the sampled rows take at one end of the ranges."""
        again, longer = learnt.turned_down[end], learnt.lengthened[end]
        total = cls(0.0, 0.0, 0.0, 0.0)
        for order, request in waiting:
            asked = learnt.meter.request(request)
            shared = learnt.meter.request(ChatRequest(request.messages[:1]))
            written = min(longer * learnt.original_tokens(order.dialogue), request.max_tokens)
            tries_left = max(1, config.tries - (len(request.messages) - 2) // 2)
            for number in range(tries_left):
                weight = again**number
                read = asked + number * (written + FEEDBACK_TOKENS)
                total = total.plus(weight, weight * read, weight * written, weight * shared)
        return total

    def plus(self, *more: float) -> _Load:
        return _Load(*(a + b for a, b in zip(self, more, strict=True)))

    def scaled(self, factor: float) -> _Load:
        return _Load(*(part * factor for part in self))

    def cost_usd(self, price: Price, share: float, cached: bool) -> float:
        """The cost; with `cached`, servers reuse the shared beginning of the prompts where it is long enough."""
        reused = cached and self.requests > 0 and self.shared_tokens / self.requests >= CACHED_FROM_TOKENS
        return price.cost_usd(self.input_tokens, self.output_tokens, self.shared_tokens * reused, share)


def _model_name(config: RewriteConfig) -> str:
    model = parse_model(config.model)
    return f"scripted:{model.name}" if model.kind == "scripted" else model.name


def _batch_note(config: RewriteConfig, price: Price) -> str:
    if not config.batch:
        return ""
    return (
        f"; a batch costs {price.batch:.0%} of it" if price.batch else "; what a batch costs is not known: full price"
    )


def _as_json(dialogue: Dialogue) -> str:
    messages: Any = msgspec.to_builtins(dialogue.messages)
    return json.dumps({"messages": messages}, ensure_ascii=False)


def _around(middle: float, error: float) -> tuple[float, float]:
    return max(0.0, middle - 2 * error), middle + 2 * error


def _error(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values) / max(1, len(values) - 1))


def _span(numbers: Range) -> str:
    low, high = (_rounded(number) for number in (numbers.low, numbers.high))
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _rounded(number: float) -> int:
    """Three digits that mean something."""
    return int(float(f"{number:.3g}"))


def _cost(cost: Range | None) -> str:
    return "not known" if cost is None else f"${cost.low:,.2f} to ${cost.high:,.2f}"
