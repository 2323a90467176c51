"""Contexts and continuations as token ids, cut at the boundary as lm-eval 0.4 cuts them.

The rules (`TemplateLM._encode_pair` and `HFLM.tok_encode`): spaces at the end of the context go to the continuation;
context and continuation are encoded together, and the tokens beyond those of the context encoded alone are the
continuation's; no second beginning mark is added where the text begins with one; what is too long for the model loses
tokens on the left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

__all__ = ["Asked", "Row", "encode", "max_length_of", "rows_of"]

LENGTH_NAMES = ("n_positions", "max_position_embeddings", "n_ctx")
DEFAULT_LENGTH = 2048
UNSET_LENGTH = 10**12  # tokenizers say "no limit" with 1e30


class Asked(NamedTuple):
    """A context and the continuations whose log-likelihoods are wanted."""

    context: str
    continuations: tuple[str, ...]


class Row(NamedTuple):
    """Tokens that the model reads once, and what is looked up in them.

    A reading is (request, continuation, first position, targets): the log-probability of each target at its position.
    """

    ids: tuple[int, ...]
    readings: list[tuple[int, int, int, tuple[int, ...]]]


def encode(tokenizer: Any, asked: Asked) -> list[tuple[list[int], list[int]]]:
    """The (context, continuation) tokens of each continuation."""
    kept = asked.context.rstrip()
    tail = asked.context[len(kept) :]
    texts = [kept, *(kept + tail + continuation for continuation in asked.continuations)]
    options = {"add_special_tokens": False} if _begins(tokenizer, kept) else {}
    context, *wholes = tokenizer(texts, verbose=False, **options)["input_ids"]
    # A tokenizer that joins the whole continuation to the context's last token leaves nothing to score: that token is.
    cut = [min(len(context), len(whole) - 1) for whole in wholes]
    return [(context[:place], whole[place:]) for place, whole in zip(cut, wholes, strict=True)]


def _begins(tokenizer: Any, text: str) -> bool:
    mark = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    return mark is not None and text.startswith(tokenizer.decode(mark))


def max_length_of(config: Any, tokenizer: Any) -> int:
    """The longest input of a model, in tokens, looked up where lm-eval looks it up."""
    inner = getattr(config, "text_config", None) or config
    told = [getattr(inner, name, None) for name in LENGTH_NAMES]
    length = next((value for value in told if value is not None), tokenizer.model_max_length)
    return int(length) if length and length < UNSET_LENGTH else DEFAULT_LENGTH


def rows_of(tokenizer: Any, asked: Sequence[Asked], longest: int) -> tuple[list[Row], set[int]]:
    """The rows that the model must read, each once, and the requests that were cut on the left.

    Continuations of one token (letters) of the same context are read in the same row.
    """
    rows: dict[tuple[int, ...], Row] = {}
    cut = set()
    for request, one in enumerate(asked):
        for place, (context, continuation) in enumerate(encode(tokenizer, one)):
            whole = context + continuation
            if len(whole) > longest + 1:
                cut.add(request)
                whole, continuation = whole[-(longest + 1) :], continuation[-longest:]
            ids = tuple(whole[:-1])
            row = rows.setdefault(ids, Row(ids, []))
            row.readings.append((request, place, len(ids) - len(continuation), tuple(continuation)))
    return list(rows.values()), cut
