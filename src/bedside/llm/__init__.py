"""Talking to models: one protocol, MODEL strings, endpoints, local models, a scripted fake, the ledger of replies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bedside.core.errors import UserMistake
from bedside.llm.halt import Halt
from bedside.llm.ledger import Ledger, LedgeredModel
from bedside.llm.model_string import ModelName, endpoints_of, local_path, parse_model
from bedside.llm.protocol import LIMITS, Cause, ChatModel, ChatReply, ChatRequest, Failure, Limits, Stop

if TYPE_CHECKING:
    from bedside.llm.till import Till

__all__ = [
    "Cause",
    "ChatModel",
    "ChatReply",
    "ChatRequest",
    "Failure",
    "Halt",
    "Ledger",
    "LedgeredModel",
    "Limits",
    "ModelName",
    "Stop",
    "endpoints_of",
    "local_path",
    "open_model",
    "parse_model",
]


def open_model(text: str, limits: Limits = LIMITS, halt: Halt | None = None, till: Till | None = None) -> ChatModel:
    """The model that a MODEL string names; once `halt` is given it sends nothing more.

    Raises:
        UserMistake: it is no MODEL string, or it is one that holds no conversation.
        EndpointError: the endpoint cannot be used.
    """
    name = parse_model(text)
    if name.kind == "endpoint":
        from bedside.llm.endpoint import EndpointModel

        return EndpointModel(name, limits, halt, till)
    if name.kind == "local":
        from bedside.llm.local import LocalModel

        return LocalModel(name.name, halt, name.level)
    if name.kind == "scripted":
        from bedside.llm.scripted import ScriptedModel

        return ScriptedModel(Path(name.name))
    raise UserMistake("`phrasebook` rewrites dialogues and holds no conversation")
