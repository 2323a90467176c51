"""Sentence case for English that was typed in lower case: `str -> str`, changing the case of letters and nothing else.

Knows the words of `data/case_en.yaml` (acronyms, units, names, brands) and where sentences and lines begin. It does not
know people's names, or which of two meanings a word has: a word that is more often a common one stays lower.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from bedside.core.phrases import load_yaml

__all__ = ["restore_case"]

# Text with fewer letters shows no habit; from this share of capitals on the writer used them on purpose.
MIN_LETTERS = 40
UPPER_SHARE = 0.01
NOT_UPPER = bytes(b for b in range(256) if not 65 <= b <= 90)
NOT_LOWER = bytes(b for b in range(256) if not 97 <= b <= 122)
# The end of a sentence or a line, then what may stand before the first word: a bullet, a number, an opening mark.
START = re.compile(
    r"""([.!?\n](?:["”')\]]*[ ]|(?<=\n))[ "“'(\[*•–-]*(?:\(?\d{1,2}[.)][ ]+)?)([a-z])(?=([A-Za-z0-9]*))"""
)
LAST_WORD = re.compile(r"(?:[A-Za-z]\.)*[A-Za-z]+\Z")
AFTER_NUMBER = re.compile(r"(?:\d ?[°/]?|°|\bdegrees?) ?\Z")


class Vocabulary(NamedTuple):
    """The data file, ready to use: a pattern of all entries, how each should read, and what full stops mean."""

    entries: re.Pattern[str]
    forms: dict[str, str]
    unit_letters: frozenset[str]
    stops: dict[str, str]
    goes_on: frozenset[str]


def restore_case(text: str) -> str:
    """The text in sentence case where it is all, or nearly all, in lower case; any other text as it is."""
    if not _is_lower(text):
        return text
    # The line break in front makes the text's own start the start of a line.
    return START.sub(_capital, _vocabulary().entries.sub(_as_written, "\n" + text))[1:]


def _is_lower(text: str) -> bool:
    letters = text.encode("ascii", "ignore")
    upper = len(letters.translate(None, NOT_UPPER))
    lower = len(letters.translate(None, NOT_LOWER))
    return upper + lower >= MIN_LETTERS and upper < UPPER_SHARE * (upper + lower)


def _as_written(match: re.Match[str]) -> str:
    """What stands before the entry, and the entry in its own case; a unit's letter only where a number precedes it."""
    found = match[0]
    before, entry = found[0], found[1:]
    vocabulary = _vocabulary()
    if entry in vocabulary.unit_letters:
        start = match.start()
        number = AFTER_NUMBER.search(match.string[max(0, start - 8) : start + 1])
        return before + entry.upper() if number else found
    if "’" in entry:
        return before + vocabulary.forms[entry.replace("’", "'")].replace("'", "’")
    return before + vocabulary.forms[entry]


def _capital(match: re.Match[str]) -> str:
    """The match with its letter in upper case, unless no sentence starts here or the word has a case of its own."""
    before, letter, rest = match.groups()
    if rest and rest.lower() != rest:
        return match[0]
    if before[:2] == ". " and not _ends(match.string[max(0, match.start() - 8) : match.start()], letter + rest):
        return match[0]
    return before + letter.upper()


def _ends(text: str, following: str) -> bool:
    """Whether a full stop after the text ends its sentence, before the following word."""
    last = LAST_WORD.search(text)
    stop = _vocabulary().stops.get(last[0].lower()) if last else None
    return stop is None or (stop == "may_end" and following not in _vocabulary().goes_on)


@cache
def _vocabulary() -> Vocabulary:
    data = load_yaml("corpus/data/case_en.yaml")
    plurals = [f"{word}s" for word in data["acronyms"]]
    written = [*plurals, *data["brands"], *data["words"], *data["acronyms"], *data["phrases"]]
    forms = {entry.lower(): entry for entry in written}
    units = frozenset(letter.lower() for letter in data["unit_letters"])
    stops = {word: name for name in ("abbreviations", "may_end") for word in data[name]}
    # Starting at what stands before a word, the search goes from word to word and not from letter to letter.
    entries = re.compile(rf"[^A-Za-z]{_tree([*forms, *units])}(?![A-Za-z0-9])")
    return Vocabulary(entries, forms, units, stops, frozenset(data["goes_on"]))


def _tree(entries: Iterable[str]) -> str:
    """A pattern of the entries, the longest first, that reads each letter once: `(?:c(?:rp|t))` for crp and ct."""
    branches: dict[str, list[str]] = {}
    for entry in sorted(set(entries)):
        branches.setdefault(entry[:1], []).append(entry[1:])
    ends = branches.pop("", None) is not None
    letters = [("['’]" if letter == "'" else re.escape(letter)) + _tree(rest) for letter, rest in branches.items()]
    if not letters:
        return ""
    body = letters[0] if len(letters) == 1 and not ends else f"(?:{'|'.join(letters)})"
    return f"{body}?" if ends else body
