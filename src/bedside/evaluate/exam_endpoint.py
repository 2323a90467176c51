"""The exam of a model that tells no log-probabilities: it is asked for a letter, and the letter is read strictly.

An answer in which no one option is named is unscored, never wrong; so is a request that failed. Answers are kept in the
arm's ledger, so that an interrupted exam asks nothing twice.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.progress import Advance
from bedside.core.records import ChatMessage, ExamItem, ExamScore, Language, Skin
from bedside.evaluate.letters import option_named
from bedside.evaluate.posing import clinical_text, lettered, pose
from bedside.llm import ChatModel, ChatRequest, Failure, Ledger, LedgeredModel, open_model

__all__ = ["Sitting", "ask_letters", "letter_request"]

CONCURRENCY = 16
# Enough for a reasoning model to think first; a plain one stops after a letter.
MAX_TOKENS = 1024


class Sitting(NamedTuple):
    """One item in one skin."""

    item: ExamItem
    skin: Skin


def letter_request(sitting: Sitting, system_prompt: str) -> tuple[ChatRequest, int]:
    """The request for a letter, and the place of the wording."""
    item = sitting.item
    posed = pose(item, sitting.skin)
    asks = msgspec.convert(load_yaml("evaluate/exam_asked.yaml"), dict[Language, str])
    text = posed.text
    if lettered(item) not in clinical_text(item):
        text = f"{text.removesuffix('Answer:').rstrip()}\n{lettered(item)}"
    user = ChatMessage("user", f"{text.rstrip()}\n\n{asks[item.language]}")
    system = "\n\n".join(part.strip() for part in (system_prompt, posed.about) if part.strip())
    messages = (ChatMessage("system", system), user) if system else (user,)
    return ChatRequest(messages, 0.0, MAX_TOKENS), posed.wording


async def ask_letters(
    model: str, sittings: list[Sitting], system_prompt: str, ledger: Path, advance: Advance
) -> list[ExamScore]:
    """The score of every sitting, in order.

    Raises:
        EndpointError: no answer to any request can be expected.
        Stop: no further request may be made.
    """
    kept = Ledger(ledger)
    asked = LedgeredModel(open_model(model), kept)
    places = asyncio.Semaphore(CONCURRENCY)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_one(s, system_prompt, asked, places, advance)) for s in sittings]
        return [task.result() for task in tasks]
    except* Exception as errors:  # noqa: BLE001 (raised again, as the one cause)
        raise errors.exceptions[0] from None
    finally:
        await asked.close()
        kept.close()


async def _one(
    sitting: Sitting, system_prompt: str, model: ChatModel, places: asyncio.Semaphore, advance: Advance
) -> ExamScore:
    request, wording = letter_request(sitting, system_prompt)
    choice, unscored = None, ""
    async with places:
        try:
            reply = await model.reply(request)
        except Failure as failure:
            unscored = f"error: {failure}"
        else:
            choice = option_named(reply.text, sitting.item.options)
            if choice is None:
                unscored = "cut off" if reply.finish == "length" else "names no one option"
    advance(1, "")
    item = sitting.item
    correct = None if choice is None else choice == item.answer
    return ExamScore(
        item.id, item.source, sitting.skin, wording, (), choice, item.answer, item.belief, correct, unscored
    )
