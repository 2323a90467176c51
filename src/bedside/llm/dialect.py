"""What one endpoint understands: which form of structured output, which name of the token limit, whether a temperature.

It is found out by asking: the fullest form first, a step down where the endpoint refuses, and what worked is
remembered.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

from bedside.llm.protocol import Cause, ChatRequest

__all__ = ["Dialect", "body_of", "cause_of_refusal", "step_down", "step_over"]

Output = Literal["schema", "json", "text"]
LOWER: dict[Output, Output] = {"schema": "json", "json": "text"}

# Words of refusals: OpenAI, vLLM, llama.cpp, Ollama, Anthropic's and Azure's compatible endpoints.
ABOUT_FORM = re.compile(r"response_format|json|schema|grammar|guided|structured", re.I)
ABOUT_LENGTH = re.compile(
    r"context.{0,12}(?:length|window|size)|maximum context|too long|too many tokens|exceeds? the (?:available|max)",
    re.I,
)
ABOUT_CONTENT = re.compile(r"content.?(?:filter|policy|management)|moderation|safety system|flagged", re.I)


class Dialect(msgspec.Struct, frozen=True):
    """How a request is put. OpenAI's reasoning models refuse `max_tokens` and any temperature."""

    output: Output = "schema"
    tokens: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: bool = True


def body_of(request: ChatRequest, model: str, dialect: Dialect) -> dict[str, Any]:
    """The request as JSON."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        dialect.tokens: request.max_tokens,
    }
    if dialect.temperature:
        body["temperature"] = request.temperature
    if request.schema is not None and dialect.output == "schema":
        schema = {"name": "answer", "strict": True, "schema": request.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif request.schema is not None and dialect.output == "json":
        body["response_format"] = {"type": "json_object"}
    return body


def step_over(dialect: Dialect, message: str) -> Dialect | None:
    """The dialect without the parameter that a refusal names, or None when it names none."""
    if dialect.tokens == "max_tokens" and "max_completion_tokens" in message:
        return msgspec.structs.replace(dialect, tokens="max_completion_tokens")
    if dialect.temperature and re.search(r"\btemperature\b", message):
        return msgspec.structs.replace(dialect, temperature=False)
    return None


def step_down(dialect: Dialect, request: ChatRequest, message: str, proven: bool) -> Dialect | None:
    """The dialect with the next simpler form of output; None where that can be no cure.

    `proven`: this form has worked here before, so that only a refusal that speaks of forms is about the form.
    """
    if request.schema is None or dialect.output not in LOWER or (proven and not ABOUT_FORM.search(message)):
        return None
    return msgspec.structs.replace(dialect, output=LOWER[dialect.output])


def cause_of_refusal(message: str) -> Cause:
    """Why the endpoint would not take a request."""
    if ABOUT_LENGTH.search(message):
        return "context length"
    return "content filter" if ABOUT_CONTENT.search(message) else "refused"
