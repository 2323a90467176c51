"""Talking to models: one protocol, MODEL strings, endpoints, local models, a scripted fake, the ledger of replies."""

from __future__ import annotations

from pathlib import Path

from bedside.core.errors import UserMistake
from bedside.llm.ledger import Ledger, LedgeredModel
from bedside.llm.model_string import ModelName, local_path, parse_model
from bedside.llm.protocol import ChatModel, ChatReply, ChatRequest, Failure

__all__ = [
    "ChatModel",
    "ChatReply",
    "ChatRequest",
    "Failure",
    "Ledger",
    "LedgeredModel",
    "ModelName",
    "local_path",
    "open_model",
    "parse_model",
]


def open_model(text: str, timeout_s: float = 120.0) -> ChatModel:
    """The model that a MODEL string names.

    Raises:
        UserMistake: it is no MODEL string, or it is one that holds no conversation.
        EndpointError: the endpoint cannot be used.
    """
    name = parse_model(text)
    if name.kind == "endpoint":
        from bedside.llm.endpoint import EndpointModel

        return EndpointModel(name, timeout_s)
    if name.kind == "local":
        from bedside.llm.local import LocalModel

        return LocalModel(name.name)
    if name.kind == "scripted":
        from bedside.llm.scripted import ScriptedModel

        return ScriptedModel(Path(name.name))
    raise UserMistake("`phrasebook` rewrites dialogues and holds no conversation")
