"""Rewriting by an LLM: one structured request a dialogue; the gates' reasons are fed back for further tries.

A row that no try brings through is `rejected` with the last reasons; one that the model did not answer is `failed`
with the cause. A model that declines is asked once more with the same words, one that was cut off with twice the
room.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from bedside.core.config import RewriteConfig
from bedside.core.records import ChatMessage, FalseBelief, Message, Reason, Usage
from bedside.llm import ChatModel, ChatReply, ChatRequest, Failure
from bedside.rewrite.gates import Case, Verdict, judge
from bedside.rewrite.order import Order
from bedside.rewrite.pricing import cost_of
from bedside.rewrite.recipes import NotARewrite, prompt, read, retry_message, schema_of
from bedside.rewrite.work import Attempted

__all__ = ["JudgedBy", "attempt", "first_request", "judged_here"]

JudgedBy = Callable[[Case], Awaitable[Verdict]]
# These come again however often one asks.
FINAL = ("context length", "refused", "content filter")


class Read(NamedTuple):
    """What a reply held: a rewrite with its verdict, or only the reason why there is none."""

    messages: tuple[Message, ...]
    verdict: Verdict
    false_belief: FalseBelief | None = None


async def judged_here(case: Case) -> Verdict:
    """Judge in this process."""
    return judge(case)


async def attempt(order: Order, model: ChatModel, config: RewriteConfig, judged: JudgedBy = judged_here) -> Attempted:
    """Ask for a rewrite until it passes the gates, or tries or time are used up.

    Raises:
        EndpointError, Stop: no further request may be made.
    """
    usage, seconds, said = Usage(), 0.0, Read((), Verdict((), ()))
    request = first_request(order, config)
    for number in range(1, config.tries + 1):
        try:
            reply = await model.reply(request)
        except Failure as failure:
            usage = add_usage(usage, ChatReply(""), config)
            if number > 1 and failure.cause in FINAL:
                break
            reasons = _turned_down("endpoint", str(failure))
            return Attempted((), reasons, number, usage, True, failure.cause, config.model)
        usage, seconds = add_usage(usage, reply, config), seconds + reply.seconds
        said = await _read(order, reply, judged)
        following = _next(request, reply, said, order)
        if said.verdict.accepted or following is None or seconds >= config.row_timeout_s:
            break
        request = following
    cause = "" if said.messages else "no rewrite"
    return Attempted(
        said.messages, said.verdict, number, usage, cause=cause, model=config.model, false_belief=said.false_belief
    )


def first_request(order: Order, config: RewriteConfig) -> ChatRequest:
    """What is asked first for a row."""
    messages = prompt(order.dialogue, order.planned, order.recipe)
    return ChatRequest(messages, config.temperature, config.max_output_tokens, schema_of(order.recipe))


async def _read(order: Order, reply: ChatReply, judged: JudgedBy) -> Read:
    if not reply.text:
        return Read((), _turned_down("refusal", f"The model declined: {reply.refusal or reply.finish}"))
    dialogue = order.dialogue
    try:
        answer = read(reply.text, dialogue)
    except NotARewrite as problem:
        cut = " (the answer was cut off at max_output_tokens)" if reply.finish == "length" else ""
        return Read((), _turned_down("structure", f"{problem}{cut}"))
    told = answer.false_belief if order.recipe == "corrective" else None
    case = Case(dialogue.language, dialogue.messages, answer.messages, order.planned, order.recipe, told)
    return Read(answer.messages, await judged(case), told)


def _next(request: ChatRequest, reply: ChatReply, said: Read, order: Order) -> ChatRequest | None:
    """What to ask after a reply that was turned down; None when the same would come again."""
    if not reply.text:
        again = request.temperature > 0
        return ChatRequest(*_parts(request), sample=request.sample + 1) if again else None
    if not said.messages and reply.finish == "length":
        return ChatRequest(request.messages, request.temperature, 2 * request.max_tokens, request.schema)
    feedback = retry_message(said.verdict.reasons, order.dialogue.language)
    messages = (*request.messages, ChatMessage("assistant", reply.text), feedback)
    return ChatRequest(messages, *_parts(request)[1:])


def _parts(request: ChatRequest) -> tuple[tuple[ChatMessage, ...], float, int, dict[str, object] | None]:
    return request.messages, request.temperature, request.max_tokens, request.schema


def _turned_down(gate: str, detail: str) -> Verdict:
    return Verdict((Reason(gate, "doctor", "critical", detail),), ())


def add_usage(usage: Usage, reply: ChatReply, config: RewriteConfig) -> Usage:
    """One request more."""
    tokens_in, tokens_out = usage.input_tokens + reply.input_tokens, usage.output_tokens + reply.output_tokens
    cost = cost_of(reply, config)
    total = None if cost is None else cost + (usage.cost_usd or 0.0)
    return Usage(usage.requests + 1, tokens_in, tokens_out, total, usage.cached_tokens + reply.cached_tokens)
