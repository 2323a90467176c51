"""The verbs that make models and pass them on: train, export, push."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bedside.core.errors import UserMistake
from bedside.typed import load_run
from bedside.verbs.terminal import Json, Out, Settings, counts_line, finished, say, show

if TYPE_CHECKING:
    from bedside.train.dial import Exported

__all__ = ["export", "push", "train"]


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

    from bedside.train import build, preview
    from bedside.train.ranks import is_first

    given = {"model": model, "seed": seed, "start": str(start) if start else None}
    config, base, number = load_run(method, [*(words or []), *(settings or [])], given)
    if estimate:
        told = preview(config, number, source, (base, start), out)
        show(asdict(told)) if as_json else sys.stdout.write("\n".join(told.lines()) + "\n")
    elif is_first():
        finished(lambda: build(config, number, source, (base, start), out), out, as_json)
    else:
        build(config, number, source, (base, start), out)


def export(
    source: Annotated[Path, typer.Argument(metavar="ADAPTER", help="A folder that was trained.")],
    dial: Annotated[
        list[float],
        typer.Option(help="Level from 0 (base) over 1 (tuned) to 1.5; may be given again.", show_default=False),
    ],
    out: Out,
    merge: Annotated[bool, typer.Option("--merge", help="Put the adapter into its base: a whole model.")] = False,
    base: Annotated[
        str | None, typer.Option(help="The base as a MODEL, where it is not where it was.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """A scaled or merged model for transformers, vLLM, llama.cpp or the hub; of several levels, each in DIR/LEVEL."""
    from bedside.train.dial import Plan, check_levels, export
    from bedside.train.run import quiet

    quiet()
    check_levels(dial)
    folders = [out] if len(dial) == 1 else [out / f"{level:g}" for level in dial]
    done = [export(Plan(source, level, merge, base), folder) for level, folder in zip(dial, folders, strict=True)]
    if as_json:
        show([{"name": e.name, "out": str(e.folder), "counts": e.manifest.counts} for e in done])
        return
    for exported in done:
        say(f"{exported.name}: {counts_line(exported.manifest.counts)} -> {exported.folder}")
    print_use(done)


def print_use(done: list[Exported]) -> None:
    """The commands that use what was exported, on stdout."""
    from bedside.train.dial import commands

    sys.stdout.write("\n".join(commands(done)) + "\n")


def push(  # noqa: PLR0913 (each is an option)
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A corpus, rewrite, pairs, trained or exported folder.")
    ],
    repo: Annotated[str, typer.Option(help="OWNER/NAME on the hub.", show_default=False)],
    private: Annotated[bool, typer.Option("--private", help="Make it a private repository.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would be uploaded; ask nothing.")] = False,
    report: Annotated[Path | None, typer.Option(help="A report.json for the model card.", show_default=False)] = None,
    base: Annotated[
        str | None, typer.Option(help="OWNER/NAME of an adapter's base that was a folder.", show_default=False)
    ] = None,
    licence_checked: Annotated[
        bool, typer.Option("--licence-checked", help="You may publish this under its licences.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Publish a data set or a model with its card on the Hugging Face hub."""
    from msgspec.structs import asdict

    from bedside.train.push import Told, plan_push, upload

    planned = plan_push(folder, repo, Told(evaluated(folder, report), base, licence_checked))
    url = "" if dry_run else upload(planned, private)
    if as_json:
        show(asdict(planned) | {"folder": str(folder), "changed": sorted(planned.changed), "url": url})
        return
    for name, size in planned.files.items():
        sys.stdout.write(f"{size:>16,}  {name}\n")
    total = f"{len(planned.files)} files, {sum(planned.files.values()):,} bytes"
    say(f"{total} would go to the {planned.kind} {repo}" if dry_run else f"{total} -> {url}")


def evaluated(folder: Path, report: Path | None) -> str:
    """What the report of a model's run, or the one that was named, says of the arm of the model's name."""
    from bedside.core.manifest import read_manifest
    from bedside.evaluate.model_card import evaluation_of

    made = read_manifest(folder)
    if made is None or made.stage not in ("train", "export"):
        return ""
    model = folder.resolve()
    runs = (model.parent.parent, model.parent)  # runs/NAME/train/ARM, and by hand RUN/ARM
    paths = [run / "report" / "report.json" for run in runs]
    path = report or next((path for path in paths if path.is_file()), None)
    told = evaluation_of(model.name, path) if path else ""
    if report is not None and not told:
        raise UserMistake(f"has no arm {model.name!r}", where=str(report))
    return told
