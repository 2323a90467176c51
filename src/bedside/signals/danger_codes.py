"""All windows of a text scored by a danger model at once: the terms of `danger_terms` as whole numbers. Linear time.

The scores are those of `Linear.scores_of` for each window, up to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bedside.core.records import Language
from bedside.signals.danger_terms import MARK, REACH, ends_reach, meaning, numberless, tokens
from bedside.signals.linear import LONGEST, Floats, cut, load
from bedside.signals.number_tables import BITS, Numbers, Table, key_of, keys_of, table

__all__ = ["scores"]

LOW = (1 << BITS) - 1
# What a word is, beside its numbers: whether a skip counts it, whether it ends the reach of a "not", whether it is one.
SPOKEN, STOP, NEGATES = 1, 2, 4
FLAGS = 2 * BITS
SPOKEN_BIT, NEGATES_BIT = SPOKEN << FLAGS, NEGATES << FLAGS
# The kinds of terms: what a word stands for alone, with its neighbour, with the next but one, under a "not"; words as
# they stand (English); runs of one to four characters (Chinese).
UNIT, PAIR, SKIP, DENIED = 1, 2, 3, 4
WORD, TWO, THREE = 5, 6, 7
CHARACTER = (5, 6, 7, 0)
# Two of these stand between windows, so that no term reaches from one into the next.
GAP = [(SPOKEN | STOP) << FLAGS] * 2
CHARACTERS = 1 << 16
ROW_BYTES = np.dtype(np.int32).itemsize
# How terms of what words stand for begin, next to each other and one apart.
UNITS: dict[Language, str] = {"en": "u:", "zh": "w:"}
SKIPS: dict[Language, str] = {"en": "s:", "zh": "w:"}
# New words must not grow what is known of words for ever.
MOST_WORDS = 100_000


def scores(name: str, path: str, texts: Sequence[str], language: Language) -> Floats:
    """Each text's score for the first label of a model."""
    coded = _coded(name, path, language)
    keys, base = _words(coded, [tokens(text, language) for text in texts])
    if language == "en":
        found = np.concatenate((coded.terms.rows_of(keys, base), _runs(coded, texts)))
    else:
        more, places = _characters(coded, texts)
        found = coded.terms.rows_of(np.concatenate((keys, more)), np.concatenate((base, places)))
    return _weighed(coded, found, len(texts))


class Coded(NamedTuple):
    """A model with its terms as numbers."""

    language: Language
    rows: int
    first: int
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    scale: float
    bias: float
    codes: _Codes
    runs: _Runs
    characters: NDArray[np.int16]
    terms: Table


def _weighed(coded: Coded, found: Numbers, count: int) -> Floats:
    """The scores of `count` texts; what was found is each text's number times the number of rows, plus a term's row."""
    found.sort()
    first = np.flatnonzero(np.diff(found, prepend=-1))
    owners, rows = np.divmod(found[first], coded.rows)
    weights = (np.log(np.diff(first, append=found.size)) + 1) * coded.idf[rows]
    bags = 2 * owners + (rows >= coded.first)
    lengths = np.sqrt(np.bincount(bags, weights * weights, 2 * count))
    sums = np.bincount(bags, weights * coded.weights[rows], 2 * count) / np.maximum(lengths, 1e-9)
    scored: Floats = ((sums[::2] + sums[1::2]) * coded.scale + coded.bias).astype(np.float32)
    return scored


def _words(coded: Coded, texts: Sequence[Sequence[str]]) -> tuple[Numbers, Numbers]:
    """The keys of the terms made of words, known or not, and where each text's rows begin."""
    listed: list[int] = []
    for own in texts:
        listed += map(coded.codes.__getitem__, own)
        listed += GAP
    codes = np.array(listed, dtype=np.int64)
    base = np.repeat(np.arange(len(texts)) * coded.rows, [len(own) + len(GAP) for own in texts])
    words, units = codes & LOW, codes >> BITS & LOW
    keys = [keys_of(UNIT, units), keys_of(PAIR, units[:-1], units[1:])]
    places = [base, base[:-1]]
    spoken, spoken_base = units, base
    if coded.language == "en":
        said = codes & SPOKEN_BIT != 0
        spoken, spoken_base = units[said], base[said]
        keys += [keys_of(WORD, words), keys_of(TWO, words[:-1], words[1:])]
        keys += [keys_of(THREE, words[:-2], words[1:-1], words[2:])]
        places += [base, base[:-1], base[:-2]]
    keys.append(keys_of(SKIP, spoken[:-2], spoken[2:]))
    places.append(spoken_base[:-2])
    denied = _denied(listed, np.flatnonzero(codes & NEGATES_BIT).tolist(), REACH[coded.language])
    if denied:
        keys.append(keys_of(DENIED, units[denied]))
        places.append(base[denied])
    return np.concatenate(keys), np.concatenate(places)


def _denied(codes: Sequence[int], nots: Sequence[int], reach: int) -> list[int]:
    """The places of words under a "not"; what follows the last text ends its reach."""
    found = []
    for place in nots:
        left, after = reach, place + 1
        while left and not codes[after] >> FLAGS & (STOP | NEGATES):
            if codes[after] & SPOKEN_BIT:
                found.append(after)
                left -= 1
            after += 1
    return found


def _runs(coded: Coded, texts: Sequence[str]) -> Numbers:
    """The rows of pieces of words."""
    packed = [b"".join(map(coded.runs.__getitem__, text.lower().split())) for text in texts]
    base = np.repeat(np.arange(len(texts)) * coded.rows, [len(own) // ROW_BYTES for own in packed])
    return base + np.frombuffer(b"".join(packed), dtype=np.int32)


def _characters(coded: Coded, texts: Sequence[str]) -> tuple[Numbers, Numbers]:
    """The keys of runs of one to four characters, and where each text's rows begin.

    A character outside the basic plane is not known; one that stands between texts is not either.
    """
    plain = [f"{numberless(text)}\0" for text in texts]
    points = np.frombuffer("".join(plain).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    one = coded.characters[np.minimum(points, CHARACTERS - 1)].astype(np.int64)
    base = np.repeat(np.arange(len(texts)) * coded.rows, list(map(len, plain)))
    keys, places = [keys_of(CHARACTER[0], one)], [base]
    for size in range(2, len(CHARACTER) + 1):
        parts = (one[start : len(one) - size + 1 + start] for start in range(size))
        keys.append(keys_of(CHARACTER[size - 1], *parts))
        places.append(base[: max(0, len(one) - size + 1)])
    return np.concatenate(keys), np.concatenate(places)


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


class _Runs(dict[str, bytes]):
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
def _coded(name: str, path: str, language: Language) -> Coded:
    model = load(name, path)
    terms, numbers = _Terms(language), np.zeros(CHARACTERS, dtype=np.int16)
    for term, row in model.words.rows.items():
        terms.adds(term, row)
    for run, row in model.pieces.rows.items() if language == "zh" else ():
        terms.adds_characters(run, row + model.pieces.first)
    for character, number in terms.characters.items():
        if ord(character) < CHARACTERS - 1:
            numbers[ord(character)] = number
    return Coded(
        language=language,
        rows=len(model.weights),
        first=model.pieces.first,
        idf=np.concatenate([model.words.idf, model.pieces.idf]),
        weights=model.weights[:, 0].astype(np.float32),
        scale=float(model.scale[0]),
        bias=float(model.bias[0]),
        codes=_Codes(terms.words, terms.units, language),
        runs=_Runs(model.pieces.rows, model.pieces.first),
        characters=numbers,
        terms=table(terms.rows),
    )
