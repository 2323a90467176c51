"""What the guard itself says: versioned texts in English and Chinese, with the lines of the region that is served."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from bedside.core.errors import UserMistake
from bedside.core.phrases import load_yaml
from bedside.core.records import Language

__all__ = ["Lines", "Region", "Replies", "Said", "default_region", "emergency_numbers", "load_region", "replies"]

Said = Literal[
    "crisis_again", "crisis_reminder", "crisis_possible", "emergency", "emergency_again", "same day", "same day_again",
    "false reassurance", "false reassurance_note", "broken dose", "broken dose_note",
]  # fmt: skip


class Lines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to turn, in one language: a name or number to call, and whole sentences."""

    emergency_number: str
    crisis_line: str
    poison_line: str
    abuse_line: str


class Region(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The lines of a region; `checked` is the day on which all of them were."""

    region: str
    en: Lines | None = None
    zh: Lines | None = None
    checked: date | None = None


class Replies(msgspec.Struct, frozen=True):
    """The guard's texts in one language, filled in."""

    version: str
    crisis: dict[str, str]
    texts: dict[str, str]

    def text(self, name: Said) -> str:
        """One text by its name."""
        return self.texts[name]


@cache
def default_region() -> Region:
    """The region that names no number."""
    return msgspec.convert(load_yaml("serve/lines.yaml"), Region)


def load_region(path: Path) -> Region:
    """An operator's lines.

    Raises:
        UserMistake: the file is missing, of another shape, empty somewhere, or does not say when it was checked.
    """
    try:
        region = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Region)
    except OSError as error:
        raise UserMistake(f"cannot be read: {error.strerror}", where=str(path)) from None
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise UserMistake(f"is no file of lines: {error}", where=str(path), remedy="See docs/serve.md.") from None
    if region.checked is None or region.checked > date.today():
        raise UserMistake(
            "does not say when its numbers were checked",
            where=str(path),
            remedy="Call them, then add checked: YYYY-MM-DD.",
        )
    if region.en is None and region.zh is None:
        raise UserMistake("holds no lines, neither en nor zh", where=str(path), remedy="See docs/serve.md.")
    empty = [
        n
        for lines in (region.en, region.zh)
        if lines
        for n, said in msgspec.structs.asdict(lines).items()
        if not said.strip()
    ]
    if empty:
        raise UserMistake(f"{empty[0]} is empty", where=str(path), remedy="Fill it in.")
    return region


def replies(language: Language, region: Region) -> Replies:
    """The texts of a language with a region's lines; the default's where the region has none in that language."""
    data: dict[str, Any] = dict(load_yaml(f"serve/replies/{language}.yaml"))
    slots = msgspec.structs.asdict(_lines(region, language))
    version, crisis = data.pop("version"), data.pop("crisis")
    return Replies(
        version=version if region.region == "default" else f"{version}/{region.region}",
        crisis={kind: text.format(**slots) for kind, text in crisis.items()},
        texts={name: text.format(**slots) for name, text in data.items()},
    )


def emergency_numbers(region: Region) -> dict[Language, str]:
    """Whom to call in an emergency, as each language says it."""
    languages: tuple[Language, ...] = ("en", "zh")
    return {language: _lines(region, language).emergency_number for language in languages}


def _lines(region: Region, language: Language) -> Lines:
    lines: Lines = getattr(region, language) or getattr(default_region(), language)
    return lines
