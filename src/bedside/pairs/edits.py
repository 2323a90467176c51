"""Edits of a text at one place, made fluent: letter case, articles, spaces. Pure; the rules are data.

A rule is a pattern and what is written in its stead; a `Break` is one edit that has been found in a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.core.text import sentences

__all__ = ["Break", "apply", "broken_by_rules", "data", "pattern", "sentence_spans"]

ARTICLE = re.compile(r"\b(an?) \Z", re.IGNORECASE)
OPENS = re.compile(r"(?:\A|[.!?]\s+|\n)[\"'“(\-\s\d.]*\Z")


class Break(NamedTuple):
    """`text[start:end]` becomes `new`."""

    start: int
    end: int
    new: str


@cache
def data(language: Language) -> dict[str, Any]:
    """The rules and word lists of a language."""
    return dict(load_yaml(f"pairs/data/mutations_{language}.yaml"))


@cache
def pattern(language: Language, name: str) -> re.Pattern[str]:
    """A pattern of the data by its name, letter case aside."""
    return re.compile(data(language)[name], re.IGNORECASE | re.MULTILINE)


def broken_by_rules(text: str, language: Language, kind: str) -> list[Break]:
    """Every place where a rule of a kind holds, with what it would become."""
    found: dict[int, Break] = {}
    for rule, new in _rules(language, kind):
        for match in rule.finditer(text):
            # The first rule that holds at a place has it.
            found.setdefault(match.start(), Break(match.start(), match.end(), match.expand(new)))
    return [found[place] for place in sorted(found)]


def apply(text: str, edit: Break) -> str:
    """The text with the edit in it: a sentence still opens with a capital, "a" and "an" suit what follows."""
    start, end, new = edit
    stood, before = text[start:end], text[:start]
    follows = text[end : end + 1] if not new else ""
    if new == "" and stood[:1].isupper() and OPENS.search(before):
        new, end = follows.upper(), end + len(follows)
    elif new and stood[:1].isupper() and new[:1].islower():
        new = new[:1].upper() + new[1:]
    elif new[:1].islower() and not stood and OPENS.search(before) and text[end : end + 1].isupper():
        new, end = new[:1].upper() + new[1:] + text[end].lower(), end + 1
    article = ARTICLE.search(before)
    heard = new or text[end : end + 1]
    if article and heard[:1].isalpha() and heard.isascii():
        right = "an" if heard[:1].lower() in "aeio" else "a"
        before = before[: article.start()] + (right.capitalize() if article[1][0].isupper() else right) + " "
    return before + new + text[end:]


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence stands, the space behind it with it."""
    start = 0
    for sentence in sentences(text):
        yield start, start + len(sentence)
        start += len(sentence)


@cache
def _rules(language: Language, kind: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    rules = data(language)
    body = rules["body"]
    flags = re.IGNORECASE | re.MULTILINE
    return tuple((re.compile(rule.replace("{body}", body), flags), new) for rule, new in rules[kind])
