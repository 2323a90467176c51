"""Manifests: the file that says a stage folder is complete, and with what it was made.

A stage calls `open_stage`; when that returns a manifest, the folder is complete for these very settings and inputs
and there is nothing to do. Otherwise the stage works in the emptied folder and calls `close_stage` last.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from bedside import __version__
from bedside.core.errors import UserMistake
from bedside.core.files import require_file, sha256, write_json

__all__ = [
    "MANIFEST",
    "Manifest",
    "Stage",
    "close_stage",
    "completed",
    "input_hashes",
    "lacks_only",
    "leaving_no_husk",
    "open_stage",
    "read_manifest",
    "reopen",
    "restate",
]

MANIFEST = "manifest.json"
STARTED = ".started.json"


class Manifest(msgspec.Struct, frozen=True):
    """What made a stage folder. `inputs` maps each input's role to its SHA-256; `wall_s` is in seconds.

    `base_weights` is the fingerprint of the weights that an adapter was trained on, where they are known.
    """

    stage: str
    config: dict[str, Any]
    seed: int
    inputs: dict[str, str]
    bedside_version: str = __version__
    model: str = ""
    prompt_hash: str = ""
    template_hash: str = ""
    base_weights: str = ""
    counts: dict[str, int] = {}
    wall_s: float = 0.0


class Stage(msgspec.Struct, frozen=True):
    """A stage folder at work."""

    folder: Path
    manifest: Manifest
    started_s: float


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder, or None where there is none that can be read (the folder is then not complete)."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def completed(folder: Path, planned: Manifest) -> Manifest | None:
    """The manifest of a folder that is complete for these very settings and inputs."""
    done = read_manifest(folder)
    return done if done is not None and _key(_as_planned(done, planned)) == _key(planned) else None


def open_stage(
    folder: Path, planned: Manifest, keep: tuple[str, ...] = (), resume: tuple[str, ...] = ()
) -> Manifest | Stage:
    """The manifest of a folder that is complete for `planned`, or else the emptied folder to work in.

    What is named in `keep` (what was paid for) survives a change of settings; what is named in `resume` survives an
    interruption, as long as the settings and inputs are the same.

    Raises:
        UserMistake: the folder holds files that no bedside stage put there.
    """
    done = completed(folder, planned)
    if done is not None:
        return done
    if folder.exists() and not folder.is_dir():
        raise UserMistake("is a file, a folder was expected", where=str(folder), remedy="Choose another -o folder.")
    if folder.is_dir():
        _clear(folder, (*keep, *resume) if _started(folder) == _key(planned) else keep)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / STARTED, planned)
    return Stage(folder, planned, time.monotonic())


def reopen(folder: Path, planned: Manifest) -> None:
    """Make a folder that is complete for `planned` one that was interrupted."""
    write_json(folder / STARTED, planned)
    (folder / MANIFEST).unlink()


def close_stage(stage: Stage, counts: dict[str, int]) -> Manifest:
    """Write the manifest, last of all; the folder is complete from then on."""
    wall_s = round(time.monotonic() - stage.started_s, 3)
    manifest = msgspec.structs.replace(stage.manifest, counts=counts, wall_s=wall_s)
    write_json(stage.folder / MANIFEST, manifest)
    (stage.folder / STARTED).unlink(missing_ok=True)
    return manifest


@contextmanager
def leaving_no_husk(folder: Path) -> Iterator[None]:
    """A stage that fails before it wrote anything leaves no folder behind that was not there before."""
    created = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        yield
    except BaseException:
        if created and folder.is_dir() and {path.name for path in folder.iterdir()} <= {STARTED}:
            (folder / STARTED).unlink(missing_ok=True)
            for path in created:
                if any(path.iterdir()):
                    break
                path.rmdir()
        raise


def restate(folder: Path, manifest: Manifest) -> Manifest:
    """Put another manifest in the place of a complete folder's own."""
    write_json(folder / MANIFEST, manifest)
    return manifest


def lacks_only(done: Manifest, planned: Manifest, role: str) -> bool:
    """Whether a folder is complete for `planned` but maybe for one input: it has changed, or was not told of then."""
    inputs = {**done.inputs, role: planned.inputs[role]}
    return _key(msgspec.structs.replace(_as_planned(done, planned), inputs=inputs)) == _key(planned)


def input_hashes(**paths: Path) -> dict[str, str]:
    """Each input file's SHA-256 by its role.

    Raises:
        InputFileError: one is missing.
    """
    for path in paths.values():
        require_file(path)
    return {role: sha256(path) for role, path in paths.items()}


def _as_planned(done: Manifest, planned: Manifest) -> Manifest:
    """What the stage itself found out (training: its template's and base's marks) was not known when planned."""
    return msgspec.structs.replace(
        done,
        template_hash=done.template_hash if planned.template_hash else "",
        base_weights=done.base_weights if planned.base_weights else "",
    )


def _key(manifest: Manifest) -> bytes:
    bare = msgspec.structs.replace(manifest, counts={}, wall_s=0.0)
    return msgspec.json.encode(bare, order="sorted")


def _started(folder: Path) -> bytes | None:
    try:
        return _key(msgspec.json.decode((folder / STARTED).read_bytes(), type=Manifest))
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _clear(folder: Path, keep: tuple[str, ...]) -> None:
    ours = read_manifest(folder) is not None or (folder / STARTED).exists()
    if not ours and any(not (keep and path.name.startswith(keep)) for path in folder.iterdir()):
        raise UserMistake(
            "holds files that bedside did not write, so it is not overwritten",
            where=str(folder),
            remedy="Choose another -o folder, or empty this one.",
        )
    # The manifest goes first and the marker stays, so that an interrupted clearing looks neither complete nor foreign.
    write_json(folder / STARTED, {})
    (folder / MANIFEST).unlink(missing_ok=True)
    for path in folder.iterdir():
        if path.name == STARTED or (keep and path.name.startswith(keep)):
            continue
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
