"""Sentence case for English that was typed in lower case: `str -> str`, changing the case of letters and nothing else.

Knows the words of `data/case_en.yaml` (acronyms, units, names, brands) and where sentences and lines begin. It does not
know people's names, or which of two meanings a word has: a word that is more often a common one stays lower.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from bedside.core.phrases import load_yaml

__all__ = ["restore_case"]

# Text with fewer letters shows no habit; from this share of capitals on the writer used them on purpose.
MIN_LETTERS = 40
UPPER_SHARE = 0.01
NOT_UPPER = bytes(b for b in range(256) if not 65 <= b <= 90)
NOT_LOWER = bytes(b for b in range(256) if not 97 <= b <= 122)
WORD = re.compile(r"([A-Za-z][A-Za-z0-9]*)")
# The end of a sentence or a line, then what may stand before the first word: a bullet, a number, an opening mark.
START = re.compile(
    r"""([.!?\n](?:["”')\]]*[ ]|(?<=\n))[ "“'(\[*•–-]*(?:\(?\d{1,2}[.)][ ]+)?)([a-z])(?=([A-Za-z0-9]*))"""
)
LAST_WORD = re.compile(r"(?:[A-Za-z]\.)*[A-Za-z]+\Z")
AFTER_NUMBER = re.compile(r"(?:\d ?[°/]?|°) ?\Z")


class Vocabulary(NamedTuple):
    """The data file, ready to look up: by lower-case word, and by a phrase's lower-case first word, longest first."""

    words: dict[str, str]
    phrases: dict[str, list[tuple[str, ...]]]
    unit_letters: frozenset[str]
    known: frozenset[str]
    stops: dict[str, str]
    goes_on: frozenset[str]


def restore_case(text: str) -> str:
    """The text in sentence case where it is all, or nearly all, in lower case; any other text as it is."""
    if not _is_lower(text):
        return text
    # The line break in front makes the text's own start the start of a line.
    return START.sub(_capital, "\n" + _with_words(text))[1:]


def _is_lower(text: str) -> bool:
    letters = text.encode("ascii", "ignore")
    upper = len(letters.translate(None, NOT_UPPER))
    lower = len(letters.translate(None, NOT_LOWER))
    return upper + lower >= MIN_LETTERS and upper < UPPER_SHARE * (upper + lower)


def _with_words(text: str) -> str:
    """The text with the vocabulary's words as they should read."""
    vocabulary = _vocabulary()
    known = vocabulary.known
    parts = WORD.split(text)  # odd parts are words, even ones what stands between
    for place in [i for i, part in enumerate(parts) if part in known]:
        part = parts[place]
        phrase = _phrase(vocabulary.phrases.get(part, []), parts, place)
        if phrase:
            parts[place : place + len(phrase)] = phrase
        elif part in vocabulary.words:
            parts[place] = vocabulary.words[part]
        elif part in vocabulary.unit_letters and _is_unit(parts, place):
            parts[place] = part.upper()
    return "".join(parts)


def _phrase(phrases: list[tuple[str, ...]], parts: list[str], place: int) -> list[str]:
    """The parts to put at the place, for the longest phrase that stands there; none when no phrase does."""
    for phrase in phrases:
        there = parts[place : place + len(phrase)]
        if [part.replace("’", "'") for part in there] == [part.lower() for part in phrase]:
            # What stands between words stays as it was, whichever apostrophe it is.
            return [
                new if number % 2 == 0 else old for number, (old, new) in enumerate(zip(there, phrase, strict=True))
            ]
    return []


def _is_unit(parts: list[str], place: int) -> bool:
    between = parts[place - 1]
    if between == " ":
        return parts[place - 2] in ("degree", "degrees")
    return AFTER_NUMBER.search(between) is not None


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
    words = {word.lower(): word for word in [*plurals, *data["brands"], *data["words"], *data["acronyms"]]}
    phrases: dict[str, list[tuple[str, ...]]] = {}
    for phrase in sorted(data["phrases"], key=len, reverse=True):
        parts = tuple(WORD.split(phrase)[1:-1])
        phrases.setdefault(parts[0].lower(), []).append(parts)
    units = frozenset(letter.lower() for letter in data["unit_letters"])
    known = units | words.keys() | phrases.keys()
    stops = {word: name for name in ("abbreviations", "may_end") for word in data[name]}
    return Vocabulary(words, phrases, units, known, stops, frozenset(data["goes_on"]))
