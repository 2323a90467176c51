"""What the test endpoint answers to a request for a rewrite: the dialogue of the prompt, with authored sentences put
in.

It reads what the recipes' prompts hold (a header with the emotion, the dialogue as JSON between marks) and gives the
same answer to the same prompt. To anything else it answers with a sentence.
"""

from __future__ import annotations

import random
import re
from typing import Any

import msgspec

from bedside.core.phrases import LEVEL_NAMES, comfort_lines, paragraphs, phrase_bank
from bedside.core.records import Message, PlannedEmotion
from bedside.core.text import is_chinese, join_sentences

__all__ = ["said_to"]

DIALOGUE = re.compile(r"<dialogue-(\w+)>\s*(\{.*\})\s*</dialogue-\1>", re.DOTALL)
HEADER = re.compile(r"^emotion: (.+)\nintensity: (\d)\nmode: (.+)$", re.MULTILINE)
OTHERWISE = "I hear you. Tell me more about it, and keep to what your doctor has advised."


class _Dialogue(msgspec.Struct):
    messages: list[Message]


def said_to(body: dict[str, Any]) -> str:
    """The text of the answer to a request's body."""
    asked = next((m["content"] for m in body["messages"] if m["role"] == "user"), "")
    found, header = DIALOGUE.search(asked), HEADER.search(asked)
    if found is None or header is None:
        return OTHERWISE
    planned = msgspec.convert((header[1], int(header[2]), header[3]), tuple[Any, int, Any])
    messages = msgspec.json.decode(found[2], type=_Dialogue).messages
    return msgspec.json.encode({"messages": _rewritten(messages, PlannedEmotion(*planned), asked)}).decode()


def _rewritten(messages: list[Message], planned: PlannedEmotion, seed: str) -> list[Message]:
    if planned.emotion == "neutral":
        return messages
    bank, rng = phrase_bank("zh" if is_chinese(messages[0].content) else "en"), random.Random(seed)
    feeling = rng.choice(bank.patient[planned.emotion][LEVEL_NAMES[planned.intensity]].train)
    opening, closing = comfort_lines(bank, planned, rng)
    answers = [place for place, message in enumerate(messages) if message.role == "doctor"]
    texts = [message.content for message in messages]
    texts[0] = join_sentences([texts[0], feeling])
    if answers:
        texts[answers[0]] = paragraphs(opening, [texts[answers[0]]])
        texts[answers[-1]] = paragraphs([texts[answers[-1]]], closing)
    return [Message(message.role, text) for message, text in zip(messages, texts, strict=True)]
