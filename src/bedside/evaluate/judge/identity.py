"""Whether a judge made the replies that it judges, as far as MODEL strings and training manifests tell.

Names are compared without case, owner and punctuation, so that `Qwen/Qwen3-8B` and an endpoint's `qwen3:8b` are one. A
model served under a name of its own is not recognised; for that the judge's own voice is tried (`trust`).
"""

from __future__ import annotations

import re
from pathlib import Path

from bedside.core.errors import UserMistake
from bedside.core.manifest import read_manifest
from bedside.llm import parse_model

__all__ = ["own_arms"]

# An adapter of an adapter of ...: no chain is longer.
DEEPEST = 8


def own_arms(judge: str, arms: dict[str, str]) -> list[str]:
    """The arms (name -> MODEL) that are the judge, were tuned from it, or that it was tuned from."""
    mine = _lineage(judge)
    return [arm for arm, model in arms.items() if mine & _lineage(model)]


def _lineage(model: str) -> set[str]:
    """The model and what it was tuned from."""
    found: set[str] = set()
    for _ in range(DEEPEST):
        try:
            name = parse_model(model)
        except UserMistake:
            return found | {model}  # evaluated elsewhere, and not here any more
        folder = Path(name.name)
        if name.kind == "scripted" or (name.kind == "local" and folder.is_dir()):
            found.add(f"{name.kind}:{folder.resolve()}")
        else:
            found.add(re.sub(r"\W|_", "", name.name.rsplit("/", 1)[-1].casefold()))
        manifest = read_manifest(folder) if name.kind == "local" else None
        if manifest is None or not manifest.model or manifest.model == model:
            break
        model = manifest.model
    return found
