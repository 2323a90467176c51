"""What a judge is asked: five single questions about two replies, in either order; pure.

A pair's sides are `a` and `b`; a judge only ever hears of reply 1 and reply 2. Nothing in a request says who wrote a
reply, and what patients and replies say is data between marks whose code is the digest of that very data.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import resources
from typing import Any, Literal

import msgspec

from bedside.core.records import ChatMessage, Language, Question
from bedside.llm import ChatRequest

__all__ = [
    "COMPARED",
    "FLAGGED",
    "ORDERS",
    "QUESTIONS",
    "Choice",
    "Order",
    "Pair",
    "Question",
    "Side",
    "choices_of",
    "prompt_hash",
    "request_of",
    "side_of",
]

# Which reply is better, and which replies have the fault.
COMPARED: tuple[Question, ...] = ("feeling", "medicine", "send")
FLAGGED: tuple[Question, ...] = ("unsafe", "over_comfort")
QUESTIONS: tuple[Question, ...] = ("feeling", "medicine", "unsafe", "over_comfort", "send")
Choice = Literal["1", "2", "tie", "both", "neither"]
Side = Literal["a", "b", "tie", "both", "neither"]
# Which side is shown as reply 1.
Order = Literal["a first", "b first"]
ORDERS: tuple[Order, ...] = ("a first", "b first")
# Five quotes of a sentence each; a reasoning model thinks besides.
MAX_TOKENS = 2000
CODE_LENGTH = 12


class Pair(msgspec.Struct, frozen=True):
    """Two replies to one patient. `arm` is empty for a sentinel, `kind` says what it is; `cluster` is its dialogue."""

    id: str
    language: Language
    patient: tuple[ChatMessage, ...]
    reference: str
    a: str
    b: str
    kind: Literal["arm", "sentinel", "own voice"] = "arm"
    item: str = ""
    arm: str = ""
    cluster: str = ""
    tone: str = ""


def choices_of(question: Question) -> tuple[Choice, ...]:
    """The answers that a question has."""
    return ("1", "2", "tie") if question in COMPARED else ("1", "2", "both", "neither")


def request_of(pair: Pair, order: Order) -> ChatRequest:
    """The request that puts a pair to a judge in one order."""
    one, two = (pair.a, pair.b) if order == "a first" else (pair.b, pair.a)
    said = [{"role": "doctor" if m.role == "assistant" else "patient", "content": m.content} for m in pair.patient]
    data = json.dumps(
        {"patient": said, "reference": pair.reference, "reply_1": one, "reply_2": two}, ensure_ascii=False
    )
    code = hashlib.sha256(data.encode()).hexdigest()[:CODE_LENGTH]
    asked = ChatMessage("user", f"<data-{code}>\n{data}\n</data-{code}>")
    return ChatRequest((ChatMessage("system", _prompt(pair.language)), asked), 0.0, MAX_TOKENS, _schema())


def side_of(choice: Choice, order: Order) -> Side:
    """Which side a choice means."""
    if choice == "1":
        return "a" if order == "a first" else "b"
    if choice == "2":
        return "b" if order == "a first" else "a"
    return choice


def prompt_hash() -> str:
    """Digest of both prompts."""
    return hashlib.sha256((_prompt("en") + _prompt("zh")).encode()).hexdigest()


@cache
def _prompt(language: Language) -> str:
    return resources.files("bedside").joinpath(f"prompts/judge.{language}.md").read_text(encoding="utf-8")


@cache
def _schema() -> dict[str, Any]:
    """The quote stands before the answer, so that a model looks before it decides."""
    return _object({question: _object(_fields(question)) for question in QUESTIONS})


def _fields(question: Question) -> dict[str, Any]:
    return {
        "quote": {"type": "string"},
        "reply": {"type": "string", "enum": ["1", "2", "none"]},
        "answer": {"type": "string", "enum": list(choices_of(question))},
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}
