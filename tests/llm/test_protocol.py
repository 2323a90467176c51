"""Every model keeps the protocol, and its records are values."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from bedside.core.records import ChatMessage
from bedside.llm.endpoint import EndpointModel
from bedside.llm.ledger import Ledger, LedgeredModel
from bedside.llm.model_string import ModelName
from bedside.llm.protocol import ChatModel, ChatReply, ChatRequest, Failure
from bedside.llm.scripted import ScriptedModel

REQUEST = ChatRequest((ChatMessage("user", "hello"),))


def test_a_request_is_greedy_and_plain_unless_told() -> None:
    assert (REQUEST.temperature, REQUEST.schema) == (0.0, None)
    assert ChatReply("hi").finish == "stop"


def test_records_cannot_be_changed_and_are_read_back() -> None:
    with pytest.raises(AttributeError):
        REQUEST.temperature = 1.0  # type: ignore[misc]
    assert msgspec.json.decode(msgspec.json.encode(REQUEST), type=ChatRequest) == REQUEST


def test_models_are_named_and_can_be_closed(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('{"reply": "hi"}\n', encoding="utf-8")
    ledger = Ledger(tmp_path / "r.sqlite")

    async def names() -> list[str]:
        script = ScriptedModel(tmp_path / "s.jsonl")
        models: list[ChatModel] = [
            script,
            LedgeredModel(script, ledger),
            EndpointModel(ModelName("endpoint", "m", "http://127.0.0.1:1/v1")),
        ]
        for model in models:
            await model.close()
        return [model.name for model in models]

    assert asyncio.run(names()) == [f"scripted:{tmp_path / 's.jsonl'}"] * 2 + ["m"]
    ledger.close()


def test_a_failure_is_no_defect_of_the_whole_run() -> None:
    assert issubclass(Failure, Exception)
    assert str(Failure("why")) == "why"
