"""The verbs that rewrite dialogues and judge rewrites: rewrite, gate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from bedside.verbs.terminal import Json, Out, Seed, Settings, counts_line, finished, say, show, stage_settings

__all__ = ["gate", "rewrite"]


def rewrite(  # noqa: PLR0913 (each is an option)
    source: Annotated[Path, typer.Argument(metavar="DIR_OR_FILE", help="A corpus folder or a file of dialogues.")],
    out: Out,
    model: Annotated[str, typer.Option(help="MODEL that rewrites, or `phrasebook`.")] = "phrasebook",
    limit: Annotated[int | None, typer.Option(help="Rewrite only the first N dialogues.")] = None,
    concurrency: Annotated[int, typer.Option(help="Most requests under way at once.")] = 256,
    estimate: Annotated[bool, typer.Option("--estimate", help="Tell what it would take; make no request.")] = False,
    max_cost: Annotated[float | None, typer.Option(help="Never spend more, in US dollars, on this run in all.")] = None,
    batch: Annotated[bool, typer.Option("--batch", help="By the endpoint's Batch API: within a day, cheaper.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="With --batch: stop it, keep what is answered.")] = False,
    again: Annotated[bool, typer.Option("--retry-failed", help="Try the failed rows of a finished run again.")] = False,
    engine: Annotated[Literal["asyncio", "ray"], typer.Option(help="This process, or many machines.")] = "asyncio",
    settings: Settings = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Dialogues with emotion in the patient's words and comfort in the doctor's, gated."""
    from bedside import rewrite as stage
    from bedside.core.config import RewriteConfig

    given = {"model": model, "limit": limit, "concurrency": concurrency, "max_cost_usd": max_cost, "engine": engine}
    flags = {"batch": batch or cancel, "retry_failed": again}
    config = stage_settings(RewriteConfig, settings, **given, **{name: True for name, on in flags.items() if on})
    if cancel:
        count = stage.cancel_batches(config, out)
        show({"cancelled": count}) if as_json else say(f"{count} batches cancelled; what was answered is kept in {out}")
    elif estimate:
        told = stage.estimate_run(config, seed, source, out)
        show(told.plain()) if as_json else sys.stdout.write("\n".join(told.lines()) + "\n")
    else:
        finished(lambda: stage.build(config, seed, source, out), out, as_json)


def gate(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Rows with an original and its rewrite.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="File for the verdicts.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Put rewrites through the gates."""
    from bedside.rewrite import gate_file

    counts = gate_file(file, out)
    show(counts) if as_json else say(f"{counts_line(counts)} -> {out}")
