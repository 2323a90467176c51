"""The verbs that make models and pass them on: train, export, push."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bedside.verbs.terminal import Json, Out, Settings, finished, show

__all__ = ["train"]


def train(  # noqa: PLR0913 (each is an option)
    method: Annotated[str, typer.Argument(help="sft, dpo, kto, orpo or simpo")],
    source: Annotated[Path, typer.Argument(metavar="DIR", help="A pairs folder.")],
    out: Out,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE.yaml] [key=value ...]", help="Settings of the run.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="MODEL to tune: local:PATH-or-hub-name.", show_default=False)
    ] = None,
    start: Annotated[Path | None, typer.Option("--from", help="Folder of an earlier adapter to go on from.")] = None,
    estimate: Annotated[bool, typer.Option("--estimate", help="Print what the run needs, and train nothing.")] = False,
    settings: Settings = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of everything random.  [default: 0]", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Tune a model with one method."""
    from msgspec.structs import asdict

    from bedside.core.config import load_run
    from bedside.train import build, preview

    given = {"model": model, "seed": seed, "start": str(start) if start else None}
    config, base, number = load_run(method, [*(words or []), *(settings or [])], given)
    if estimate:
        told = preview(config, number, source, (base, start), out)
        show(asdict(told)) if as_json else sys.stdout.write("\n".join(told.lines()) + "\n")
    else:
        finished(lambda: build(config, number, source, (base, start), out), out, as_json)
