"""What is asked of a model that streams, and what comes: the contract between serving and whatever generates."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import NamedTuple, Protocol

import msgspec

from bedside.core.records import ChatMessage

__all__ = ["GenerationRequest", "Piece", "StreamingModel"]


class GenerationRequest(msgspec.Struct, frozen=True):
    """One reply to a conversation. `level` is the dial's; without a seed draws differ each time."""

    messages: tuple[ChatMessage, ...]
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 512
    stop: tuple[str, ...] = ()
    seed: int | None = None
    level: float = 1.0


class Piece(NamedTuple):
    """A stretch of a reply; the last one has `finish`: `stop` or `length`. Token counts are totals so far."""

    text: str
    finish: str = ""
    input_tokens: int = 0
    output_tokens: int = 0


class StreamingModel(Protocol):
    """A model that says its reply piece by piece; many replies may be under way."""

    @property
    def load(self) -> tuple[int, int]:
        """Replies under way, and requests that wait; zeros where it is not known."""
        ...

    def stream(self, request: GenerationRequest) -> AsyncGenerator[Piece]:
        """The reply as it comes; to leave the loop ends the request.

        Raises:
            Failure: no answer, or no more of it.
        """
        ...

    async def close(self) -> None:
        """Free what the model holds."""
        ...
