"""Near-duplicate prompts by MinHash, and openings that answers repeat. Pure.

Shingles, signatures and bands are those of decision 006: pairs of neighbouring words, in Chinese runs of three
characters; 128 values in 32 bands of 4; the share of equal values estimates the Jaccard similarity.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from bedside.core.text import is_chinese

__all__ = ["Opener", "commonest_opener", "near_duplicates"]

VALUES, BAND, SEED = 128, 4, 20_240_607
WORD = re.compile(r"[^\W_]+")
OPENING_WORDS, OPENING_CHARACTERS = 4, 6


class Opener(NamedTuple):
    """The words that most answers begin with, and the share of the answers that do."""

    words: str
    share: float


def near_duplicates(texts: Sequence[str], threshold: float = 0.6) -> int:
    """How many texts are at least `threshold` like an earlier one; the number is an estimate."""
    import numpy as np
    import rensa

    if len(texts) < 2:
        return 0
    values = np.asarray(rensa.RMinHash.digests_from_token_sets([_shingles(t) for t in texts], VALUES, SEED))
    copies = np.zeros(len(texts), bool)
    for start in range(0, VALUES, BAND):
        band = np.ascontiguousarray(values[:, start : start + BAND])
        keys = band.view(np.dtype((np.void, band.dtype.itemsize * BAND))).ravel()
        # The first row with the same band, and the row before among those.
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
        order = np.argsort(group, kind="stable")
        follows = group[order][1:] == group[order][:-1]
        for later, earlier in ((np.arange(len(texts)), first[group]), (order[1:][follows], order[:-1][follows])):
            alike = (values[later] == values[earlier]).mean(axis=1) >= threshold
            copies[later[alike & (later != earlier)]] = True
    return int(copies.sum())


def commonest_opener(texts: Sequence[str]) -> Opener:
    """The first four words, in Chinese six characters, that most of the texts begin with."""
    opener, times = Counter(_opening(text) for text in texts).most_common(1)[0]
    return Opener(opener, round(times / len(texts), 3))


def _opening(text: str) -> str:
    return text.strip()[:OPENING_CHARACTERS] if is_chinese(text) else " ".join(text.split()[:OPENING_WORDS])


def _shingles(text: str) -> list[str]:
    if is_chinese(text):
        joined = "".join(WORD.findall(text.lower()))
        return [joined[i : i + 3] for i in range(max(1, len(joined) - 2))]
    words = WORD.findall(text.lower())
    return [f"{a} {b}" for a, b in pairwise(words)] or words or [""]
