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
from bedside.signals.number_tables import BITS, Numbers, Table, column, joined, table

__all__ = ["scores"]

LOW = (1 << BITS) - 1
# What a word is, beside its numbers: whether a skip counts it, whether it ends the reach of a "not", whether it is one.
SPOKEN, STOP, NEGATES = 1, 2, 4
FLAGS = 2 * BITS
# Two of these stand between windows, so that no term reaches from one into the next.
GAP = [(SPOKEN | STOP) << FLAGS] * 2
CHARACTERS = 1 << 16
ROW_BYTES = np.dtype(np.int32).itemsize
# How terms of what words stand for begin, next to each other and one apart.
UNITS: dict[Language, str] = {"en": "u:", "zh": "w:"}
SKIPS: dict[Language, str] = {"en": "s:", "zh": "w:"}
# New words must not grow what is known of words for ever.
MOST_WORDS = 100_000


class Counted(NamedTuple):
    """The terms of several texts: each text's number times the number of rows, plus the term's row."""

    keys: Numbers
    texts: int


def scores(name: str, path: str, texts: Sequence[str], language: Language) -> Floats:
    """Each text's score for the first label of a model."""
    coded = _coded(name, path, language)
    whole = [tokens(text, language) for text in texts]
    in_pieces = _runs(coded, texts) if language == "en" else _characters(coded, texts)
    return _weighed(coded, Counted(np.concatenate([*_words(coded, whole), *in_pieces]), len(texts)))


def _weighed(coded: Coded, counted: Counted) -> Floats:
    keys, both = counted.keys, 2 * counted.texts
    keys.sort()
    first = np.flatnonzero(np.concatenate((np.ones(min(1, keys.size), dtype=np.bool_), keys[1:] != keys[:-1])))
    owners, rows = np.divmod(keys[first], coded.rows)
    weights = (np.log(np.diff(first, append=keys.size)) + 1) * coded.idf[rows]
    bags = 2 * owners + (rows >= coded.first)
    lengths = np.sqrt(np.bincount(bags, weights * weights, both))
    sums = np.bincount(bags, weights * coded.weights[rows], both) / np.maximum(lengths, 1e-9)
    found: Floats = (sums.reshape(counted.texts, 2).sum(axis=1) * coded.scale + coded.bias).astype(np.float32)
    return found


class Coded(NamedTuple):
    """A model with its terms as numbers; `words` and `units` number what its terms are made of."""

    rows: int
    first: int
    idf: NDArray[np.float64]
    weights: NDArray[np.float64]
    scale: float
    bias: float
    codes: _Codes
    word_rows: Numbers
    unit_rows: Numbers
    denied_rows: Numbers
    phrases: Table
    pairs: Table
    skips: Table
    runs: _Runs
    character_numbers: Numbers
    characters: Table
    language: Language


def _words(coded: Coded, whole: Sequence[Sequence[str]]) -> list[Numbers]:
    """The keys of the terms made of words."""
    listed: list[int] = []
    for own in whole:
        listed += map(coded.codes.__getitem__, own)
        listed += GAP
    codes = np.array(listed, dtype=np.int64)
    base = np.repeat(np.arange(len(whole)) * coded.rows, [len(own) + len(GAP) for own in whole])
    words, units = codes & LOW, codes >> BITS & LOW
    found = [_single(units, coded.unit_rows, base), *_neighbours(units, coded.pairs, base)]
    if coded.language == "en":
        found += [_single(words, coded.word_rows, base), *_neighbours(words, coded.phrases, base, 3)]
        spoken = np.flatnonzero(codes >> FLAGS & SPOKEN)
        found += _neighbours(units[spoken], coded.skips, base[spoken], step=2)
    else:
        found += _neighbours(units, coded.skips, base, step=2)
    nots = np.flatnonzero(codes >> FLAGS & NEGATES).tolist()
    if nots:
        denied = _denied(listed, nots, REACH[coded.language])
        found.append(_single(units[denied], coded.denied_rows, base[denied]))
    return found


def _single(numbers: Numbers, rows: Numbers, base: Numbers) -> Numbers:
    own = rows[numbers]
    known = np.flatnonzero(own >= 0)
    return base[known] + own[known]


def _neighbours(numbers: Numbers, known: Table, base: Numbers, most: int = 2, step: int = 1) -> list[Numbers]:
    """The keys of terms of two and up to `most` parts that stand `step` apart."""
    places = np.flatnonzero(numbers)
    places = places[: places.searchsorted(len(numbers) - step)]
    keys, found = numbers[places], []
    for part in range(1, most):
        following = numbers[places + part * step]
        going = np.flatnonzero(following)
        places, keys = places[going], keys[going] << BITS | following[going]
        found.append(known.rows_of(keys, base[places]))
        if part + 1 < most:
            inside = places.searchsorted(len(numbers) - (part + 1) * step)
            places, keys = places[:inside], keys[:inside]
    return found


