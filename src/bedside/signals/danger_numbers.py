"""The terms of `danger_terms` as whole numbers: of words, of what they stand for, of characters.

What a token is and which pieces a run of characters has are worked out once. The numbers of several models are one
numbering, so that a text is turned into numbers once for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bedside.core.records import Language
from bedside.signals.danger_terms import MARK, ends_reach, meaning
from bedside.signals.linear import LONGEST, Floats, cut, load
from bedside.signals.number_tables import BITS, Numbers, Table, key_of, table

__all__ = [
    "CHARACTER",
    "CHARACTERS",
    "DENIED",
    "FLAGS",
    "LOW",
    "NEGATES",
    "PAIR",
    "SKIP",
    "SPOKEN",
    "STOP",
    "THREE",
    "TWO",
    "UNIT",
    "WORD",
    "Models",
    "Runs",
    "models_of",
]

LOW = (1 << BITS) - 1
# What a word is, beside its numbers: whether a skip counts it, whether it ends the reach of a "not", whether it is one.
SPOKEN, STOP, NEGATES = 1, 2, 4
FLAGS = 2 * BITS
# The kinds of terms: what a word stands for alone, with its neighbour, with the next but one, under a "not"; words as
# they stand (English); runs of one to four characters (Chinese).
UNIT, PAIR, SKIP, DENIED = 1, 2, 3, 4
WORD, TWO, THREE = 5, 6, 7
CHARACTER = (5, 6, 7, 0)
CHARACTERS = 1 << 16
# How terms of what words stand for begin, next to each other and one apart.
UNITS: dict[Language, str] = {"en": "u:", "zh": "w:"}
SKIPS: dict[Language, str] = {"en": "s:", "zh": "w:"}
# New words must not grow what is known of words for ever.
MOST_WORDS = 100_000


class Models(NamedTuple):
    """Models whose rows stand one below the other, with their terms as numbers.

    `table` has all terms that one of them knows; `rows` each model's row for each of these, -1 where it has none.
    """

    language: Language
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    pieces: NDArray[np.bool_]
    scales: list[Floats]
    biases: list[Floats]
    codes: _Codes
    runs: list[Runs]
    characters: NDArray[np.int16]
    table: Table
    rows: list[Numbers]


class _Codes(dict[str, int]):
    """Each token's numbers and flags, worked out once."""

    def __init__(self, words: dict[str, int], units: dict[str, int], language: Language) -> None:
        super().__init__()
        self.words, self.units, self.language = words, units, language

    def __missing__(self, token: str) -> int:
        if len(self) > MOST_WORDS:
            self.clear()
        name, negates = meaning(token, self.language)
        flags = NEGATES * negates | STOP * ends_reach(token, self.language) | SPOKEN * (name is not MARK)
        code = flags << FLAGS | self.units.get(name, 0) << BITS | self.words.get(token, 0)
        self[token] = code
        return code


class Runs(dict[str, bytes]):
    """The rows of each word's pieces, worked out once; as bytes they are put together fastest."""

    def __init__(self, rows: dict[str, int], first: int) -> None:
        super().__init__()
        self.rows, self.first = rows, first

    def __missing__(self, run: str) -> bytes:
        if len(self) > MOST_WORDS:
            self.clear()
        found = [self.rows[piece] + self.first for piece in cut(run[:LONGEST]) if piece in self.rows]
        self[run] = packed = np.array(found, dtype=np.int32).tobytes()
        return packed


class _Numbering(dict[str, int]):
    """Numbers from 1, in the order in which names are asked for."""

    def all_of(self, names: Sequence[str]) -> list[int]:
        return [self.setdefault(name, len(self) + 1) for name in names]


class _Terms:
    """The terms of a model by key; what they are made of is numbered."""

    def __init__(self, language: Language) -> None:
        self.words, self.units, self.characters = _Numbering(), _Numbering(), _Numbering()
        self.language, self.rows = language, dict[int, int]()

    def adds(self, term: str, row: int) -> None:
        """Take a term made of words."""
        head, rest = term[:2], term[2:]
        if rest and head == UNITS[self.language]:
            self.rows[key_of(UNIT, self.units.all_of([rest]))] = row
            self._twos(PAIR, rest, " ", row)
        if rest and head == SKIPS[self.language]:
            self._twos(SKIP, rest, "_", row)
        if term[0] == "!" and len(term) > 1 and term[1] != " ":
            self.rows[key_of(DENIED, self.units.all_of([term[1:]]))] = row
        if self.language == "en":
            parts = term.split(" ")
            self.rows[key_of((WORD, TWO, THREE)[len(parts) - 1], self.words.all_of(parts))] = row

    def adds_characters(self, run: str, row: int) -> None:
        """Take a run of characters."""
        self.rows[key_of(CHARACTER[len(run) - 1], self.characters.all_of(run))] = row

    def _twos(self, kind: int, text: str, between: str, row: int) -> None:
        """Each way to read a text as two names: names may hold the mark that stands between."""
        for place, character in enumerate(text):
            if character == between and 0 < place < len(text) - 1:
                self.rows[key_of(kind, self.units.all_of([text[:place], text[place + 1 :]]))] = row


@cache
def models_of(names: tuple[str, ...], path: str, language: Language) -> Models:
    """Models of a file of the package, read once."""
    read, terms, starts = [load(name, path) for name in names], _Terms(language), [0]
    numbers = np.zeros(CHARACTERS, dtype=np.int16)
    known: list[dict[int, int]] = []
    for model in read:
        terms.rows = {}
        for term, row in model.words.rows.items():
            terms.adds(term, row)
        for run, row in model.pieces.rows.items() if language == "zh" else ():
            terms.adds_characters(run, row + model.pieces.first)
        known.append({key: row + starts[-1] for key, row in terms.rows.items()})
        starts.append(starts[-1] + len(model.weights))
    for character, number in terms.characters.items():
        if ord(character) < CHARACTERS - 1:
            numbers[ord(character)] = number
    terms_of_all = table(set().union(*known))
    labels = max(len(model.labels) for model in read)
    return Models(
        language=language,
        idf=np.concatenate([part for m in read for part in (m.words.idf, m.pieces.idf)]),
        weights=np.concatenate(
            [np.pad(m.weights.astype(np.float32), ((0, 0), (0, labels - len(m.labels)))) for m in read]
        ),
        pieces=np.concatenate([np.arange(len(m.weights)) >= m.pieces.first for m in read]),
        scales=[model.scale for model in read],
        biases=[model.bias for model in read],
        codes=_Codes(terms.words, terms.units, language),
        runs=[Runs(m.pieces.rows, m.pieces.first + start) for m, start in zip(read, starts, strict=False)],
        characters=numbers,
        table=terms_of_all,
        rows=[np.array([own.get(int(key), -1) for key in terms_of_all.keys], dtype=np.int64) for own in known],
    )
