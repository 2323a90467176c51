"""Recipes: the prompts by which an LLM rewrites a dialogue, and the reading of its answer.

The system prompt is fixed text (`prompts/*.md`), so that servers can share its prefix; what differs stands in the
user's message. The dialogue is data between tags: a tag inside it is defused, so that no patient can end the
data early.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from importlib import resources
from typing import Any

import jinja2
import msgspec

from bedside.core.records import ChatMessage, Dialogue, Message, PlannedEmotion, Reason, Recipe

__all__ = ["SCHEMA", "NotARewrite", "parse", "prompt", "prompt_hash", "retry_message"]

FILES: dict[Recipe, str] = {
    "comforting answer": "comforting_answer",
    "distressed query": "distressed_query",
    "neutral control": "neutral_control",
    "corrective": "corrective",
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["messages"],
    "properties": {
        "messages": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["role", "content"],
                "properties": {
                    "role": {"type": "string", "enum": ["patient", "doctor"]},
                    "content": {"type": "string"},
                },
            },
        }
    },
}
THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
TAG = re.compile(r"<(/?)(dialogue)", re.IGNORECASE)


class NotARewrite(ValueError):
    """A model's answer that holds no rewrite; the text says why."""


class _Answer(msgspec.Struct):
    messages: tuple[Message, ...]


def prompt(dialogue: Dialogue, planned: PlannedEmotion, recipe: Recipe) -> tuple[ChatMessage, ...]:
    """The messages that ask for one rewrite."""
    header = f"emotion: {planned.emotion}\nintensity: {planned.intensity}\nmode: {planned.mode}"
    data = TAG.sub(r"&lt;\1\2", json.dumps({"messages": msgspec.to_builtins(dialogue.messages)}, ensure_ascii=False))
    user = f"{header}\n\n<dialogue>\n{data}\n</dialogue>"
    return (
        ChatMessage("system", _text(f"{FILES[recipe]}.{dialogue.language}.md")),
        ChatMessage("user", user),
    )


def retry_message(reasons: tuple[Reason, ...], language: str) -> ChatMessage:
    """What follows a rewrite that was turned down."""
    template = jinja2.Template(_text(f"retry.{language}.md"))
    return ChatMessage("user", template.render(reasons=[f"({r.side}) {r.detail}" for r in reasons]))


def parse(text: str) -> tuple[Message, ...]:
    """The rewrite in a model's answer; thinking, code fences and words around the JSON object are passed over.

    Raises:
        NotARewrite: there is no such object.
    """
    bare = THINKING.sub("", text)
    decoder = json.JSONDecoder()
    problem = "there is no JSON object in the answer"
    for start in (m.start() for m in re.finditer(r"\{", bare)):
        try:
            value, _ = decoder.raw_decode(bare, start)
            messages = msgspec.convert(value, _Answer).messages
            "".join(m.content for m in messages).encode()
            return messages
        except json.JSONDecodeError as error:
            problem = f"the JSON is broken: {error.msg}"
        except msgspec.ValidationError as error:
            problem = f"the JSON is not a rewrite: {error}"
        except UnicodeEncodeError:
            problem = "a character is broken in two (half a surrogate pair)"
        except RecursionError:
            problem = "the JSON is nested too deeply"
        except ValueError as error:
            problem = f"the JSON cannot be held: {error}"
        if start > 2000:
            break
    raise NotARewrite(problem)


@cache
def prompt_hash() -> str:
    """Hash of all prompt files: part of a rewrite's provenance."""
    folder = resources.files("bedside").joinpath("prompts")
    names = sorted(p.name for p in folder.iterdir() if p.name.endswith(".md"))
    return hashlib.sha256("\0".join(_text(name) for name in names).encode()).hexdigest()[:16]


@cache
def _text(name: str) -> str:
    return resources.files("bedside").joinpath("prompts", name).read_text(encoding="utf-8").strip()