def _denied(codes: Sequence[int], nots: Sequence[int], reach: int) -> list[int]:
    """The places of words under a "not"; what follows the last window ends its reach."""
    found = []
    for place in nots:
        left, after = reach, place + 1
        while left:
            flags = codes[after] >> FLAGS
            if flags & (STOP | NEGATES):
                break
            if flags & SPOKEN:
                found.append(after)
                left -= 1
            after += 1
    return found


def _runs(coded: Coded, texts: Sequence[str]) -> list[Numbers]:
    """The keys of pieces of words."""
    packed = [b"".join(map(coded.runs.__getitem__, text.lower().split())) for text in texts]
    base = np.repeat(np.arange(len(texts)) * coded.rows, [len(own) // ROW_BYTES for own in packed])
    return [base + np.frombuffer(b"".join(packed), dtype=np.int32)]


def _characters(coded: Coded, texts: Sequence[str]) -> list[Numbers]:
    """The keys of runs of characters; a character outside the basic plane is not known."""
    plain = [numberless(text) for text in texts]
    points = np.frombuffer("\0".join([*plain, ""]).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    numbers = coded.character_numbers[np.minimum(points, CHARACTERS - 1)]
    base = np.repeat(np.arange(len(texts)) * coded.rows, [len(text) + 1 for text in plain])
    alone = np.flatnonzero(numbers)
    return [
        coded.characters.rows_of(numbers[alone], base[alone]),
        *_neighbours(numbers, coded.characters, base, 4),
    ]


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

    def all_of(self, names: Sequence[str]) -> int:
        return joined(self.setdefault(name, len(self) + 1) for name in names)


class _Terms:
    """The terms of words by their kind, their parts numbered."""

    def __init__(self, rows: dict[str, int], language: Language) -> None:
        self.words, self.units = _Numbering(), _Numbering()
        self.alone: dict[int, int] = {}
        self.unit_alone: dict[int, int] = {}
        self.denied: dict[int, int] = {}
        self.phrases: dict[int, int] = {}
        self.pairs: dict[int, int] = {}
        self.skips: dict[int, int] = {}
        for term, row in rows.items():
            head, rest = term[:2], term[2:]
            if rest and head == UNITS[language]:
                self.unit_alone[self.units.all_of([rest])] = row
                self._twos(self.pairs, rest, " ", row)
            if rest and head == SKIPS[language]:
                self._twos(self.skips, rest, "_", row)
            if term[0] == "!" and len(term) > 1 and term[1] != " ":
                self.denied[self.units.all_of([term[1:]])] = row
            if language == "en":
                parts = term.split(" ")
                (self.phrases if len(parts) > 1 else self.alone)[self.words.all_of(parts)] = row

    def _twos(self, kept: dict[int, int], text: str, between: str, row: int) -> None:
        """Each way to read a text as two names: names may hold the mark that stands between."""
        for place, character in enumerate(text):
            if character == between and 0 < place < len(text) - 1:
                kept[self.units.all_of([text[:place], text[place + 1 :]])] = row


@cache
def _coded(name: str, path: str, language: Language) -> Coded:
    model = load(name, path)
    terms = _Terms(model.words.rows, language)
    characters, numbers = _Numbering(), np.zeros(CHARACTERS, dtype=np.int64)
    parts = model.pieces.rows.items() if language == "zh" else ()
    runs = {characters.all_of(run): row + model.pieces.first for run, row in parts}
    for character, number in characters.items():
        if ord(character) < CHARACTERS - 1:
            numbers[ord(character)] = number
    return Coded(
        rows=len(model.weights),
        first=model.pieces.first,
        idf=np.concatenate([model.words.idf, model.pieces.idf]).astype(np.float64),
        weights=model.weights[:, 0].astype(np.float64),
        scale=float(model.scale[0]),
        bias=float(model.bias[0]),
        codes=_Codes(terms.words, terms.units, language),
        word_rows=column(terms.alone, len(terms.words)),
        unit_rows=column(terms.unit_alone, len(terms.units)),
        denied_rows=column(terms.denied, len(terms.units)),
        phrases=table(terms.phrases),
        pairs=table(terms.pairs),
        skips=table(terms.skips),
        runs=_Runs(model.pieces.rows, model.pieces.first),
        character_numbers=numbers,
        characters=table(runs),
        language=language,
    )
