"""`scripted:FILE`: a model that answers from a file. For tests and for showing how things look without a model.

Each line is `{"contains": TEXT, "reply": TEXT}`: the first line whose `contains` stands in the last message answers.
With `"fail": true` the request fails.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from bedside.core.files import read_rows
from bedside.llm.protocol import ChatReply, ChatRequest, Failure

__all__ = ["ScriptedModel"]


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reply: str = ""
    contains: str = ""
    fail: bool = False


class ScriptedModel:
    """Answers by its script, at once."""

    def __init__(self, path: Path) -> None:
        self.name = f"scripted:{path}"
        self._lines = tuple(read_rows(path, Line))

    async def reply(self, request: ChatRequest) -> ChatReply:
        """The scripted answer; see `ChatModel.reply`."""
        asked = request.messages[-1].content
        for line in self._lines:
            if line.contains in asked:
                if line.fail:
                    raise Failure("scripted failure", "server")
                return ChatReply(line.reply, output_tokens=len(line.reply.split()))
        raise Failure("no line of the script fits")

    async def close(self) -> None:
        """Nothing to free."""
