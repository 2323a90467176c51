"""Rewriting by an LLM: one structured request a dialogue; the gates' reasons are fed back for further tries.

A row that no try brings through is `rejected` with the last reasons; one that the model never answered is `failed`.
"""

from __future__ import annotations

import msgspec

from bedside.core.config import RewriteConfig
from bedside.core.records import ChatMessage, Dialogue, FalseBelief, Message, PlannedEmotion, Reason, Recipe, Usage
from bedside.llm import ChatModel, ChatRequest, Failure
from bedside.rewrite.gates import Case, Verdict, judge
from bedside.rewrite.recipes import NotARewrite, prompt, read, retry_message, schema_of

__all__ = ["Attempted", "attempt"]


class Attempted(msgspec.Struct, frozen=True):
    """How far the tries came: the last rewrite (empty when there was none) and its verdict."""

    messages: tuple[Message, ...]
    verdict: Verdict
    attempts: int
    usage: Usage
    failed: bool = False
    false_belief: FalseBelief | None = None


async def attempt(
    dialogue: Dialogue, planned: PlannedEmotion, recipe: Recipe, model: ChatModel, config: RewriteConfig
) -> Attempted:
    """Ask for a rewrite until it passes the gates or the tries are used up."""
    asked = prompt(dialogue, planned, recipe)
    messages: tuple[Message, ...] = ()
    told: FalseBelief | None = None
    usage, verdict = Usage(), Verdict((), ())
    for number in range(1, config.tries + 1):
        request = ChatRequest(asked, config.temperature, config.max_output_tokens, schema_of(recipe))
        try:
            reply = await model.reply(request)
        except Failure as failure:
            return Attempted((), _turned_down("endpoint", str(failure)), number, _add(usage, 0, 0, config), failed=True)
        usage = _add(usage, reply.input_tokens, reply.output_tokens, config)
        try:
            answer = read(reply.text, dialogue)
            messages, told = answer.messages, answer.false_belief if recipe == "corrective" else None
            verdict = judge(Case(dialogue.language, dialogue.messages, messages, planned, recipe, told))
        except NotARewrite as problem:
            cut = " (the answer was cut off at max_output_tokens)" if reply.finish == "length" else ""
            messages, told, verdict = (), None, _turned_down("structure", f"{problem}{cut}")
        if verdict.accepted:
            break
        asked = (
            *asked,
            ChatMessage("assistant", reply.text),
            retry_message(verdict.reasons, dialogue.language),
        )
    return Attempted(messages, verdict, number, usage, false_belief=told)


def _turned_down(gate: str, detail: str) -> Verdict:
    return Verdict((Reason(gate, "doctor", "critical", detail),), ())


def _add(usage: Usage, read: int, written: int, config: RewriteConfig) -> Usage:
    tokens_in, tokens_out = usage.input_tokens + read, usage.output_tokens + written
    cost = None
    if config.input_price_usd is not None and config.output_price_usd is not None:
        cost = (tokens_in * config.input_price_usd + tokens_out * config.output_price_usd) / 1e6
    return Usage(usage.requests + 1, tokens_in, tokens_out, cost)
