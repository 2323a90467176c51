"""Template identity: the token ids that a tokenizer renders for a set of probe conversations, as one hash.

A model tuned with one chat template and asked with another answers worse and nobody sees why; so the hash is taken at
training and compared wherever the model is used. What was rendered at training lies beside the weights, so that a
mismatch can say what differs.
"""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from bedside.core.errors import UserMistake
from bedside.core.files import read_rows, write_rows

__all__ = [
    "PROBES",
    "Rendered",
    "answering",
    "give_template",
    "render_probes",
    "require_same_template",
    "template_hash",
    "write_probes",
]

PROBES = "probes.jsonl"
SHOWN = 60


class Rendered(msgspec.Struct, frozen=True):
    """A probe conversation as a tokenizer renders it. `text` is the template's, `ids` are the tokens."""

    text: str
    ids: tuple[int, ...]


def give_template(tokenizer: Any) -> None:
    """Give bedside's own chat template to a tokenizer that has none (a base model's).

    It is plain text, `Patient:` and `Doctor:`, with the end token after each answer; see docs/training.md.
    """
    if not tokenizer.chat_template:
        tokenizer.chat_template = resources.files("bedside").joinpath("llm/base_template.jinja").read_text("utf-8")


def render_probes(tokenizer: Any, chat_template: str | None = None) -> tuple[Rendered, ...]:
    """Every probe conversation, with the prompt for a reply where the patient spoke last.

    A conversation that the template refuses (some take no system message) is rendered as its refusal.

    Raises:
        UserMistake: the tokenizer has no chat template.
    """
    if not tokenizer.chat_template:
        raise UserMistake(
            "the model's tokenizer has no chat template",
            remedy="Use an instruction-tuned model, or set the tokenizer's chat_template.",
        )
    return tuple(_rendered(tokenizer, messages, chat_template) for messages in _probes())


def answering(tokenizer: Any) -> dict[str, Any]:
    """The options by which a template asks for an answer: no thinking aloud, where a model knows how (Qwen3, GLM, ...).

    bedside trains on answers without thoughts. The templates that know `enable_thinking` open such an answer with empty
    thoughts, in training and with this option in asking alike.
    """
    template = tokenizer.chat_template
    texts = template.values() if isinstance(template, dict) else [template or ""]
    return {"enable_thinking": False} if any("enable_thinking" in text for text in texts) else {}


def _rendered(tokenizer: Any, messages: list[dict[str, str]], chat_template: str | None) -> Rendered:
    from jinja2 import TemplateError

    options: dict[str, Any] = {"add_generation_prompt": messages[-1]["role"] == "user", "chat_template": chat_template}
    try:
        text = tokenizer.apply_chat_template(messages, tokenize=False, **options)
        ids = tokenizer.apply_chat_template(messages, tokenize=True, return_dict=True, **options)["input_ids"]
    except TemplateError as refusal:
        return Rendered(f"refused: {refusal}", ())
    return Rendered(text, tuple(ids))


def template_hash(tokenizer: Any) -> str:
    """Hash of the ids of every probe conversation, with and without the prompt for a reply.

    Raises:
        UserMistake: the tokenizer has no chat template.
    """
    digest = hashlib.sha256()
    for rendered in render_probes(tokenizer):
        digest.update(json.dumps(list(rendered.ids)).encode())
    return digest.hexdigest()[:16]


def write_probes(folder: Path, tokenizer: Any) -> str:
    """Keep what a tokenizer renders beside the weights trained with it; return its hash."""
    write_rows(folder / PROBES, render_probes(tokenizer))
    return template_hash(tokenizer)


def require_same_template(trained: str, tokenizer: Any, where: str) -> None:
    """Stop when a tokenizer does not render what the model in the folder `where` was trained on.

    Raises:
        UserMistake: it does not; the message shows the first probe that differs and where.
    """
    now = template_hash(tokenizer)
    if trained and trained != now:
        raise UserMistake(
            f"the chat template or tokenizer is not the one of training (probe hash {now}, trained with {trained})"
            + _difference(Path(where) / PROBES, tokenizer),
            where=where,
            remedy="Use the tokenizer that lies beside the adapter, or train again.",
        )


def _difference(kept: Path, tokenizer: Any) -> str:
    if not kept.is_file():
        return ""
    pairs = zip(read_rows(kept, Rendered), render_probes(tokenizer), strict=False)
    for number, (before, now) in enumerate(pairs, start=1):
        if before.text != now.text:
            at = _first_difference(before.text, now.text)
            shown = f"\n  trained: {_cut(before.text, at)}\n  now:     {_cut(now.text, at)}"
            return f"\n  probe {number}, from character {at}{shown}"
        if before.ids != now.ids:
            at = _first_difference(before.ids, now.ids)
            return (
                f"\n  probe {number}: the same text in other tokens, from token {at}\n"
                f"  trained: {list(before.ids[at : at + 8])}\n  now:     {list(now.ids[at : at + 8])}"
            )
    return ""


def _first_difference(before: Any, now: Any) -> int:
    pairs = enumerate(zip(before, now, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(before), len(now)))


def _cut(text: str, at: int) -> str:
    """The part around a place, on one line, its spaces visible."""
    begin = max(0, at - SHOWN // 3)
    return ("..." if begin else "") + repr(text[begin : at + SHOWN]) + ("..." if at + SHOWN < len(text) else "")


def _probes() -> list[list[dict[str, str]]]:
    text = resources.files("bedside").joinpath("probes/conversations.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line]
