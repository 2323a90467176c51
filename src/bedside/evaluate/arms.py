"""Asking an arm: every item once, greedily; replies are kept as they come, so that an interrupted arm goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bedside.core.config import EvaluateConfig
from bedside.core.files import read_rows, write_rows
from bedside.core.manifest import read_manifest
from bedside.core.progress import Advance, progress
from bedside.core.records import ChatMessage, Item, Reply
from bedside.evaluate.answers import ask_each
from bedside.llm import ChatReply, ChatRequest, Failure, parse_model
from bedside.llm.model_string import ModelName

__all__ = ["PARTS", "ask"]

PARTS = "replies.parts"


def ask(arm: str, model: str, items: list[Item], config: EvaluateConfig, folder: Path) -> list[Reply]:
    """The arm's reply to each item, in the items' order.

    The system prompt that the settings give this arm comes first. A request that fails becomes a reply whose `finish`
    is `error: ...`; it is unscored, never scored as an answer.
    """
    system = _system(arm, config)
    requests = [ChatRequest((*system, *item.messages), 0.0, config.max_new_tokens) for item in items]
    name = parse_model(model)
    with progress(f"ask {arm}", len(items)) as advance:
        if name.kind == "local":
            answered = dict(_ask_local(name, requests, config, folder / PARTS, advance))
            return [_reply(item, answered[i]) for i, item in enumerate(items)]
        return [
            _reply(item, answer) for item, answer in zip(items, ask_each(model, requests, folder, advance), strict=True)
        ]


def _system(arm: str, config: EvaluateConfig) -> tuple[ChatMessage, ...]:
    prompt = config.arms[arm].system_prompt if arm in config.arms else ""
    return (ChatMessage("system", prompt),) if prompt else ()


def _ask_local(
    name: ModelName, requests: list[ChatRequest], config: EvaluateConfig, parts: Path, advance: Advance
) -> Iterator[tuple[int, ChatReply]]:
    """Batches are always composed alike and kept whole, so that going on gives the same replies as not stopping."""
    from bedside.llm.local import LocalModel
    from bedside.llm.template import require_same_template

    model = LocalModel(name.name, level=name.level)
    manifest = read_manifest(Path(name.name))
    if manifest is not None:
        require_same_template(manifest.template_hash, model.tokenizer, name.name)
    order = model.order(requests)
    for number, start in enumerate(range(0, len(order), config.batch_size)):
        chunk = order[start : start + config.batch_size]
        part = parts / f"{number}.jsonl"
        if part.is_file():
            replies = list(read_rows(part, ChatReply))
        else:
            replies = model.generate([requests[i] for i in chunk])
            write_rows(part, replies)
        advance(len(chunk), "")
        yield from zip(chunk, replies, strict=True)


def _reply(item: Item, answer: ChatReply | Failure) -> Reply:
    if isinstance(answer, Failure):
        return Reply(item.id, "", f"error: {answer}", 0)
    return Reply(item.id, answer.text, answer.finish, answer.output_tokens)
