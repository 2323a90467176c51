"""Names of things in a text: drugs, tests, diagnoses, symptoms, people; the longest name at each place. Pure.

Each name has a normal form shared by its brands, abbreviations, lay words and Chinese names (`data/*.yaml`). Names that
the lists do not hold are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from operator import add
from typing import Literal, NamedTuple

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Language

__all__ = ["Term", "TermKind", "lower", "terms"]

TermKind = Literal["drug", "test", "diagnosis", "symptom", "relation", "timing", "laterality"]
LISTS: dict[TermKind, str] = {
    "drug": "drugs", "test": "tests", "diagnosis": "diagnoses", "symptom": "symptoms", "relation": "relations",
    "timing": "timings", "laterality": "lateralities",
}  # fmt: skip
LATIN_WORD = re.compile(r"[^\W_\u3400-\u9fff]+(?:['’-](?!s\b)[^\W_\u3400-\u9fff]+)*")
LATIN_WORDS = re.compile(f"({LATIN_WORD.pattern})")
# The same for texts in ASCII, twice as fast.
ASCII_WORDS = re.compile(r"([a-z0-9]+(?:['-](?!s\b)[a-z0-9]+)*)", re.ASCII)
CHINESE = re.compile(r"[\u3400-\u9fff]")


class Term(NamedTuple):
    """A name at `text[start:end]` and its normal form."""

    kind: TermKind
    norm: str
    start: int
    end: int


class Lexicon(msgspec.Struct, frozen=True):
    """All names. `names` gives each name's kind and normal form, `first_words` how many words a name may have by its
    first, `lengths` the lengths of Chinese names by their first two characters, the longest first."""

    names: dict[str, tuple[TermKind, str]]
    first_words: dict[str, int]
    lengths: dict[str, tuple[int, ...]]


def terms(text: str, language: Language) -> tuple[Term, ...]:
    """The names of a text in order of place; Chinese names are looked for in Chinese text only."""
    lexicon, small = _lexicon(), lower(text)
    found = list(_chinese(small, lexicon)) if language == "zh" else []
    latin = _latin(small, lexicon)
    if found and latin:
        # The Latin part of a mixed name (头颅MRI) is not a second one.
        inside = [(t.start, t.end) for t in found]
        latin = [t for t in latin if not any(a <= t.start < b for a, b in inside)]
    return tuple(sorted((*found, *latin), key=lambda t: t.start)) if found else tuple(latin)


def _latin(small: str, lexicon: Lexicon) -> list[Term]:
    plain = small.replace("’", "'")
    parts = (ASCII_WORDS if plain.isascii() else LATIN_WORDS).split(plain)
    words, first, names, found = parts[1::2], lexicon.first_words, lexicon.names, []
    chosen = [number for number, word in enumerate(words) if word in first]
    ends, count, place = list(accumulate(map(len, parts))) if chosen else [], len(words), 0
    for number in chosen:
        if number < place:
            continue
        start = ends[2 * number]
        for last in range(min(number + first[words[number]], count) - 1, number - 1, -1):
            known = names.get(small[start : ends[2 * last + 1]])
            if known:
                found.append(Term(*known, start, ends[2 * last + 1]))
                place = last + 1
                break
    return found


def _chinese(small: str, lexicon: Lexicon) -> Iterator[Term]:
    done, lengths, names = 0, lexicon.lengths, lexicon.names
    for place, known_lengths in enumerate(map(lengths.get, map(add, small, small[1:]))):
        if not known_lengths or place < done:
            continue
        for length in known_lengths:
            name = small[place : place + length]  # shorter than asked for at the end of the text
            known = names.get(name)
            if known:
                done = place + len(name)
                yield Term(*known, place, done)
                break


def lower(text: str) -> str:
    """Lower case of the same length, so that places stay true ("İ" would become two characters)."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


@cache
def _lexicon() -> Lexicon:
    names: dict[str, tuple[TermKind, str]] = {}
    for kind, file in LISTS.items():
        entries: dict[str, list[str]] = load_yaml(f"signals/data/{file}.yaml")
        for norm, others in entries.items():
            for name in (norm, *others):
                names.setdefault(str(name).lower(), (kind, str(norm)))
    first_words: dict[str, int] = {}
    lengths: dict[str, set[int]] = {}
    for name in names:
        latin = LATIN_WORD.findall(name)
        if CHINESE.search(name):
            lengths.setdefault(name[:2], set()).add(len(name))
        elif latin:
            first_words[latin[0]] = max(first_words.get(latin[0], 0), len(latin))
    return Lexicon(names, first_words, {head: tuple(sorted(s, reverse=True)) for head, s in lengths.items()})
