"""What every verb shares: its common options, and what it says on stdout (results) and stderr (messages)."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bedside.core.errors import UserMistake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bedside.core.manifest import Manifest

__all__ = [
    "Json",
    "Out",
    "Port",
    "Seed",
    "Settings",
    "counts_line",
    "finished",
    "require_extra",
    "say",
    "show",
    "stage_settings",
    "until_nobody_reads",
]

Out = Annotated[Path, typer.Option("-o", "--out", help="Folder for the result.", show_default=False)]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Json = Annotated[bool, typer.Option("--json", help="Print a machine-readable summary on stdout.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="A setting of this stage, key=value; may be given again.")
]


def stage_settings(kind: Any, settings: list[str] | None, **given: Any) -> Any:
    """A stage's settings from its options and `--set key=value`."""
    from bedside.core.config import override, parse_settings

    values = {name: value for name, value in given.items() if value is not None}
    for text in settings or []:
        override(values, text)
    return parse_settings(kind, values, "--set")


def require_extra(what: str, extra: str, packages: Sequence[str]) -> None:
    """Raise a UserMistake where packages of an optional extra are not installed."""
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise UserMistake(f"{what} needs {', '.join(missing)}", remedy=f"pip install 'bedside[{extra}]'")


def say(text: str) -> None:
    """A message to the person at the terminal."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def show(value: Any) -> None:
    """A result on stdout, as JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


@contextmanager
def until_nobody_reads() -> Iterator[None]:
    """Print results; a reader that has seen enough (`| head`) does not change the exit code."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def counts_line(counts: dict[str, int]) -> str:
    """Counts as one line."""
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def finished(build: Callable[[], Manifest], out: Path, as_json: bool) -> None:
    """Run a stage, then say what it counted and where its result is."""
    from bedside.core.manifest import leaving_no_husk

    with leaving_no_husk(out):
        manifest = build()
    if as_json:
        show({"stage": manifest.stage, "out": str(out), "counts": manifest.counts, "wall_s": manifest.wall_s})
    else:
        say(f"{manifest.stage}: {counts_line(manifest.counts)} -> {out}")
