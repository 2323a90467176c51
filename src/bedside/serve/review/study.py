"""A study on disk: where its folder is, how it is drawn the first time, and who takes part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bedside.core.errors import InputFileError, UserMistake
from bedside.core.records import Rewrite
from bedside.serve.review.draw import draw_pairs, draw_rewrites, drawn_from
from bedside.serve.review.order import order_of
from bedside.serve.review.records import Kind, Settings
from bedside.serve.review.store import Drawing, Store

__all__ = ["Place", "check_names", "invite", "locate", "open_study", "source_changed"]

FILE = "review.sqlite"
# Under the run; an audit of rewrites may go on beside a blind review.
FOLDERS: dict[Kind, str] = {"pairs": "review", "rewrites": "review/rewrites"}
NAME = re.compile(r"[\w][\w .@-]{0,39}")


class Place(NamedTuple):
    """What a study is about (an evaluate folder or a file of rewrites), and the folder of its own files."""

    kind: Kind
    source: Path
    folder: Path

    @property
    def file(self) -> Path:
        """The study's file."""
        return self.folder / FILE


def locate(folder: Path, kind: Kind, out: Path | None) -> Place:
    """Find a run's evaluation or rewrites. The review folder is the run's, for a stage that runs again clears its own.

    Raises:
        UserMistake: it holds neither; told with what to do.
    """
    name = "evaluate" if kind == "pairs" else "rewrite"
    main = "items.jsonl" if kind == "pairs" else "rewrites.jsonl"
    stage = folder if (folder / main).is_file() else folder / name
    run = stage.resolve().parent
    if not (stage / main).is_file():
        remedy = (
            f"bedside evaluate --arm base=MODEL --arm sft=MODEL --items FILE -o {folder / 'evaluate'}"
            if kind == "pairs"
            else f"bedside rewrite DIR_OR_FILE -o {folder}"
        )
        what = "holds no finished evaluation" if kind == "pairs" else "holds no rewrites.jsonl"
        raise UserMistake(what, where=str(folder), remedy=remedy)
    return Place(kind, stage if kind == "pairs" else stage / main, out or run / FOLDERS[kind])


def open_study(place: Place, asked: dict[str, Any]) -> Store:
    """The study of a folder; drawn now, where there is none yet. `asked` are the settings that the user named.

    Raises:
        UserMistake: it cannot be drawn, or was drawn with other settings.
    """
    if not place.file.exists():
        settings = msgspec.convert(asked, Settings)
        drawn = (draw_pairs if place.kind == "pairs" else draw_rewrites)(place.source, settings)
        drawing = Drawing(place.kind, settings, drawn_from(place.source), drawn.same, drawn.left_out)
        Store.create(place.file, drawing, drawn.cases)
    store = Store(place.file)
    was = msgspec.to_builtins(store.drawing.settings)
    other = [
        f"{key} {was[key]!r}, not {value!r}" for key, value in msgspec.to_builtins(asked).items() if was[key] != value
    ]
    if store.drawing.kind != place.kind:
        other = [f"{store.drawing.kind}, not {place.kind}"]
    if other:
        store.close()
        raise UserMistake(
            f"was drawn with {'; '.join(other)}",
            where=str(place.file),
            remedy="Go on with it as it is (leave the option out), or begin another in a folder of its own: --out.",
        )
    return store


def source_changed(store: Store, place: Place) -> bool:
    """Whether the evaluation or the rewrites are others now than those that are rated."""
    try:
        return drawn_from(place.source) != store.drawing.source
    except (OSError, InputFileError):
        return True


def check_names(names: Sequence[str]) -> None:
    """Raise a UserMistake for a name that a reviewer cannot have."""
    for name in names:
        if not NAME.fullmatch(name):
            raise UserMistake(
                f"{name!r} cannot be a reviewer's name", remedy="Up to 40 letters, digits and spaces, e.g. anna,ben."
            )


def invite(store: Store, names: Sequence[str]) -> dict[str, str]:
    """Let new reviewers in; gives the secret part of each one's link. Who is in already keeps the link.

    Raises:
        UserMistake: a name that cannot be one.
    """
    check_names(names)
    subjects = [case.id if isinstance(case, Rewrite) else case.dialogue for case in store.cases()]
    known = set(store.reviewers())
    seed = store.drawing.settings.seed
    return {
        name: store.add_reviewer(name, order_of(subjects, name, seed))
        for name in dict.fromkeys(names)
        if name not in known
    }
