"""What bedside asks of any model: messages in, text out. Everything that talks to a model does it through this."""

from __future__ import annotations

from typing import Any, Literal, Protocol

import msgspec

from bedside.core.errors import Stop
from bedside.core.records import ChatMessage

__all__ = ["LIMITS", "Cause", "ChatModel", "ChatReply", "ChatRequest", "Failure", "Limits", "Stop"]

# Why a request brought no answer. `refused`: the endpoint would not take this request; `empty`: it answered nothing.
Cause = Literal[
    "timeout", "rate limit", "server", "connection", "broken reply", "empty",
    "refused", "content filter", "context length", "other",
]  # fmt: skip


class ChatRequest(msgspec.Struct, frozen=True):
    """One question to a model. `schema` asks for a JSON object of that shape; `temperature` 0 is greedy.

    `sample` asks the same once more: 0 is the first answer, 1 another one, and so on. It is part of the ledger's key
    and is not sent.
    """

    messages: tuple[ChatMessage, ...]
    temperature: float = 0.0
    max_tokens: int = 512
    schema: dict[str, Any] | None = None
    sample: int = 0


class ChatReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """A model's answer, thinking left out; token counts are the endpoint's own (0 where it does not tell).

    `finish` is `stop`, `length` (cut off at max_tokens), `content filter`, or what else the endpoint said. A model
    that declines has an empty text and says so in `refusal`. `seconds` were spent on it, waits between tries included.
    `price_share` is the share of the full price that it cost: a batch's is lower.
    """

    text: str
    finish: str = "stop"
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    refusal: str = ""
    seconds: float = 0.0
    price_share: float = 1.0


class Failure(Exception):
    """One request that brought no answer after all retries that make sense; the row fails, the run goes on."""

    def __init__(self, message: str, cause: Cause = "other") -> None:
        super().__init__(message)
        self.cause: Cause = cause


class Limits(msgspec.Struct, frozen=True):
    """How long and how many: seconds for one try, seconds for a request with all its tries, most requests at once."""

    timeout_s: float = 120.0
    row_timeout_s: float = 600.0
    concurrency: int = 256


LIMITS = Limits()


class ChatModel(Protocol):
    """A model that answers one request at a time; many may be under way."""

    name: str

    async def reply(self, request: ChatRequest) -> ChatReply:
        """The answer.

        Raises:
            Failure: no answer to this request.
            EndpointError: no answer to any request can be expected.
            Stop: no further request may be made.
        """
        ...

    async def close(self) -> None:
        """Free what the model holds."""
        ...
