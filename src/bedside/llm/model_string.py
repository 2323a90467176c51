"""MODEL strings: one string names any model.

`local:PATH-or-hub-name` · `openai:NAME` · `http://host:port/v1#NAME` · `scripted:FILE` · `phrasebook` (rewriting only).
`local:clinic` is the embedded tiny model, `local:ADAPTER@0.5` an adapter at that level of the dial. Several endpoints
of one model, for `--engine ray`, stand between commas.
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Literal, NamedTuple

from bedside.core.errors import UserMistake

__all__ = ["ModelName", "endpoints_of", "local_path", "parse_model"]

HIGHEST_LEVEL = 1.5
EXAMPLES = (
    "Examples: local:runs/demo/train/sft, local:Qwen/Qwen3-0.6B, openai:gpt-4o-mini, http://127.0.0.1:8000/v1#NAME, "
    "scripted:replies.jsonl."
)


class ModelName(NamedTuple):
    """A parsed MODEL string. `base_url` is set for endpoints; `name` is a path, a hub name or the endpoint's model.

    `level` is the dial's, 0 (base) to 1.5; 1 is the model as it was tuned.
    """

    kind: Literal["local", "endpoint", "scripted", "phrasebook"]
    name: str
    base_url: str | None = None
    level: float = 1.0


def parse_model(text: str) -> ModelName:
    """Take a MODEL string apart.

    Raises:
        UserMistake: it is none, or it names a file or folder that does not exist.
    """
    if text == "phrasebook":
        return ModelName("phrasebook", text)
    if text.startswith(("http://", "https://")):
        url, _, name = text.partition("#")
        if not name:
            raise UserMistake(f"{text!r} names no model", remedy="Add it after a #: http://host:port/v1#NAME")
        return ModelName("endpoint", name, url)
    kind, colon, name = text.partition(":")
    if colon and name and kind == "openai":
        return ModelName("endpoint", name, None)
    if colon and name and kind == "local":
        path, level = _at_level(name)
        return ModelName("local", local_path(path), level=level)
    if colon and name and kind == "scripted":
        if not Path(name).is_file():
            raise UserMistake("no such file", where=text, remedy="scripted:FILE takes a JSONL file of replies.")
        return ModelName("scripted", name)
    raise UserMistake(f"{text!r} is not a model", remedy=EXAMPLES)


def _at_level(name: str) -> tuple[str, float]:
    """A name and the dial level after its `@`, which a hub name cannot hold and a folder seldom does."""
    path, at, level = name.rpartition("@")
    if not at or Path(name).is_dir():
        return name, 1.0
    try:
        value = float(level)
    except ValueError:
        return name, 1.0
    if not 0 <= value <= HIGHEST_LEVEL:
        raise UserMistake(f"the dial has no level {level}", where=f"local:{name}", remedy="It goes from 0 to 1.5.")
    return path, value


def endpoints_of(text: str) -> tuple[str, ...]:
    """The MODEL strings of several endpoints that serve one model; mostly there is one.

    Raises:
        UserMistake: one is none, or they serve different models, so that nobody could say who wrote a row.
    """
    parts = tuple(re.split(r",(?=https?://)", text))
    names = sorted({parse_model(part).name for part in parts})
    if len(names) > 1:
        raise UserMistake(
            f"the endpoints serve different models: {', '.join(names)}",
            where=text,
            remedy="Several endpoints must serve one model; rewrite with another model into another folder.",
        )
    return parts


def local_path(name: str) -> str:
    """A local model's folder; a hub name (`owner/name`) where there is no such folder.

    Raises:
        UserMistake: it can be neither.
    """
    if name == "clinic":
        return str(resources.files("bedside").joinpath("clinic/model"))
    path = Path(name)
    if path.is_dir():
        if not (path / "config.json").is_file() and not (path / "adapter_config.json").is_file():
            raise UserMistake(
                "holds no model: neither config.json nor adapter_config.json",
                where=name,
                remedy="Name the folder of a model or an adapter.",
            )
        return name
    looks_like_path = name.startswith((".", "/", "~")) or name.count("/") != 1 or path.parent.exists()
    if looks_like_path:
        raise UserMistake("no such model folder", where=f"local:{name}", remedy=f"Check the path. {EXAMPLES}")
    return name
