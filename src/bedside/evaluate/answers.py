"""Many requests at once: `ask_each` asks one model and keeps its answers, `all_of` runs any number of coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from bedside.core.progress import Advance
from bedside.llm import ChatReply, ChatRequest, Failure, Ledger, LedgeredModel, open_model

__all__ = ["LEDGER", "all_of", "ask_each"]

Value = TypeVar("Value")
LEDGER = "requests.sqlite"
CONCURRENCY = 16


def ask_each(model: str, requests: Sequence[ChatRequest], folder: Path, advance: Advance) -> list[ChatReply | Failure]:
    """The answer to each request, in order; why there is none where a request failed.

    Answers are kept in the folder's ledger as they come, so that nothing is asked twice by one that goes on.

    Raises:
        EndpointError: no answer to any request can be expected.
        Stop: no further request may be made.
    """
    return asyncio.run(_ask_each(model, requests, folder / LEDGER, advance))


async def _ask_each(
    model: str, requests: Sequence[ChatRequest], ledger: Path, advance: Advance
) -> list[ChatReply | Failure]:
    kept = Ledger(ledger)
    asked = LedgeredModel(open_model(model), kept)
    places = asyncio.Semaphore(CONCURRENCY)

    async def one(request: ChatRequest) -> ChatReply | Failure:
        async with places:
            try:
                answer: ChatReply | Failure = await asked.reply(request)
            except Failure as failure:
                answer = failure
        advance(1, "")
        return answer

    try:
        return await all_of(one(request) for request in requests)
    finally:
        await asked.close()
        kept.close()


async def all_of(work: Iterable[Coroutine[Any, Any, Value]]) -> list[Value]:
    """What each gives, in order; where one raises, the others are cancelled and that is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except* Exception as errors:  # noqa: BLE001 (raised again, as the one cause)
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
