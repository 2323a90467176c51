"""Near-duplicates by MinHash: which rows say what an earlier row said, but for a few words.

A text's shingles are its pairs of neighbouring words, in Chinese its runs of three characters; letter case and marks
aside. Signatures are rensa's (Rust). Candidates share one of 64 bands of 4 values (Leskovec, Rajaraman & Ullman,
Mining of Massive Datasets, section 3.4); the share of equal values estimates the Jaccard similarity, within 0.03
(one standard error) at 0.7. Of a pair the earlier row is kept, so that adding data never removes what was there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import rensa
from numpy.typing import NDArray

__all__ = ["BANDS", "PERMUTATIONS", "Signatures", "earlier_copies", "like_any", "shingles", "signatures"]

PERMUTATIONS, BANDS = 256, 64
SEED = 20_240_607
# Texts whose shingles are in memory at once.
HASHED_AT_ONCE = 1000
# Pairs verified at once; neighbours that a row is compared with in a large crowd.
AT_ONCE, NEIGHBOURS = 200_000, 32
# An odd multiplier (the fractional part of the golden ratio) that mixes the values of a band into one key.
MIX = np.uint64(0x9E3779B97F4A7C15)
WORD = re.compile(r"[^\W_]+")
ASCII_WORD = re.compile(r"[a-z0-9]+")
NOT_WORD = re.compile(r"[\W_]+")
CHINESE = re.compile(r"[\u3400-\u9fff]")
CHARACTERS = 3

Signatures = NDArray[np.uint32]


def shingles(text: str) -> list[str]:
    """What two texts are compared by."""
    if text.isascii() or not CHINESE.search(text):
        words = (ASCII_WORD if text.isascii() else WORD).findall(text.lower())
        return [f"{a} {b}" for a, b in pairwise(words)] or words
    joined = NOT_WORD.sub("", text.lower())
    return [joined[i : i + CHARACTERS] for i in range(max(1, len(joined) - CHARACTERS + 1))]


def signatures(texts: Sequence[str]) -> Signatures:
    """One row of 256 values a text."""
    values = np.empty((len(texts), PERMUTATIONS), dtype=np.uint32)
    for start in range(0, len(texts), HASHED_AT_ONCE):
        part = [shingles(text) for text in texts[start : start + HASHED_AT_ONCE]]
        values[start : start + len(part)] = rensa.RMinHash.digests_from_token_sets(part, PERMUTATIONS, SEED)
    return values


def earlier_copies(values: Signatures, threshold: float) -> NDArray[np.int64]:
    """For each row the first original before it that is at least `threshold` like it (Jaccard, estimated), or -1.

    A row that is itself a copy is no original: what resembles only the copy stays.
    """
    copy_of = np.full(len(values), -1, dtype=np.int64)
    for earlier, later in _alike(values, threshold).tolist():
        if copy_of[later] < 0 and copy_of[earlier] < 0:
            copy_of[later] = earlier
    return copy_of


def like_any(values: Signatures, others: Signatures, threshold: float) -> NDArray[np.bool_]:
    """Which rows are at least `threshold` like one of `others`, be that one a copy of another or not."""
    earlier, later = _alike(np.concatenate([others, values]), threshold).T
    found = np.zeros(len(values), dtype=bool)
    found[later[(earlier < len(others)) & (later >= len(others))] - len(others)] = True
    return found


def _alike(values: Signatures, threshold: float) -> NDArray[np.int64]:
    """Pairs (earlier, later) of rows that are alike, by the later row, then by the earlier."""
    width = PERMUTATIONS // BANDS
    found = [_sharing(values[:, start : start + width]) for start in range(0, PERMUTATIONS, width)]
    codes = np.unique(np.concatenate(found)) if len(values) else np.empty(0, np.int64)
    later, earlier = np.divmod(codes, max(1, len(values)))
    alike = np.zeros(len(codes), dtype=bool)
    for start in range(0, len(codes), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        alike[part] = (values[earlier[part]] == values[later[part]]).mean(axis=1) >= threshold
    return np.stack([earlier[alike], later[alike]], axis=1)


def _sharing(band: Signatures) -> NDArray[np.int64]:
    """Pairs of rows with the same values in one band, each as `later * rows + earlier`.

    In a crowd that shares them, a row is compared with the crowd's first and with its nearest neighbours only.
    """
    rows = len(band)
    keys = np.zeros(rows, dtype=np.uint64)
    for column in band.T:
        keys = keys * MIX + column
    order = np.argsort(keys, kind="stable")
    opens = np.concatenate([[True], keys[order][1:] != keys[order][:-1]]) if rows else np.empty(0, bool)
    group = np.cumsum(opens) - 1
    first = order[np.flatnonzero(opens)][group] if rows else order
    pairs = [order * rows + first]
    for step in range(1, NEIGHBOURS):
        same = group[step:] == group[:-step]
        if not same.any():
            break
        pairs.append((order[step:] * rows + order[:-step])[same])
    codes = np.concatenate(pairs)
    different: NDArray[np.int64] = codes[codes // max(1, rows) != codes % max(1, rows)]
    return different
