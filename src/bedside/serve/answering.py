"""One request's replies: the guard's ruling first, then the model's words, each sentence read before it is let go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import NamedTuple

from msgspec.structs import replace

from bedside.core.records import ChatMessage
from bedside.llm.pieces import GenerationRequest, StreamingModel
from bedside.serve.decisions import Decision
from bedside.serve.guard import Guard, Ruling
from bedside.serve.thinking import Thoughtless

__all__ = ["Answer", "Part", "answer", "ruled"]


class Part(NamedTuple):
    """Words of a choice; with `finish` it has ended."""

    choice: int
    text: str
    finish: str = ""


class Answer:
    """What is known of a request's replies, growing as they come."""

    def __init__(self, request: GenerationRequest, ruling: Ruling, choices: int) -> None:
        self.request, self.ruling = request, ruling
        self.texts = [""] * choices
        self.finishes = [""] * choices
        self.later: list[tuple[int, Decision]] = []
        self.input_tokens = 0
        self.output_tokens = [0] * choices
        self.guard_s = 0.0

    @property
    def decisions(self) -> list[Decision]:
        """All that the guard decided."""
        return [*self.ruling.decisions, *(decision for _, decision in self.later)]


async def answer(model: StreamingModel, guard: Guard, so_far: Answer) -> AsyncGenerator[Part]:
    """The parts of all choices as they come; to leave the loop ends them.

    Raises:
        Failure: the model has no answer, or no more of it.
    """
    choices = len(so_far.texts)
    if choices == 1:
        async for part in _choice(model, guard, so_far, 0):
            yield part
        return
    queue: asyncio.Queue[Part | Exception] = asyncio.Queue()
    tasks = [asyncio.create_task(_into(queue, _choice(model, guard, so_far, n))) for n in range(choices)]
    try:
        left = choices
        while left:
            said = await queue.get()
            if isinstance(said, Exception):
                raise said
            left -= bool(said.finish)
            yield said
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _into(queue: asyncio.Queue[Part | Exception], parts: AsyncIterator[Part]) -> None:
    try:
        async for part in parts:
            queue.put_nowait(part)
    except Exception as error:  # noqa: BLE001 (raised again by who reads the queue)
        queue.put_nowait(error)


async def _choice(model: StreamingModel, guard: Guard, so_far: Answer, index: int) -> AsyncIterator[Part]:
    ruling = so_far.ruling
    if ruling.fixed:
        yield _added(so_far, Part(index, ruling.fixed))
        yield _added(so_far, Part(index, "", "stop"))
        return
    if ruling.first:
        yield _added(so_far, Part(index, ruling.first))
    reader, aloud = guard.after(so_far.request.messages, ruling), Thoughtless()
    async with aclosing(model.stream(_seeded(so_far.request, index))) as pieces:
        async for piece in pieces:
            started = time.perf_counter()
            text = reader.feed(aloud.feed(piece.text))
            if piece.finish:
                text += reader.feed(aloud.end()) + reader.end()
            so_far.guard_s += time.perf_counter() - started
            so_far.later += [(index, decision) for decision in reader.taken()]
            if piece.finish:
                so_far.input_tokens, so_far.output_tokens[index] = piece.input_tokens, piece.output_tokens
            if text or piece.finish:
                yield _added(so_far, Part(index, text.rstrip() if piece.finish else text, piece.finish))


def _seeded(request: GenerationRequest, index: int) -> GenerationRequest:
    """Further choices of a seeded request draw otherwise, and again the same next time."""
    return replace(request, seed=request.seed + index) if request.seed is not None and index else request


def _added(so_far: Answer, part: Part) -> Part:
    so_far.texts[part.choice] += part.text
    so_far.finishes[part.choice] = part.finish
    return part


def ruled(guard: Guard, messages: Sequence[ChatMessage]) -> tuple[Ruling, float]:
    """The guard's ruling, and how long it took in seconds."""
    started = time.perf_counter()
    ruling = guard.before(messages)
    return ruling, time.perf_counter() - started
