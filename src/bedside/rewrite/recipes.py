"""Recipes: the prompts by which an LLM rewrites a dialogue, and the reading of its answer.

The system prompt is fixed text (`prompts/*.md`), so that servers can share its prefix; what differs stands in the
user's message. The dialogue is data between marks (`delimiters`): nothing inside it can look like one, so that no
patient can end the data early.
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

from bedside.core.records import (
    ChatMessage,
    Dialogue,
    Emotion,
    FalseBelief,
    Language,
    Message,
    PlannedEmotion,
    Reason,
    Recipe,
    joined,
)
from bedside.rewrite.delimiters import defused, restored, wrapped

__all__ = ["Answer", "NotARewrite", "parse", "prompt", "prompt_hash", "read", "retry_message", "schema_of"]

FILES: dict[Recipe, str] = {
    "comforting answer": "comforting_answer",
    "distressed query": "distressed_query",
    "neutral control": "neutral_control",
    "corrective": "corrective",
}
TURN: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["role", "content"],
    "properties": {"role": {"type": "string", "enum": ["patient", "doctor"]}, "content": {"type": "string"}},
}
MESSAGES: dict[str, Any] = {"messages": {"type": "array", "items": TURN}}
# In this order, so that a model decides on the belief and its basis before it writes.
BELIEF = ("belief", "basis", "correction")
# From this many messages on there are later turns to be kept consistent.
SEVERAL = 3
HAZARD = re.compile(r"^- (?:.*[（(])?([a-z]+)[)）]?\s*[:：]\s*(.+)$", re.MULTILINE)
THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)


class NotARewrite(ValueError):
    """A model's answer that holds no rewrite; the text says why."""


class Answer(msgspec.Struct, frozen=True):
    """A model's rewrite; a corrective one also names the belief, its correction and its basis in the original."""

    messages: tuple[Message, ...]
    belief: str = ""
    correction: str = ""
    basis: str = ""

    @property
    def false_belief(self) -> FalseBelief | None:
        told = FalseBelief(self.belief, self.correction, self.basis)
        return told if any((self.belief, self.correction, self.basis)) else None


def schema_of(recipe: Recipe) -> dict[str, Any]:
    """The JSON schema of the answer."""
    text = {"type": "string"}
    fields = {**dict.fromkeys(BELIEF, text), **MESSAGES} if recipe == "corrective" else MESSAGES
    return {"type": "object", "additionalProperties": False, "required": list(fields), "properties": fields}


def prompt(dialogue: Dialogue, planned: PlannedEmotion, recipe: Recipe) -> tuple[ChatMessage, ...]:
    """The messages that ask for one rewrite."""
    language, several = dialogue.language, len(dialogue.messages) >= SEVERAL
    system = _text(f"{FILES[recipe]}.{language}.md")
    header = [f"emotion: {planned.emotion}", f"intensity: {planned.intensity}", f"mode: {planned.mode}"]
    if hazard := _hazards(language).get(planned.emotion):
        header.append(f"hazard: {hazard}")
    if several:
        system = f"{system}\n\n{_text(f'multi_turn.{language}.md')}"
        header.append(f"turns: {', '.join(m.role for m in dialogue.messages)}")
    harmless = [{"role": m.role, "content": defused(m.content)} for m in dialogue.messages]
    data = wrapped(json.dumps({"messages": harmless}, ensure_ascii=False))
    return ChatMessage("system", system), ChatMessage("user", "\n".join(header) + f"\n\n{data}")


def read(text: str, dialogue: Dialogue) -> Answer:
    """The rewrite in a model's answer, with what was defused for the request as the dialogue has it.

    Raises:
        NotARewrite: the answer holds none.
    """
    answer = parse(text)
    original = joined(dialogue.messages, "patient") + "\n" + joined(dialogue.messages, "doctor")
    messages = tuple(Message(m.role, restored(m.content, original)) for m in answer.messages)
    return msgspec.structs.replace(answer, messages=messages)


def retry_message(reasons: tuple[Reason, ...], language: str) -> ChatMessage:
    """What follows a rewrite that was turned down."""
    template = jinja2.Template(_text(f"retry.{language}.md"))
    return ChatMessage("user", template.render(reasons=[f"({r.side}) {r.detail}" for r in reasons]))


def parse(text: str) -> Answer:
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
            answer = msgspec.convert(value, Answer)
            msgspec.json.encode(answer)
            return answer
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
def _hazards(language: Language) -> dict[Emotion, str]:
    """What must not slip in with each emotion."""
    return dict(HAZARD.findall(_text(f"hazards.{language}.md")))


@cache
def _text(name: str) -> str:
    return resources.files("bedside").joinpath("prompts", name).read_text(encoding="utf-8").strip()
