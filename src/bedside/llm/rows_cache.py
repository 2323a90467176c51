"""The keys and values of the rows that are being generated, in one buffer a layer; rows join and leave between steps.

All rows end at the same column, so that a step writes one column for all: a row of n tokens lies in the n columns
before `end`, and what stands left of it is masked. Buffers grow by doubling and are reused; a row that leaves gives
its place to the last one. For models whose layers all attend to all that was said.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from transformers.cache_utils import Cache, CacheLayerMixin, DynamicCache

__all__ = ["RowsCache", "Step"]

LEAST_ROWS, LEAST_COLUMNS = 8, 128
NOTHING = (torch.empty(0), torch.empty(0))


class Step(NamedTuple):
    """What one step of all rows is asked with: shapes (rows, 1), (rows, 1, 1, columns)."""

    positions: torch.Tensor
    mask: torch.Tensor
    past: Cache


class _Window:
    """The columns that are read: [low, end) of the first `rows` rows."""

    rows = 0
    low = 0
    end = 0


class _Layer(CacheLayerMixin):  # type: ignore[misc]  # transformers is not typed here
    """One layer's buffers; a step writes the last column of the window."""

    def __init__(self, window: _Window) -> None:
        super().__init__()
        self.window = window

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Buffers of the least size, shaped as these states."""
        self.keys, self.values = (_room(states, LEAST_ROWS, LEAST_COLUMNS) for states in (key_states, value_states))
        self.is_initialized = True

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any) -> Any:
        """Write the newest column; give all columns of the window."""
        seen = self.window
        self.keys[: seen.rows, :, seen.end - 1 : seen.end] = key_states
        self.values[: seen.rows, :, seen.end - 1 : seen.end] = value_states
        return self.keys[: seen.rows, :, seen.low : seen.end], self.values[: seen.rows, :, seen.low : seen.end]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """The columns of the window, from its first."""
        return self.window.end - self.window.low, 0

    def get_seq_length(self) -> int:
        """The columns before the newest."""
        return self.window.end - self.window.low - 1

    def get_max_length(self) -> int:
        """No bound of its own."""
        return -1

    def fit(self, rows: int, columns: int) -> None:
        """Grow to at least so many rows and columns."""
        if rows > self.keys.shape[0] or columns > self.keys.shape[2]:
            self.keys, self.values = (_grown(old, rows, columns) for old in (self.keys, self.values))


class RowsCache:
    """Lengths of the rows in order, and their keys and values."""

    def __init__(self, layers: int, device: torch.device, dtype: torch.dtype) -> None:
        self.lengths: list[int] = []
        self._window = _Window()
        self._layers = [_Layer(self._window) for _ in range(layers)]
        self._cache = Cache(layers=list(self._layers))
        self._device, self._lowest, self._dtype = device, torch.finfo(dtype).min, dtype

    def reserve(self, past: DynamicCache, lengths: list[int]) -> None:
        """Make room for the rows of a prefill; where memory does not suffice, the rows that are there stay whole."""
        for layer, filled in zip(self._layers, past.layers, strict=True):
            if not layer.is_initialized:
                layer.lazy_initialization(filled.keys, filled.values)
        self._layers_fit(self._window.rows + len(lengths), max(self._window.end, *lengths))

    def join(self, past: DynamicCache, lengths: list[int]) -> None:
        """Take the rows of a prefill that was padded on the left: (rows, heads, columns, size) in each layer."""
        before, count, width = self._window.rows, len(lengths), max(lengths)
        end = max(self._window.end, width)
        self._move(end)
        for layer, filled in zip(self._layers, past.layers, strict=True):
            layer.keys[before : before + count, :, end - width : end] = filled.keys[:, :, -width:]
            layer.values[before : before + count, :, end - width : end] = filled.values[:, :, -width:]
        self.lengths += lengths
        self._window.rows = before + count

    def leave(self, row: int) -> None:
        """Forget a row; the last row takes its place."""
        last = len(self.lengths) - 1
        if row != last:
            low = self._window.end - self.lengths[last]
            for layer in self._layers:
                layer.keys[row, :, low : self._window.end] = layer.keys[last, :, low : self._window.end]
                layer.values[row, :, low : self._window.end] = layer.values[last, :, low : self._window.end]
            self.lengths[row] = self.lengths[last]
        self.lengths.pop()
        self._window.rows = last
        if not last:
            self._window.low = self._window.end = 0

    def step(self) -> Step:
        """Open the next column; what the model is asked with, all rows together."""
        self._next_column()
        positions = torch.tensor(self.lengths, device=self._device)
        self.lengths = [length + 1 for length in self.lengths]
        self._window.low = self._window.end - max(self.lengths)
        width = self._window.end - self._window.low
        hidden = torch.arange(width, device=self._device)[None, :] < (width - 1 - positions)[:, None]
        mask = torch.zeros(hidden.shape, dtype=self._dtype, device=self._device).masked_fill_(hidden, self._lowest)
        return Step(positions[:, None], mask[:, None, None, :], self._cache)

    def clear(self) -> None:
        """Forget all rows and free the buffers."""
        self.lengths = []
        self._window.rows = self._window.low = self._window.end = 0
        for layer in self._layers:
            layer.is_initialized, layer.keys, layer.values = False, *NOTHING

    def _next_column(self) -> None:
        """Open a column; where they run out, short rows go to the left, and for long ones the buffers grow."""
        longest, columns = max(self.lengths), self._layers[0].keys.shape[2]
        if self._window.end == columns and longest < columns // 2:
            self._move(longest)
        self._layers_fit(self._window.rows, self._window.end + 1)
        self._window.end += 1

    def _layers_fit(self, rows: int, columns: int) -> None:
        for layer in self._layers:
            layer.fit(rows, columns)

    def _move(self, end: int) -> None:
        """Put the rows so that they end at the column `end`."""
        window, longest = self._window, max(self.lengths, default=0)
        if window.rows and end != window.end:
            for layer in self._layers:
                for held in (layer.keys, layer.values):
                    part = held[: window.rows, :, window.end - longest : window.end].clone()
                    held[: window.rows, :, end - longest : end] = part
        window.end, window.low = end, end - longest


def _room(like: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    _, heads, _, size = like.shape
    return torch.zeros((rows, heads, columns, size), dtype=like.dtype, device=like.device)


def _grown(old: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    more_rows = max(rows, 2 * old.shape[0]) if rows > old.shape[0] else old.shape[0]
    more_columns = max(columns, 2 * old.shape[2]) if columns > old.shape[2] else old.shape[2]
    new = _room(old, more_rows, more_columns)
    new[: old.shape[0], :, : old.shape[2]] = old
    return new
