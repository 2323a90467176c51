"""A scripted model answers by the first line that fits the last message."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bedside.core.errors import InputFileError
from bedside.core.files import write_rows
from bedside.core.records import ChatMessage
from bedside.llm.protocol import ChatReply, ChatRequest, Failure
from bedside.llm.scripted import ScriptedModel


def scripted(folder: Path, *lines: dict[str, Any]) -> ScriptedModel:
    write_rows(folder / "script.jsonl", lines)
    return ScriptedModel(folder / "script.jsonl")


def said(model: ScriptedModel, *texts: str) -> ChatReply:
    return asyncio.run(model.reply(ChatRequest(tuple(ChatMessage("user", text) for text in texts))))


def test_the_first_line_that_fits_answers(tmp_path: Path) -> None:
    model = scripted(
        tmp_path, {"contains": "cough", "reply": "Drink tea."}, {"contains": "co", "reply": "?"}, {"reply": "Rest."}
    )
    assert said(model, "a cough") == ChatReply("Drink tea.", output_tokens=2)
    assert said(model, "a cold").text == "?"
    assert said(model, "fever").text == "Rest."


def test_only_the_last_message_is_looked_at(tmp_path: Path) -> None:
    model = scripted(tmp_path, {"contains": "cough", "reply": "Tea."}, {"reply": "Rest."})
    assert said(model, "a cough", "a fever").text == "Rest."


def test_a_line_may_fail_and_none_may_fit(tmp_path: Path) -> None:
    model = scripted(tmp_path, {"contains": "cough", "fail": True}, {"contains": "cold", "reply": "Tea."})
    with pytest.raises(Failure, match="scripted failure"):
        said(model, "a cough")
    with pytest.raises(Failure, match="no line"):
        said(model, "a fever")


def test_a_misspelt_script_is_told_by_line(tmp_path: Path) -> None:
    with pytest.raises(InputFileError) as caught:
        scripted(tmp_path, {"reply": "a"}, {"replies": "b"})
    assert caught.value.where == f"{tmp_path / 'script.jsonl'}:2"
