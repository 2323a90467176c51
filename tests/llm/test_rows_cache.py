"""The rows' keys and values: whatever joins, steps and leaves, each row reads its own tokens, all of them, in order."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

HEADS, SIZE, LAYERS = 2, 3, 2
# A join of rows with so many tokens, a step, or the leave of one of the rows.
ACTIONS = st.one_of(
    st.lists(st.integers(1, 200), min_size=1, max_size=5),
    st.integers(1, 90).map(lambda steps: ("step", steps)),
    st.integers(0, 1000).map(lambda row: ("leave", row)),
)


def prefilled(rows: list[list[float]]) -> Any:
    """A prefill's cache, padded on the left with what must never be read."""
    import torch
    from transformers.cache_utils import DynamicCache

    width, past = max(map(len, rows)), DynamicCache()
    padded = torch.tensor([[-1.0] * (width - len(row)) + row for row in rows])
    for layer in range(LAYERS):
        keys = padded[:, None, :, None].expand(-1, HEADS, -1, SIZE) + layer
        past.update(keys.clone(), -keys.clone(), layer)
    return past


class Beside:
    """The cache, and what each of its rows should hold."""

    def __init__(self) -> None:
        import torch

        from bedside.llm.rows_cache import RowsCache

        self.cache = RowsCache(LAYERS, torch.device("cpu"), torch.float32)
        self.rows: list[list[float]] = []
        self.made = 0

    def fresh(self, count: int) -> list[float]:
        """Tokens that no other row has."""
        self.made += count
        return [float(n) for n in range(self.made - count, self.made)]

    def join(self, lengths: list[int]) -> None:
        """Some rows come."""
        new = [self.fresh(length) for length in lengths]
        past = prefilled(new)
        self.cache.reserve(past, lengths)
        self.cache.join(past, lengths)
        self.rows += new

    def leave(self, row: int) -> None:
        """One goes."""
        self.cache.leave(row)
        last = self.rows.pop()
        if row < len(self.rows):
            self.rows[row] = last

    def step(self) -> None:
        """Each row has a token more, and reads all that it has."""
        import torch

        asked = self.cache.step()
        assert asked.positions[:, 0].tolist() == [len(row) for row in self.rows]
        said = self.fresh(len(self.rows))
        for row, token in zip(self.rows, said, strict=True):
            row.append(token)
        column = torch.tensor(said)[:, None, None, None].expand(-1, HEADS, 1, SIZE)
        for layer in range(LAYERS):
            keys, values = asked.past.update(column + layer, -(column + layer), layer)
            for place, row in enumerate(self.rows):
                seen = asked.mask[place, 0, 0] == 0
                assert (keys[place, 0, seen, 0] - layer).tolist() == row
                assert torch.equal(keys[place], -values[place])
                assert (keys[place, :, seen] == keys[place, :1, seen, :1]).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTIONS, max_size=12))
def test_each_row_reads_its_own_tokens(actions: list[Any]) -> None:
    both = Beside()
    for action in actions:
        if isinstance(action, list):
            both.join(action)
        elif both.rows and action[0] == "step":
            for _ in range(action[1]):
                both.step()
        elif both.rows:
            both.leave(action[1] % len(both.rows))
        assert both.cache.lengths == [len(row) for row in both.rows]


def test_buffers_are_used_again() -> None:
    both = Beside()
    for _ in range(30):
        both.join([20, 7])
        for _ in range(40):
            both.step()
        both.leave(0)
        both.leave(0)
    keys = both.cache._layers[0].keys
    assert keys.shape == (8, HEADS, 128, SIZE), "no more than it began with"
    both.join([10] * 9)
    both.join([300])
    assert both.cache._layers[0].keys.shape[0] == 16
    both.step()
    both.cache.clear()
    assert both.cache._layers[0].keys.numel() == 0
    both.rows = []
    both.join([3])
    both.step()
