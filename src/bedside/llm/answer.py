"""Reading an endpoint's answer, whichever server wrote it: OpenAI, vLLM, SGLang, llama.cpp, Ollama, a proxy.

Tolerated: no usage, null content beside `reasoning_content`, content in parts, `<think>` blocks, code fences round
JSON, unknown fields and finish reasons. What holds no answer is told apart from what is broken, because only the
latter is worth asking again.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any

import msgspec

from bedside.llm.protocol import ChatReply, Failure

__all__ = ["Duplicates", "bare", "holds_object", "read_answer"]

THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
# A template that opens the block itself leaves only its end in the answer.
THOUGHT = re.compile(r"\A(?:(?!<think).)*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
FENCE = re.compile(r"\A```[\w-]*[ \t]*\r?\n(.*?)\r?\n?```\Z", re.DOTALL)
FINISH = {"length": "length", "max_tokens": "length", "content_filter": "content filter"}


def read_answer(data: str, wants_object: bool) -> ChatReply:
    """The reply in the body of a completion.

    Raises:
        Failure: `broken reply` (no JSON, not a completion, an error in a 200) or `empty` (no choice, no text).
    """
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Failure(f"the answer is not JSON: {error}", "broken reply") from None
    if not isinstance(value, dict):
        raise Failure("the answer is no completion", "broken reply")
    if value.get("error"):
        raise Failure(f"an error instead of an answer: {str(value['error'])[:300]}", "server")
    choices = value.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = choice.get("message")
    if not isinstance(message, dict):
        raise Failure("the answer holds no choice with a message", "empty")
    return _reply(choice, message, _dict(value.get("usage")), wants_object)


def _reply(choice: dict[str, Any], message: dict[str, Any], usage: dict[str, Any], wants_object: bool) -> ChatReply:
    said = choice.get("finish_reason")
    finish = FINISH.get(said, "stop") if isinstance(said, str) else "stop"
    text = bare(_text(message.get("content")))
    if not text and wants_object:
        # Servers with a reasoning parser sometimes file the whole constrained answer under reasoning.
        thought = bare(_text(message.get("reasoning_content") or message.get("reasoning")))
        text = thought if holds_object(thought) else ""
    refusal = _text(message.get("refusal"))
    if not text and not refusal and finish != "content filter":
        spent = " (all of max_output_tokens went into thinking: raise it)" if finish == "length" else ""
        raise Failure(f"the answer holds no text{spent}", "empty")
    return ChatReply(
        text,
        finish,
        _count(usage, "prompt_tokens"),
        _count(usage, "completion_tokens"),
        _count(_dict(usage.get("prompt_tokens_details")), "cached_tokens"),
        _count(_dict(usage.get("completion_tokens_details")), "reasoning_tokens"),
        refusal,
    )


def bare(text: str) -> str:
    """An answer without its thinking, and without the code fence when all of it stands in one."""
    if "</think" in text or "<think" in text:
        text = THINKING.sub("", THOUGHT.sub("", text))
    text = text.strip()
    fenced = FENCE.match(text)
    return fenced[1].strip() if fenced else text


def holds_object(text: str) -> bool:
    """Whether a text is one JSON object."""
    if not text.startswith("{"):
        return False
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


def _text(content: Any) -> str:
    """The text of a message's content: a string, or parts that hold text."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(p["text"] for p in parts if isinstance(p, dict) and isinstance(p.get("text"), str))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(usage: dict[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) and value > 0 else 0


class Duplicates:
    """Notices an answer that was given before, to another request: the same id and the same words.

    Not every server gives each answer an id of its own, so it is looked at only where ids differ, and for long answers.
    """

    SHORTEST, KEPT = 80, 4096

    def __init__(self) -> None:
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._ids: set[str] = set()

    def again(self, data: str, text: str) -> bool:
        """Whether this answer came before; it is remembered."""
        found = re.search(r'"id"\s*:\s*"([^"]+)"', data)
        if found is None or len(text) < self.SHORTEST:
            return False
        if len(self._ids) < 2:
            self._ids.add(found[1])
        mark = hash((found[1], text))
        again = mark in self._seen and len(self._ids) > 1
        self._seen[mark] = None
        if len(self._seen) > self.KEPT:
            self._seen.popitem(last=False)
        return again
