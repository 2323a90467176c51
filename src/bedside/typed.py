"""What the user typed, read: NAME=MODEL, a run's folder, a text or the file that holds it. Knows no verb."""

from __future__ import annotations

from pathlib import Path

from bedside.core.errors import ConfigError, UserMistake

__all__ = ["named", "run_folder", "text_or_file"]


def named(text: str) -> tuple[str, str]:
    """NAME=MODEL, taken apart."""
    name, equals, model = text.partition("=")
    if (
        not equals
        or not model
        or not name.replace("-", "").replace("_", "").replace(".", "").replace("@", "").isalnum()
    ):
        raise ConfigError(f"--arm {text!r} is not NAME=MODEL", remedy="Example: --arm base=local:clinic")
    return name, model


def run_folder(folder: Path) -> Path:
    """A folder that holds an evaluation."""
    if not (folder / "evaluate").is_dir():
        raise UserMistake(
            "holds no `evaluate` folder", where=str(folder), remedy="Name a run folder such as runs/demo."
        )
    return folder


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
