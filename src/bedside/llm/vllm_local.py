"""A model in this process by vLLM, for `local:` on a GPU worker where vLLM is installed (it is no dependency).

Requests that wait are answered together, as one batch. Tested against a stand-in for vLLM, not against vLLM itself:
`vllm serve` and its endpoint are the path that is tested through.
"""

from __future__ import annotations

import asyncio
from typing import Any

from bedside.llm.protocol import ChatReply, ChatRequest

__all__ = ["VllmModel"]

# Rows that begin at about the same time make one batch.
GATHER_S = 0.02


class VllmModel:
    """A model's folder or hub name, loaded by vLLM."""

    def __init__(self, path: str) -> None:
        import vllm

        self.name = path
        self._vllm = vllm
        self._model = vllm.LLM(model=path)
        self._waiting: list[tuple[ChatRequest, asyncio.Future[ChatReply]]] = []
        self._task: asyncio.Task[None] | None = None

    async def reply(self, request: ChatRequest) -> ChatReply:
        """One answer; see `ChatModel.reply`."""
        future: asyncio.Future[ChatReply] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve())
        return await future

    async def close(self) -> None:
        """vLLM frees its memory with the process."""

    async def _serve(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            batch, self._waiting = self._waiting, []
            try:
                replies = await asyncio.to_thread(self._answer, [request for request, _ in batch])
            except Exception as error:  # noqa: BLE001 (each row that waits is told)
                for _, future in batch:
                    future.set_exception(error)
                continue
            for (_, future), reply in zip(batch, replies, strict=True):
                if not future.done():
                    future.set_result(reply)

    def _answer(self, requests: list[ChatRequest]) -> list[ChatReply]:
        asked = [[{"role": m.role, "content": m.content} for m in request.messages] for request in requests]
        outputs = self._model.chat(asked, [self._sampling(request) for request in requests], use_tqdm=False)
        return [_reply(output) for output in outputs]

    def _sampling(self, request: ChatRequest) -> Any:
        shaped: dict[str, Any] = {}
        if request.schema is not None:
            parameters = self._vllm.sampling_params
            if hasattr(parameters, "StructuredOutputsParams"):
                shaped["structured_outputs"] = parameters.StructuredOutputsParams(json=request.schema)
            else:  # vLLM before 0.11
                shaped["guided_decoding"] = parameters.GuidedDecodingParams(json=request.schema)
        return self._vllm.SamplingParams(temperature=request.temperature, max_tokens=request.max_tokens, **shaped)


def _reply(output: Any) -> ChatReply:
    said = output.outputs[0]
    return ChatReply(
        text=said.text,
        finish="length" if said.finish_reason == "length" else "stop",
        input_tokens=len(output.prompt_token_ids),
        output_tokens=len(said.token_ids),
    )
