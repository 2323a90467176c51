"""The exam of a model that tells no log-probabilities: it is asked for a letter, and the letter is read strictly.

An answer in which no one option is named is unscored, never wrong; so is a request that failed. Answers are kept in the
arm's ledger, so that an interrupted exam asks nothing twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.progress import Advance
from bedside.core.records import ChatMessage, ExamItem, ExamScore, Language, Skin
from bedside.evaluate.answers import ask_each
from bedside.evaluate.letters import option_named
from bedside.evaluate.posing import clinical_text, lettered, pose
from bedside.llm import ChatReply, ChatRequest, Failure

__all__ = ["Sitting", "ask_letters", "letter_request"]

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


def ask_letters(
    model: str, sittings: list[Sitting], system_prompt: str, folder: Path, advance: Advance
) -> list[ExamScore]:
    """The score of every sitting, in order.

    Raises:
        EndpointError, Stop: as `ask_each`.
    """
    asked = [letter_request(sitting, system_prompt) for sitting in sittings]
    answers = ask_each(model, [request for request, _ in asked], folder, advance)
    return [
        _score(sitting, wording, answer) for sitting, (_, wording), answer in zip(sittings, asked, answers, strict=True)
    ]


def _score(sitting: Sitting, wording: int, answer: ChatReply | Failure) -> ExamScore:
    item, choice, unscored = sitting.item, None, ""
    if isinstance(answer, Failure):
        unscored = f"error: {answer}"
    else:
        choice = option_named(answer.text, item.options)
        if choice is None:
            unscored = "cut off" if answer.finish == "length" else "names no one option"
    correct = None if choice is None else choice == item.answer
    return ExamScore(
        item.id, item.source, sitting.skin, wording, (), choice, item.answer, item.belief, correct, unscored
    )
