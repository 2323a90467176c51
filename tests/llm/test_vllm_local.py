"""What is asked of vLLM and read from it, with a stand-in for vLLM."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pytest

from bedside.core.records import ChatMessage
from bedside.llm.protocol import ChatReply, ChatRequest
from bedside.llm.vllm_local import VllmModel

REQUEST = ChatRequest((ChatMessage("user", "a cough"),), 0.5, 30, {"type": "object"})


class Engine:
    """Answers a batch with the last words of each conversation, cut at `max_tokens` words."""

    batches: ClassVar[list[int]] = []

    def __init__(self, model: str) -> None:
        self.model = model

    def chat(self, asked: list[list[dict[str, str]]], sampling: list[Any], use_tqdm: bool) -> list[Any]:
        Engine.batches.append(len(asked))
        if "boom" in asked[0][-1]["content"]:
            raise RuntimeError("out of memory")
        return [self._output(a[-1]["content"].split(), s) for a, s in zip(asked, sampling, strict=True)]

    def _output(self, words: list[str], sampling: Any) -> Any:
        cut = words[: sampling.max_tokens]
        said = SimpleNamespace(
            text=f"{self.model}: {' '.join(cut)}",
            token_ids=cut,
            finish_reason="length" if len(words) > len(cut) else "stop",
        )
        return SimpleNamespace(outputs=[said], prompt_token_ids=words)


@pytest.fixture(params=["StructuredOutputsParams", "GuidedDecodingParams"])
def vllm(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    module, parameters = ModuleType("vllm"), ModuleType("vllm.sampling_params")
    setattr(parameters, request.param, lambda json: ("shape", json))
    module.__dict__.update(
        LLM=Engine, SamplingParams=lambda **given: SimpleNamespace(**given), sampling_params=parameters
    )
    monkeypatch.setitem(sys.modules, "vllm", module)
    Engine.batches.clear()
    return str(request.param)


def test_requests_that_wait_are_one_batch(vllm: str) -> None:
    async def ask() -> list[ChatReply]:
        model = VllmModel("m")
        return await asyncio.gather(*(model.reply(REQUEST) for _ in range(5)))

    assert asyncio.run(ask()) == [ChatReply("m: a cough", "stop", 2, 2)] * 5
    assert Engine.batches == [5]


def test_the_shape_is_asked_for_in_the_words_of_either_version(vllm: str) -> None:
    sampling = VllmModel("m")._sampling(REQUEST)
    name = {"StructuredOutputsParams": "structured_outputs", "GuidedDecodingParams": "guided_decoding"}[vllm]
    assert vars(sampling) == {"temperature": 0.5, "max_tokens": 30, name: ("shape", {"type": "object"})}


def test_an_answer_that_was_cut_says_so_and_an_error_reaches_every_row(vllm: str) -> None:
    model = VllmModel("m")
    cut = ChatRequest((ChatMessage("user", "a b c"),), 0.0, 2)
    assert asyncio.run(model.reply(cut)).finish == "length"

    async def ask() -> list[ChatReply | BaseException]:
        boom = ChatRequest((ChatMessage("user", "boom"),))
        return list(await asyncio.gather(model.reply(boom), model.reply(boom), return_exceptions=True))

    assert [str(error) for error in asyncio.run(ask())] == ["out of memory"] * 2
