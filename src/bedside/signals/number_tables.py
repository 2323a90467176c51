"""Terms of several parts as whole numbers, and tables in which many are looked up at once. Numpy only.

A part has a number from 1 to 32,767, 0 where it is not known; a term of up to four parts is theirs put together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["BITS", "Numbers", "Table", "column", "joined", "table"]

Numbers = NDArray[np.int64]
BITS = 15
# A key's remainder under multiplication (Knuth 1973, 6.4) tells in one look that it is not in a table.
MULTIPLIER, REMAINDER_BITS = np.uint64(0x9E3779B97F4A7C15), 16
# Ends each table, so that no search runs past it.
LAST = np.iinfo(np.int64).max


class Table(NamedTuple):
    """Known terms: sorted keys with their rows, and which remainders occur."""

    keys: Numbers
    rows: Numbers
    seen: NDArray[np.bool_]

    def rows_of(self, keys: Numbers, base: Numbers) -> Numbers:
        """`base` plus the row of each of the keys that is known."""
        likely = np.flatnonzero(self.seen[_remainder(keys)])
        keys = keys[likely]
        places = self.keys.searchsorted(keys)
        known = np.flatnonzero(self.keys[places] == keys)
        return base[likely[known]] + self.rows[places[known]]


def table(terms: Mapping[int, int]) -> Table:
    """A table of terms with their rows."""
    keys = np.array([*sorted(terms), LAST], dtype=np.int64)
    seen = np.zeros(1 << REMAINDER_BITS, dtype=np.bool_)
    seen[_remainder(keys)] = True
    return Table(keys, np.array([terms.get(int(key), 0) for key in keys], dtype=np.int64), seen)


def column(rows: Mapping[int, int], size: int) -> Numbers:
    """The row of each number up to `size`, -1 where it has none."""
    found = np.full(size + 1, -1, dtype=np.int64)
    for number, row in rows.items():
        found[number] = row
    return found


def joined(parts: Iterable[int]) -> int:
    """One number for several."""
    found = 0
    for part in parts:
        found = found << BITS | part
    return found


def _remainder(keys: Numbers) -> NDArray[np.uint64]:
    return (keys.view(np.uint64) * MULTIPLIER) >> np.uint64(64 - REMAINDER_BITS)
