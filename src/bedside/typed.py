"""What the user typed, read: settings of a run, NAME=MODEL, a folder, a text or the file that holds it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from bedside.core.errors import ConfigError, UnknownName, UserMistake

if TYPE_CHECKING:
    from bedside.core.config import MethodConfig

__all__ = ["load_run", "named", "outcome_of", "prompted", "run_folder", "text_or_file"]

# What of a run's files a verdict rests on.
RESTS_ON = {"items.jsonl", "scores.jsonl", "exam.jsonl", "manifest.json"}


def named(text: str) -> tuple[str, str]:
    """NAME=MODEL, taken apart."""
    name, equals, model = text.partition("=")
    if (
        not equals
        or not model
        or not name.replace("-", "").replace("_", "").replace(".", "").replace("@", "").replace("#", "").isalnum()
    ):
        raise ConfigError(f"--arm {text!r} is not NAME=MODEL", remedy="Example: --arm base=local:clinic")
    return name, model


def prompted(arms: dict[str, str], systems: list[str]) -> dict[str, dict[str, str]] | None:
    """The settings of the arms that are given a system prompt, NAME=TEXT or NAME=FILE; None where there is none."""
    given = {}
    for text in systems:
        name, equals, prompt = text.partition("=")
        if not equals or not prompt.strip():
            raise ConfigError(f"--system {text!r} is not NAME=TEXT", remedy="Example: --system prompted=warm.txt")
        if name not in arms:
            raise ConfigError(f"--system {name!r} is no arm", remedy=f"The arms here: {', '.join(arms)}.")
        given[name] = {"model": arms[name], "system_prompt": text_or_file(prompt)}
    return given or None


def run_folder(folder: Path) -> Path:
    """A folder that holds an evaluation."""
    if not (folder / "evaluate").is_dir():
        raise UserMistake(
            "holds no `evaluate` folder", where=str(folder), remedy="Name a run folder such as runs/demo."
        )
    return folder


def outcome_of(run: Path) -> dict[str, Any]:
    """What a run's report holds of claims and verdicts.

    Raises:
        UserMistake: there is no report, it is broken or of an earlier version, or what it rests on has changed since.
    """
    from msgspec.structs import asdict

    from bedside.core.files import read_json
    from bedside.core.records import Verified

    again = f"Make it again: bedside report {run}"
    path = run / "report" / "report.json"
    if not path.is_file():
        raise _no_report(run)
    told = asdict(read_json(path, Verified, again))
    if changed := _changed(run):
        raise UserMistake(f"{changed} is not what this report was made of", where=str(run), remedy=again)
    return told


def _no_report(run: Path) -> UserMistake:
    if not run.exists():
        return UserMistake("no such folder", where=str(run), remedy="Name a run folder such as runs/demo.")
    for outer in run.resolve().parents[:2]:
        if (outer / "report" / "report.json").is_file():
            return UserMistake("lies within a run", where=str(run), remedy=f"Name the run: bedside verify {outer}")
    if not (run / "evaluate").is_dir():
        remedy = "Name a run folder such as runs/demo."
        return UserMistake("holds neither a report nor an evaluation", where=str(run), remedy=remedy)
    return UserMistake("no report here", where=str(run), remedy=f"Make one: bedside report {run}")


def _changed(run: Path) -> str:
    """The first file that a verdict rests on and that is another one now; a report that was sent alone is believed."""
    from bedside.core.files import sha256
    from bedside.core.manifest import read_manifest

    made = read_manifest(run / "report")
    if made is None or not (run / "evaluate").is_dir():
        return ""
    for name, digest in made.inputs.items():
        path = run / name
        if path.name in RESTS_ON and not (path.is_file() and sha256(path) == digest):
            return name
    return ""


def text_or_file(text: str) -> str:
    """The text of a file of that name, or the text itself."""
    path = Path(text)
    try:
        known = "\n" not in text and path.is_file()
    except OSError:  # too long for a name
        known = False
    if not known and path.suffix in (".txt", ".md"):
        raise UserMistake("does not exist", where=text)
    try:
        return path.read_text(encoding="utf-8") if known else text
    except UnicodeDecodeError as error:
        raise UserMistake("is not UTF-8 text", where=text) from error


def load_run(method: str, words: list[str], given: dict[str, Any]) -> tuple[MethodConfig, str, int]:
    """The settings, the base and the seed of one training run.

    They are a YAML file's (the first of `words`, where it holds no `=`), then `key=value` words, then what is `given`;
    the last wins. In the file, `model` and `seed` stand beside the settings.

    Raises:
        ConfigError: what is wrong in the settings.
        UserMistake: no base is named.
    """
    # Imported here: `--help` needs no settings.
    from bedside.core.config import MethodConfig, override, parse_settings, read_settings

    if method not in (methods := get_args(MethodConfig.model_fields["method"].annotation)):
        raise UnknownName("method", method, methods)
    file = Path(words[0]) if words and "=" not in words[0] else None
    values = read_settings(file) if file else {}
    for text in words[1:] if file else words:
        override(values, text)
    values |= {"method": method} | {name: value for name, value in given.items() if value is not None}
    base, seed = values.pop("model", None), values.pop("seed", 0)
    if not isinstance(base, str):
        raise UserMistake("no model to tune is named", remedy="Example: --model local:Qwen/Qwen3-0.6B")
    if not isinstance(seed, int):
        raise ConfigError(f"seed: {seed!r} is no whole number")
    return parse_settings(MethodConfig, values, str(file or "train settings")), base, seed
