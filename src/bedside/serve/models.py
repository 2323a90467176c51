"""What answers behind the endpoint: a model in this process, one behind a URL, or a script; each with its levels."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from bedside.core.errors import UserMistake
from bedside.core.manifest import read_manifest
from bedside.llm import ChatModel, ChatRequest, open_model, parse_model
from bedside.llm.pieces import GenerationRequest, Piece, StreamingModel
from bedside.serve.levels import Levels
from bedside.serve.upstream import Upstream, levels_of, listed_by

__all__ = ["Answerer", "Served", "open_served"]


class Answerer(msgspec.Struct, frozen=True):
    """What the user asked to serve. `upstream` is a base URL; `mapping` its names by level."""

    model: str
    name: str = ""
    upstream: str = ""
    mapping: Mapping[float, str] = {}
    rows: int = 64
    context: int = 8192


class Served(NamedTuple):
    """A model and the levels it has."""

    model: StreamingModel
    levels: Levels


def open_served(asked: Answerer) -> Served:
    """Load the model, or ask what is behind the URL.

    Raises:
        UserMistake: no such model, one with another chat template than at its training, nothing behind the URL.
    """
    if asked.upstream:
        return _upstream(asked.upstream, asked.name or asked.model.removeprefix("local:"), asked.mapping)
    parsed = parse_model(asked.model)
    if parsed.kind == "endpoint":
        if parsed.base_url is None:
            raise UserMistake(
                "is a provider's model, which patients' messages would be sent to", where=asked.model,
                remedy="If that is meant, name it outright: --upstream URL.",
            )  # fmt: skip
        return _upstream(parsed.base_url, asked.name or parsed.name, asked.mapping or {1.0: parsed.name})
    if parsed.kind == "local":
        return _local(parsed.name, asked)
    return Served(Whole(open_model(asked.model)), Levels(asked.name or Path(parsed.name).stem))


def _local(path: str, asked: Answerer) -> Served:
    from bedside.llm.generation import Bounds, Engine
    from bedside.llm.local import load_tokenizer
    from bedside.llm.template import require_same_template

    manifest = read_manifest(Path(path))
    if manifest is not None:
        require_same_template(manifest.template_hash, load_tokenizer(path), path)
    engine = Engine(path, Bounds(rows=asked.rows, context=asked.context))
    own = asked.model.removeprefix("local:")
    name = asked.name or (Path(own).resolve().name if Path(own).is_dir() else own)
    return Served(engine, Levels(name, "any" if engine.dial.turns else "none"))


def _upstream(url: str, name: str, mapping: Mapping[float, str]) -> Served:
    names = dict(mapping) or levels_of(name, listed_by(url))
    if not names:
        raise UserMistake(
            f"{url} serves no model {name!r}", where="--upstream",
            remedy="Say which names it has: --upstream-model 1=NAME --upstream-model 0=BASE.",
        )  # fmt: skip
    if len(names) == 1 and 1.0 in names:
        return Served(Upstream(url, names), Levels(name))
    return Served(Upstream(url, names), Levels(name, "listed", tuple(sorted(names))))


class Whole:
    """A model that answers at once, as one that streams: word by word."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def load(self) -> tuple[int, int]:
        """Not known."""
        return 0, 0

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[Piece]:
        """See `StreamingModel.stream`."""
        reply = await self._model.reply(ChatRequest(request.messages, request.temperature, request.max_tokens))
        for word in reply.text.split(" "):
            yield Piece(word + " ", "", reply.input_tokens, reply.output_tokens)
        yield Piece("", "length" if reply.finish == "length" else "stop", reply.input_tokens, reply.output_tokens)

    async def close(self) -> None:
        """Close the model."""
        await self._model.close()
