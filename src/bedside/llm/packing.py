"""Texts that begin alike, packed into one sequence in which each shared beginning stands once, and attention over it.

The texts form a tree: a segment is a stretch of tokens, followed by all that go on after it. A token sees its own
segment up to itself and the segments before it on its way from the root, so that every value is that of a pass over its
text alone, up to rounding. Nothing is padded.

Only for models whose attention goes through transformers' attention interface, without a window that a text exceeds,
without soft caps and sinks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch.nn.functional import scaled_dot_product_attention

__all__ = ["Pack", "common", "pack", "packed_attention"]

NAME = "bedside_packed"
# Fewer tokens are not worth a segment of their own.
SHORTEST_SHARED = 8


class Segment(NamedTuple):
    """Tokens `start:stop` of the pack, `depth` tokens after the beginning of their texts."""

    parent: int | None
    start: int
    stop: int
    depth: int


class Pack:
    """The tokens of a pack, each token's place in its text, the segments, and the last segment of each text."""

    def __init__(self, ids: list[int], segments: list[Segment], last: list[int]) -> None:
        self.ids, self.segments, self.last = ids, segments, last

    def positions(self) -> list[int]:
        return [place for s in self.segments for place in range(s.depth, s.depth + s.stop - s.start)]

    def scored(self, places: Sequence[int]) -> list[list[int]]:
        """For each segment, which of these places of the pack (in their order) are its own."""
        own: list[list[int]] = [[] for _ in self.segments]
        starts = [segment.start for segment in self.segments]
        for place in places:
            own[bisect_right(starts, place) - 1].append(place)
        return own

    def where(self, text: int, place: int) -> int:
        """Where a place of a text stands in the pack."""
        segment = self.segments[self.last[text]]
        while place < segment.depth and segment.parent is not None:
            segment = self.segments[segment.parent]
        return segment.start + place - segment.depth

    @cached_property
    def ways(self) -> list[list[slice]]:
        """For each segment what its tokens see: the segments before it, and it."""
        ways: list[list[slice]] = []
        for segment in self.segments:
            before = [] if segment.parent is None else ways[segment.parent]
            ways.append([*before, slice(segment.start, segment.stop)])
        return ways

    @cached_property
    def ends(self) -> list[torch.Tensor | None]:
        """For each segment after others, which keys each of its tokens sees; None where they are its own so far."""
        return [
            None if s.parent is None else torch.ones(s.stop - s.start, s.depth + s.stop - s.start).tril(s.depth).bool()
            for s in self.segments
        ]

    @cached_property
    def whole(self) -> torch.Tensor:
        """Which token of the pack sees which."""
        seen = torch.zeros(len(self.ids), len(self.ids), dtype=torch.bool)
        for segment, way in zip(self.segments, self.ways, strict=True):
            for part in way[:-1]:
                seen[segment.start : segment.stop, part] = True
            seen[way[-1], way[-1]] = torch.ones(segment.stop - segment.start, segment.stop - segment.start).tril() > 0
        return seen


def common(left: Sequence[int], right: Sequence[int]) -> int:
    """How many tokens two texts begin with alike."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(left), len(right)))


def pack(texts: Sequence[Sequence[int]]) -> Pack:
    """Pack different texts, sorted by their tokens."""
    alike = [common(left, right) for left, right in pairwise(texts)]
    ids: list[int] = []
    segments: list[Segment] = []
    last = [0] * len(texts)
    ahead: list[tuple[int, int, int, int | None]] = [(0, len(texts), 0, None)]
    while ahead:
        low, high, depth, parent = ahead.pop()
        for first, stop in _runs(alike, low, high, depth):
            shared = min(alike[first : stop - 1], default=len(texts[first]))
            segments.append(Segment(parent, len(ids), len(ids) + shared - depth, depth))
            ids += texts[first][depth:shared]
            if len(texts[first]) == shared:
                last[first] = len(segments) - 1
                first += 1
            if first < stop:
                ahead.append((first, stop, shared, len(segments) - 1))
    return Pack(ids, segments, last)


def _runs(alike: Sequence[int], low: int, high: int, depth: int) -> Iterator[tuple[int, int]]:
    """Neighbours that go on alike after `depth` tokens."""
    first = low
    for stop in range(low + 1, high + 1):
        if stop == high or alike[stop - 1] < depth + SHORTEST_SHARED:
            yield first, stop
            first = stop


class Read(NamedTuple):
    """A pack that is read, and by segment the places that matter after the attention of the layer `last`."""

    pack: Pack
    last: int
    scored: list[list[int]]


_READ: ContextVar[Read] = ContextVar("the pack that is read")


@contextmanager
def packed_attention(model: Any, read: Pack, last: int, scored: Sequence[int]) -> Iterator[None]:
    """Within it, a transformers model attends by the pack; its layer `last` perhaps from the `scored` places alone."""
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, _attend)
    before, token = model.config._attn_implementation, _READ.set(Read(read, last, read.scored(scored)))
    model.set_attn_implementation(NAME)
    try:
        yield
    finally:
        model.set_attn_implementation(before)
        _READ.reset(token)


def _attend(
    module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: None, **given: Any
) -> tuple[torch.Tensor, None]:
    """What transformers calls in every layer; (1, heads, tokens, width) in, (1, tokens, heads, width) out."""
    if given.get("softcap") is not None or given.get("s_aux") is not None:
        raise NotImplementedError("attention with soft caps or sinks is not packed")
    read = _READ.get()
    how = {"scale": given.get("scaling"), "enable_gqa": query.shape[1] != key.shape[1]}
    # One large step costs an accelerator less than many small ones, a processor more.
    if query.device.type != "cpu":
        out = _at_once(read.pack, query, key, value, how)
    elif getattr(module, "layer_idx", None) == read.last:
        out = _from_scored(read, query, key, value, how)
    else:
        out = _in_segments(read.pack, query, key, value, how)
    return out.transpose(1, 2), None


def _at_once(
    read: Pack, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, how: dict[str, Any]
) -> torch.Tensor:
    return scaled_dot_product_attention(query, key, value, attn_mask=read.whole.to(query.device), **how)


def _in_segments(
    read: Pack, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, how: dict[str, Any]
) -> torch.Tensor:
    parts = []
    for way, seen in zip(read.ways, read.ends, strict=True):
        own = query[:, :, way[-1]]
        keys, values = _along(way, key, value)
        parts.append(scaled_dot_product_attention(own, keys, values, attn_mask=seen, is_causal=seen is None, **how))
    return torch.cat(parts, dim=2)


def _from_scored(
    read: Read, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, how: dict[str, Any]
) -> torch.Tensor:
    """The same from the scored places; 0 at the others, whose values after the last layer nothing asks for."""
    out = query.new_zeros((*query.shape[:3], value.shape[3]))
    for segment, way, scored in zip(read.pack.segments, read.pack.ways, read.scored, strict=True):
        if scored:
            keys, values = _along(way, key, value)
            ends = torch.tensor(scored) - segment.start + segment.depth
            seen = torch.arange(keys.shape[2]) <= ends[:, None]
            out[:, :, scored] = scaled_dot_product_attention(query[:, :, scored], keys, values, attn_mask=seen, **how)
    return out


def _along(way: Sequence[slice], key: torch.Tensor, value: torch.Tensor) -> list[torch.Tensor]:
    """The keys and the values of segments, one behind the other."""
    if len(way) == 1:
        return [key[:, :, way[0]], value[:, :, way[0]]]
    return [torch.cat([whole[:, :, part] for part in way], dim=2) for whole in (key, value)]
