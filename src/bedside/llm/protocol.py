"""What bedside asks of any model: messages in, text out. Everything that talks to a model does it through this."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from bedside.core.records import ChatMessage

__all__ = ["ChatModel", "ChatReply", "ChatRequest", "Failure"]


class ChatRequest(msgspec.Struct, frozen=True):
    """One question to a model. `schema` asks for a JSON object of that shape; `temperature` 0 is greedy."""

    messages: tuple[ChatMessage, ...]
    temperature: float = 0.0
    max_tokens: int = 512
    schema: dict[str, Any] | None = None


class ChatReply(msgspec.Struct, frozen=True):
    """A model's answer; `finish` is `stop` or `length`, token counts are the endpoint's own."""

    text: str
    finish: str = "stop"
    input_tokens: int = 0
    output_tokens: int = 0


class Failure(Exception):
    """One request that brought no answer after all retries that make sense; the row fails, the run goes on."""


class ChatModel(Protocol):
    """A model that answers one request at a time; many may be under way."""

    name: str

    async def reply(self, request: ChatRequest) -> ChatReply:
        """The answer.

        Raises:
            Failure: no answer to this request.
            EndpointError: no answer to any request can be expected.
        """
        ...

    async def close(self) -> None:
        """Free what the model holds."""
        ...
