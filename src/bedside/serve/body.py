"""The body of a request for a reply, as OpenAI's clients send it, and what it asks of the model.

What a guard of text cannot read is refused: tools, pictures, log-probabilities, other forms of output. Unknown fields
are ignored. A conversation ends with the patient's message, so that nobody puts the first words into the model's
mouth.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bedside.core.records import ChatMessage
from bedside.llm.pieces import GenerationRequest
from bedside.serve.errors import ApiError
from bedside.serve.levels import HIGHEST
from bedside.serve.options import Limits

__all__ = ["ChatBody", "asked"]

Role = Literal["system", "developer", "user", "assistant"]
Text = Annotated[str, Field(max_length=100_000)]
# Fields that would change what comes back in a way that the guard does not read, and the values that ask for nothing.
REFUSED = (
    "tools", "functions", "tool_choice", "function_call", "logprobs", "top_logprobs", "logit_bias", "response_format",
    "modalities", "audio",
)  # fmt: skip
NOTHING: tuple[Any, ...] = (None, False, 0, [], {}, "none", {"type": "text"}, ["text"])


class Part(BaseModel):
    """A part of a message; only text."""

    type: Literal["text"]
    text: Text


class MessageBody(BaseModel):
    """A message of the conversation."""

    role: Role
    content: Text | Annotated[list[Part], Field(min_length=1, max_length=100)]


class StreamOptions(BaseModel):
    """Whether a last chunk tells the tokens."""

    include_usage: bool | None = None


class ChatBody(BaseModel):
    """`comfort` is the dial, 0 to 1.5. Without a temperature the reply is greedy."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)

    model: Annotated[str, Field(min_length=1, max_length=200)]
    messages: Annotated[list[MessageBody], Field(min_length=1, max_length=200)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    stop: (
        Annotated[str, Field(min_length=1, max_length=100)]
        | Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=4)]
        | None
    ) = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    n: Annotated[int, Field(ge=1, le=128)] | None = None
    comfort: float | None = Field(default=None, description=f"The dial: 0 (base) over 1 (tuned) to {HIGHEST}.")


def asked(body: ChatBody, level: float, limits: Limits) -> GenerationRequest:
    """What the model is asked.

    Raises:
        ApiError: 400 for what cannot be served.
    """
    more = body.model_extra or {}
    for name in REFUSED:
        if not any(more.get(name) is nothing or more.get(name) == nothing for nothing in NOTHING):
            raise ApiError(400, f"{name} is not served here", param=name, code="unsupported_parameter")
    if body.messages[-1].role != "user":
        raise ApiError(400, "the last message must be the patient's (role user)", param="messages")
    if (body.n or 1) > limits.choices:
        raise ApiError(400, f"n is at most {limits.choices}", param="n")
    longest = body.max_completion_tokens or body.max_tokens or limits.max_tokens
    stop = [body.stop] if isinstance(body.stop, str) else body.stop or []
    return GenerationRequest(
        messages=tuple(map(_message, body.messages)),
        temperature=body.temperature or 0.0,
        top_p=1.0 if body.top_p is None else body.top_p,
        max_tokens=min(longest, limits.max_tokens),
        stop=tuple(stop),
        seed=body.seed,
        level=level,
    )


def _message(message: MessageBody) -> ChatMessage:
    content = message.content if isinstance(message.content, str) else "\n".join(part.text for part in message.content)
    role: Literal["system", "user", "assistant"] = "system" if message.role == "developer" else message.role
    return ChatMessage(role, content)
