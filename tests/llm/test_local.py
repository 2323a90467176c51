"""A local model answers requests of the same moment in one batch, each as it would alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from bedside.core.errors import Stop
from bedside.core.records import ChatMessage
from bedside.llm.halt import Halt
from bedside.llm.local import BATCH, LocalModel
from bedside.llm.protocol import ChatReply, ChatRequest, Failure


def asking(*texts: str, temperature: float = 0.0) -> list[ChatRequest]:
    return [ChatRequest((ChatMessage("user", text),), temperature, 12) for text in texts]


class Watched(LocalModel):
    """Keeps the sizes of its batches; the memory holds `room` requests."""

    room = BATCH

    def generate(self, requests: Sequence[ChatRequest]) -> list[ChatReply]:
        import torch

        if len(requests) > self.room:
            raise torch.OutOfMemoryError("too many")
        self.sizes = [*getattr(self, "sizes", []), len(requests)]
        return super().generate(requests)


@pytest.fixture(scope="module")
def model(random_model: Path) -> Watched:
    return Watched(str(random_model))


def answered(model: Watched, requests: list[ChatRequest]) -> list[ChatReply | BaseException]:
    model.sizes = []

    async def ask() -> list[ChatReply | BaseException]:
        return await asyncio.gather(*(model.reply(request) for request in requests), return_exceptions=True)

    return asyncio.run(ask())


def test_a_batch_answers_as_one_by_one(model: Watched) -> None:
    requests = asking(
        "I have a cough.", "My knee has hurt since I fell on the stairs last week.", "Hello", "Is it flu?"
    )
    alone = [answered(model, [request])[0] for request in requests]
    together = answered(model, requests)
    assert model.sizes == [4]
    assert together == alone
    assert all(isinstance(reply, ChatReply) and reply.input_tokens > 0 for reply in together)


def test_more_than_a_batch_waits_and_other_settings_go_apart(model: Watched) -> None:
    requests = asking(*(f"question {n}" for n in range(BATCH + 3)))
    assert len(answered(model, requests)) == BATCH + 3
    assert model.sizes == [BATCH, 3]
    answered(model, [*asking("a", "b"), *asking("c", temperature=0.5)])
    assert sorted(model.sizes) == [1, 2]


def test_a_batch_that_does_not_fit_is_halved(model: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = asking("a", "b", "c", "d", "e")
    alone = answered(model, requests)
    monkeypatch.setattr(Watched, "room", 2)
    assert answered(model, requests) == alone
    assert model.sizes == [2, 1, 2]
    monkeypatch.setattr(Watched, "room", 0)
    (failure,) = answered(model, requests[:1])
    assert isinstance(failure, Failure)
    assert failure.cause == "context length"


def test_nothing_is_generated_after_the_word_to_stop(random_model: Path) -> None:
    halt = Halt()
    model = Watched(str(random_model), halt)
    halt.give(Stop("enough"))
    (stopped,) = answered(model, asking("a"))
    assert isinstance(stopped, Stop)
    assert model.sizes == []


# As Qwen3's: an answer without thoughts opens with empty ones; asked with `enable_thinking` false, so does the prompt.
THINKING = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' and loop.last %}<think>\n\n</think>\n\n{% endif %}{{ m.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)


def test_a_thinking_model_is_asked_for_the_answer_as_it_was_trained(random_model: Path) -> None:
    from bedside.llm.template import answering

    model = LocalModel(str(random_model))
    assert answering(model.tokenizer) == {}
    model.tokenizer.chat_template = THINKING
    prompt = model._prompt(asking("Is it bad?")[0])
    talk = [{"role": "user", "content": "Is it bad?"}, {"role": "assistant", "content": "No."}]
    assert prompt.endswith("<think>\n\n</think>\n\n")
    assert model.tokenizer.apply_chat_template(talk, tokenize=False) == prompt + "No.<|im_end|>\n"
