"""Marks around the dialogue in a prompt, and look-alikes of such marks in a patient's words made harmless.

The code in the marks is drawn from the dialogue's own content: it differs for each dialogue, nobody can write it into
the text that it is the digest of, and the same dialogue gives the same request. Pure.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from bedside.core.phrases import load_yaml

__all__ = ["defused", "restored", "wrapped"]

CODE_LENGTH = 12


class _Tags(NamedTuple):
    """`suspect` finds a character that may open a tag; `alike` makes look-alikes plain; `tag` finds openings."""

    suspect: re.Pattern[str]
    alike: dict[int, str]
    tag: re.Pattern[str]


def wrapped(data: str) -> str:
    """The data between an opening and a closing mark, each on a line of its own."""
    code = hashlib.sha256(data.encode()).hexdigest()[:CODE_LENGTH]
    return f"<dialogue-{code}>\n{data}\n</dialogue-{code}>"


def defused(text: str) -> str:
    """The text with the first character of everything that looks like a tag written as an entity; the rest as it is.

    `&lt;` for an angle, `&#91;` for a square bracket; where an entity or an escape stood, its own first character.
    """
    parts, done = [], 0
    for start, _, entity in _found(text):
        parts += [text[done:start], entity]
        done = start + 1
    return "".join((*parts, text[done:]))


def restored(text: str, original: str) -> str:
    """A model's text in which the tags that it copied from the defused original are as the original has them."""
    for start, end, entity in _found(original):
        text = text.replace(entity + original[start + 1 : end], original[start:end])
    return text


def _found(text: str) -> Iterator[tuple[int, int, str]]:
    """Start and end of each look-alike of a tag's opening, and what is written for its first character."""
    tags = _tags()
    if not tags.suspect.search(text):
        return
    plain, places = _plain(text, tags.alike)
    for match in tags.tag.finditer(plain):
        yield places[match.start()], places[match.end() - 1] + 1, _entity(plain[match.start()])


def _entity(opening: str) -> str:
    return {"<": "&lt;", "[": "&#91;", "&": "&amp;"}.get(opening, f"&#{ord(opening)};")


def _plain(text: str, alike: dict[int, str]) -> tuple[str, list[int]]:
    """The text without case, width, invisible characters and look-alikes, and where each character came from."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if unicodedata.category(character) in ("Cf", "Mn", "Me"):
            continue
        for plain in unicodedata.normalize("NFKC", character.translate(alike)).casefold().translate(alike):
            characters.append(plain)
            places.append(place)
    return "".join(characters), places


@cache
def _tags() -> _Tags:
    data = load_yaml("rewrite/data/tags.yaml")
    angle, bracket = rf"(?:<|{data['written_angle']})", rf"(?:\[|{data['written_bracket']})"
    names, bracketed = "|".join(data["names"]), "|".join(data["bracketed"])
    return _Tags(
        re.compile(f"[<\\[&\\\\%［{re.escape(data['angles'])}]"),
        str.maketrans({**dict.fromkeys(data["angles"], "<"), **data["letters"]}),
        re.compile(rf"{angle}\s*[/\\|!]*\s*(?:{names})|{bracket}\s*/?\s*(?:{bracketed})"),
    )
