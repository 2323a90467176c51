"""Windows of a text scored by several models of danger at once: the terms of `danger_terms` as whole numbers.

The text is read once: which of its terms any of the models knows. Then each term is counted, for each model, in the
windows in which it stands. The scores are those of `Linear.scores_of` for each window, up to rounding. Linear time.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bedside.core.records import Language
from bedside.signals.danger_numbers import (
    CHARACTER,
    CHARACTERS,
    DENIED,
    FLAGS,
    LOW,
    NEGATES,
    PAIR,
    SKIP,
    SPOKEN,
    STOP,
    THREE,
    TWO,
    UNIT,
    WORD,
    Models,
    Runs,
    models_of,
)
from bedside.signals.danger_terms import REACH, numberless, tokens
from bedside.signals.linear import Floats
from bedside.signals.number_tables import BITS, Numbers, keys_of

__all__ = ["Place", "label_scores", "scores"]

Place = tuple[int, int]
SPOKEN_BIT, NEGATES_BIT = SPOKEN << FLAGS, NEGATES << FLAGS
SMALL = np.iinfo(np.int32).max
ROW_BYTES = np.dtype(np.int32).itemsize


def scores(
    names: tuple[str, ...], path: str, text: str, cuts: Sequence[Sequence[Place]], language: Language
) -> list[Floats]:
    """For each model its windows' scores for its first label.

    A model's windows are in order and apart, but that the last may be the whole text; they begin and end where
    sentences do.
    """
    models = models_of(names, path, language)
    owners, rows, values = _weighed(models, _found(models, text, cuts), sum(map(len, cuts)))
    sums = np.bincount(owners, values * models.weights[rows, 0], sum(map(len, cuts)))
    found, start = [], 0
    for number, places in enumerate(cuts):
        own = sums[start : start + len(places)]
        found.append((own * models.scales[number][0] + models.biases[number][0]).astype(np.float32))
        start += len(places)
    return found


def label_scores(name: str, path: str, text: str, language: Language) -> Floats:
    """A text's score for each label of a model."""
    models = models_of((name,), path, language)
    _, rows, values = _weighed(models, _found(models, text, [[(0, len(text))]]), 1)
    found: Floats = (values @ models.weights[rows] * models.scales[0] + models.biases[0]).astype(np.float32)
    return found


class Hits(NamedTuple):
    """Known terms of a text: their places among the keys; the parts of the text of their first and last words."""

    keys: Numbers
    first: Numbers
    last: Numbers


def _weighed(models: Models, found: Numbers, count: int) -> tuple[Numbers, Numbers, NDArray[np.float64]]:
    """Each window's terms: windows, rows, and the terms' weights, of length 1 together in each of the two bags.

    What was found is each window's number times the number of rows, plus a term's row.
    """
    size = len(models.idf)
    if size * count <= SMALL:
        found = found.astype(np.int32)  # sorted in half the time
    found.sort()
    new = np.empty(found.size, dtype=np.bool_)
    new[:1] = True
    np.not_equal(found[1:], found[:-1], out=new[1:])
    first = new.nonzero()[0]
    told = found[first].astype(np.int64)
    owners = told // size
    rows = told - owners * size
    times = np.diff(first, append=found.size)
    weights = (np.log(times) + 1) * models.idf[rows]
    bags = 2 * owners + models.pieces[rows]
    lengths = np.sqrt(np.bincount(bags, weights * weights, 2 * count))
    return owners, rows, weights / np.maximum(lengths, 1e-9)[bags]


def _found(models: Models, text: str, cuts: Sequence[Sequence[Place]]) -> Numbers:
    """The rows of all terms in each model's windows."""
    bounds = sorted({0, len(text), *(bound for places in cuts for place in places for bound in place)})
    parts = [text[low:high] for low, high in pairwise(bounds)]
    hits = _hits(models, parts)
    found, base, size = [], 0, len(models.idf)
    for number, places in enumerate(cuts):
        rows = models.rows[number][hits.keys]
        whole = len(places) > 1 and places[-1][0] < places[-2][1]
        apart = places[:-1] if whole else places
        window = np.full(len(parts), -1, dtype=np.int64)
        for own, (low, high) in enumerate(apart):
            window[bounds.index(low) : bounds.index(high)] = own
        owner = window[hits.first]
        inside = (owner == window[hits.last]) & (owner >= 0) & (rows >= 0)
        found.append((owner[inside] + base) * size + rows[inside])
        if whole:
            found.append(rows[rows >= 0] + (base + len(apart)) * size)
        if models.language == "en":
            found.append(_runs(models.runs[number], [text[a:b] for a, b in places], base, size))
        base += len(places)
    return np.concatenate(found)


