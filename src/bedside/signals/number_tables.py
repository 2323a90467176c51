"""Terms of several parts as whole numbers, and a table in which many are looked up at once. Numpy only.

A part has a number from 1 to 32,767, 0 where it is not known. A term is its parts' numbers put together, at most four,
under the number of its kind, 0 to 7; a term of four parts has kind 0. With an unknown part it is in no table.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["BITS", "Numbers", "Table", "key_of", "keys_of", "table"]

Numbers = NDArray[np.int64]
BITS, KIND_AT = 15, 60
# A key's remainder under multiplication (Knuth 1973, 6.4) tells in one look that it is not in a table.
MULTIPLIER, REMAINDER_BITS = np.uint64(0x9E3779B97F4A7C15), 17
SHIFT = np.uint64(64 - REMAINDER_BITS)
# Ends each table, so that no search runs past it.
LAST = np.iinfo(np.int64).max


class Table(NamedTuple):
    """Known terms: sorted keys, and which remainders occur."""

    keys: Numbers
    seen: NDArray[np.bool_]

    def find(self, keys: Numbers) -> tuple[Numbers, Numbers]:
        """Which of the keys are known, and their places in the table."""
        likely = self.seen[_remainder(keys)].nonzero()[0]
        keys = keys[likely]
        places = self.keys.searchsorted(keys)
        known = self.keys[places] == keys
        return likely[known], places[known]


def table(terms: Collection[int]) -> Table:
    """A table of terms."""
    keys = np.array([*sorted(terms), LAST], dtype=np.int64)
    seen = np.zeros(1 << REMAINDER_BITS, dtype=np.bool_)
    seen[_remainder(keys)] = True
    return Table(keys, seen)


def key_of(kind: int, parts: Sequence[int]) -> int:
    """The key of one term."""
    found = 0
    for part in parts:
        found = found << BITS | part
    return found | kind << KIND_AT


def keys_of(kind: int, *parts: Numbers) -> Numbers:
    """The keys of many terms, their first parts in the first array, and so on."""
    found = parts[0]
    for part in parts[1:]:
        found = found << BITS | part
    return found | kind << KIND_AT if kind else found


def _remainder(keys: Numbers) -> NDArray[np.uint64]:
    return (keys.view(np.uint64) * MULTIPLIER) >> SHIFT
