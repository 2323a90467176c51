"""Which rows a run reads: those of which every conversation can be rendered, has an answer and fits; none is cut.

The others are written to `rejected.jsonl`, each with its reason; rows read = examples + rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec
from jinja2 import TemplateError

from bedside.core.config import MethodConfig
from bedside.core.errors import UserMistake
from bedside.core.records import ChatMessage

__all__ = ["Examples", "Unfit", "fitting"]

Row = TypeVar("Row")
Talk = tuple[ChatMessage, ...]
Reason = Literal["too_long", "no_answer", "template_refuses"]


class Unfit(msgspec.Struct, frozen=True):
    """A row that is not trained on."""

    id: str
    kind: str
    reason: Reason
    detail: str


class Examples(NamedTuple, Generic[Row]):
    """The rows to train on, the tokens of each (of all its conversations), the longest conversation, and the rest."""

    rows: list[Row]
    lengths: list[int]
    longest: int
    rejected: list[Unfit]

    def counts(self) -> dict[str, int]:
        """Rows read and what became of them."""
        read = len(self.rows) + len(self.rejected)
        return {"rows": read, "examples": len(self.rows), "rejected": len(self.rejected)}


def fitting(
    rows: list[Row],
    talks: Callable[[Row], Iterable[Talk]],
    tokenizer: Any,
    config: MethodConfig,
    extra_tokens: int = 0,
) -> Examples[Row]:
    """Sort rows into those that can be trained on whole and the others.

    `talks` gives a row's conversations; `extra_tokens` is what the trainer adds to one.

    Raises:
        UserMistake: none is left.
    """
    kept, lengths, rejected, longest = [], [], [], 0
    for row in rows:
        measured = _measure(list(talks(row)), tokenizer, config.max_length - extra_tokens)
        if isinstance(measured, tuple):
            rejected.append(Unfit(getattr(row, "id", ""), getattr(row, "kind", ""), *measured))
        else:
            kept.append(row)
            lengths.append(sum(measured))
            longest = max(longest, *measured)
    if not kept:
        raise _nothing_left(rejected, config.max_length)
    return Examples(kept, lengths, longest + extra_tokens, rejected)


def _measure(talks: list[Talk], tokenizer: Any, room: int) -> list[int] | tuple[Reason, str]:
    lengths = []
    for talk in talks:
        if not any(m.role == "assistant" for m in talk) or any(
            m.role == "assistant" and not m.content.strip() for m in talk
        ):
            return "no_answer", "a conversation holds no answer of the doctor, or an empty one"
        try:
            ids = tokenizer.apply_chat_template(msgspec.to_builtins(talk), tokenize=True, return_dict=True)["input_ids"]
        except TemplateError as error:
            return "template_refuses", str(error)
        if len(ids) > room:
            return "too_long", f"{len(ids)} tokens, {room} fit"
        lengths.append(len(ids))
    return lengths


def _nothing_left(rejected: list[Unfit], max_length: int) -> UserMistake:
    first = rejected[0] if rejected else None
    why = f"; the first: {first.reason}, {first.detail}" if first else ""
    return UserMistake(
        f"none of the {len(rejected)} examples fits into max_length {max_length}{why}",
        remedy="Raise max_length, as far as the model's context allows, or mend the examples.",
    )