def _hits(models: Models, parts: Sequence[str]) -> Hits:
    read = [_words(models, [tokens(part, models.language) for part in parts])]
    if models.language == "zh":
        read.append(_characters(models, parts))
    keys = np.concatenate([found.keys for found in read])
    chosen, places = models.table.find(keys)
    first, last = (np.concatenate(part)[chosen] for part in ([f.first for f in read], [f.last for f in read]))
    return Hits(places, first, last)


def _words(models: Models, parts: Sequence[Sequence[str]]) -> Hits:
    """The keys of the terms made of words, known or not."""
    listed = [models.codes[token] for own in parts for token in own]
    codes = np.array(listed, dtype=np.int64)
    at = np.repeat(np.arange(len(parts)), [len(own) for own in parts])
    words, units = codes & LOW, codes >> BITS & LOW
    keys = [keys_of(UNIT, units), keys_of(PAIR, units[:-1], units[1:])]
    first, last = [at, at[:-1]], [at, at[1:]]
    spoken, spoken_at = units, at
    if models.language == "en":
        said = codes & SPOKEN_BIT != 0
        spoken, spoken_at = units[said], at[said]
        keys += [keys_of(WORD, words), keys_of(TWO, words[:-1], words[1:])]
        keys += [keys_of(THREE, words[:-2], words[1:-1], words[2:])]
        first += [at, at[:-1], at[:-2]]
        last += [at, at[1:], at[2:]]
    keys.append(keys_of(SKIP, spoken[:-2], spoken[2:]))
    first.append(spoken_at[:-2])
    last.append(spoken_at[2:])
    nots, denied = _denied(listed, np.flatnonzero(codes & NEGATES_BIT).tolist(), REACH[models.language])
    if denied:
        keys.append(keys_of(DENIED, units[denied]))
        first.append(at[nots])
        last.append(at[denied])
    return Hits(np.concatenate(keys), np.concatenate(first), np.concatenate(last))


def _denied(codes: Sequence[int], nots: Sequence[int], reach: int) -> tuple[list[int], list[int]]:
    """The places of words under a "not", each with the place of the "not"."""
    found, by = [], []
    for place in nots:
        left, after = reach, place + 1
        while left and after < len(codes) and not codes[after] >> FLAGS & (STOP | NEGATES):
            if codes[after] & SPOKEN_BIT:
                found.append(after)
                by.append(place)
                left -= 1
            after += 1
    return by, found


def _runs(runs: Runs, texts: Sequence[str], base: int, size: int) -> Numbers:
    """The rows of pieces of words in each window."""
    packed = [b"".join(map(runs.__getitem__, text.lower().split())) for text in texts]
    owners = np.repeat(np.arange(base, base + len(texts)) * size, [len(own) // ROW_BYTES for own in packed])
    return owners + np.frombuffer(b"".join(packed), dtype=np.int32)


def _characters(models: Models, parts: Sequence[str]) -> Hits:
    """The keys of runs of one to four characters. A character outside the basic plane is not known."""
    plain = [numberless(part) for part in parts]
    points = np.frombuffer("".join(plain).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    one = models.characters[np.minimum(points, CHARACTERS - 1)].astype(np.int64)
    at = np.repeat(np.arange(len(parts)), list(map(len, plain)))
    keys, first, last = [keys_of(CHARACTER[0], one)], [at], [at]
    for size in range(2, len(CHARACTER) + 1):
        count = max(0, len(one) - size + 1)
        keys.append(keys_of(CHARACTER[size - 1], *(one[start : start + count] for start in range(size))))
        first.append(at[:count])
        last.append(at[size - 1 :])
    return Hits(np.concatenate(keys), np.concatenate(first), np.concatenate(last))
