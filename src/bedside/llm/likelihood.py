"""Log-likelihoods of continuations by a transformers model, each shared beginning computed once.

Rows that begin alike (the options of one question; skins that differ only after it) form a group: its beginning is read
once, its keys and values are kept, and only the ends are read for each row. Logits are made at the scored places alone,
not for the whole text. Batches hold rows of like length. Values are those of a full forward pass up to rounding; the
probabilities are taken in 32 bits whatever the model's precision.

Known limits: models whose state is not keys and values (Mamba and the like) read every row in full; in a layer of
sliding attention padding counts as text, so that beginnings longer than the window may differ in its last few tokens.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch

from bedside.llm.continuations import Asked, Row, max_length_of, rows_of

__all__ = ["Asked", "Likelihoods", "log_likelihoods"]

# A beginning is shared when it has at least this many tokens and is at least half of each of its rows.
SHORTEST_SHARED = 32
# Rows whose ends are read at once, for each beginning in a batch.
ENDS_PER_BEGINNING = 4


class Likelihoods(NamedTuple):
    """`values[i][k]` in nats, by request and option; `cut` are requests too long and cut at the start."""

    values: list[tuple[float, ...]]
    cut: frozenset[int]


class _Group(NamedTuple):
    """Rows whose first `shared` tokens are the same; a row alone shares all of its own."""

    rows: list[Row]
    shared: int


class _End(NamedTuple):
    """A row, the place of its beginning in the batch, and how long that is."""

    owner: int
    shared: int
    row: Row


class _Scored(NamedTuple):
    """What is scored of a row in one pass: the tokens from `begin` to `end`, which are row `number` of the pass."""

    number: int
    begin: int
    end: int
    row: Row

    def targets(self) -> Iterator[tuple[int, int, int, tuple[int, int]]]:
        """(row of the pass, place in it, the token that should follow, request and continuation)."""
        for request, continuation, first, tokens in self.row.readings:
            for place, token in enumerate(tokens, start=first):
                if self.begin <= place < self.end:
                    yield self.number, place - self.begin, token, (request, continuation)


# Log-likelihoods by request and continuation.
Values = dict[tuple[int, int], float]


def log_likelihoods(model: Any, tokenizer: Any, asked: Sequence[Asked], batch_size: int) -> Likelihoods:
    """The log-likelihood of each continuation after its context; `batch_size` contexts are read at once."""
    rows, cut = rows_of(tokenizer, asked, max_length_of(model.config, tokenizer))
    values = [[0.0] * len(one.continuations) for one in asked]
    reader = _Reader(model)
    for batch in _batches(_groups(rows, reader.shares), batch_size):
        for (request, place), value in reader.fitting(batch).items():
            values[request][place] = value
    return Likelihoods([tuple(row) for row in values], frozenset(cut))


def _groups(rows: list[Row], shares: bool) -> list[_Group]:
    """Rows in order of their tokens, those with a long common beginning together; the longest group first."""
    groups: list[_Group] = []
    for row in sorted(rows, key=lambda row: row.ids):
        if shares and groups:
            last = groups[-1]
            shared = _common(last.rows[0].ids[: last.shared], row.ids)
            saved = len(last.rows) * shared > (len(last.rows) - 1) * last.shared
            if saved and shared >= max(SHORTEST_SHARED, len(row.ids) / 2, len(last.rows[-1].ids) / 2):
                groups[-1] = _Group([*last.rows, row], shared)
                continue
        groups.append(_Group([row], len(row.ids)))
    return sorted(groups, key=lambda group: (len(group.rows) > 1, -group.shared))


def _common(left: tuple[int, ...], right: tuple[int, ...]) -> int:
    pairs = enumerate(zip(left, right, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(left), len(right)))


def _batches(groups: list[_Group], batch_size: int) -> Iterator[list[_Group]]:
    batch: list[_Group] = []
    for group in groups:
        ends = sum(len(g.rows) for g in batch) + len(group.rows)
        alike = not batch or (len(batch[0].rows) > 1) == (len(group.rows) > 1)
        if batch and (len(batch) == batch_size or ends > batch_size * ENDS_PER_BEGINNING or not alike):
            yield batch
            batch = []
        batch.append(group)
    if batch:
        yield batch


class _Reader:
    """Reads batches with one model."""

    def __init__(self, model: Any) -> None:
        self._model = model
        inner = model.get_base_model() if hasattr(model, "get_base_model") else model
        self._head = model.get_output_embeddings()
        takes = set(inspect.signature(inner.forward).parameters)
        cached = {"past_key_values", "position_ids", "use_cache"} <= takes
        self.shares = cached and not getattr(inner, "_is_stateful", False)

    def fitting(self, batch: list[_Group]) -> Values:
        """The values of a batch; one that does not fit into the accelerator's memory is halved."""
        try:
            return self._read(batch)
        except torch.OutOfMemoryError:
            if len(batch) == 1:
                raise
        torch.cuda.empty_cache()
        half = len(batch) // 2
        return self.fitting(batch[:half]) | self.fitting(batch[half:])

    @torch.inference_mode()
    def _read(self, batch: list[_Group]) -> Values:
        values: Values = {}
        beginnings = [group.rows[0].ids[: group.shared] for group in batch]
        ends = [_End(i, group.shared, row) for i, group in enumerate(batch) for row in group.rows]
        longer = [end for end in ends if len(end.row.ids) > end.shared]
        scored = [_Scored(end.owner, 0, end.shared, end.row) for end in ends]
        # Padding on the right of a causal model needs no mask: no real token sees it.
        tokens = self._padded(beginnings)
        out = self._forward(scored, values, input_ids=tokens, use_cache=bool(longer))
        if longer:
            self._read_ends(longer, [len(ids) for ids in beginnings], out.past_key_values, values)
        return values

    def _read_ends(self, ends: list[_End], lengths: list[int], cache: Any, values: Values) -> None:
        """Read what follows the beginnings, whose keys and values are in `cache`, padding included."""
        tokens = self._padded([end.row.ids[end.shared :] for end in ends])
        device, (count, width) = tokens.device, tokens.shape
        owners = torch.tensor([end.owner for end in ends], device=device)
        cache.batch_select_indices(owners)
        length = torch.tensor(lengths, device=device)[owners].unsqueeze(1)
        seen = torch.arange(max(lengths), device=device).unsqueeze(0) < length
        mask = torch.cat([seen, torch.ones(count, width, dtype=torch.bool, device=device)], dim=1).long()
        positions = length + torch.arange(width, device=device).unsqueeze(0)
        scored = [_Scored(i, end.shared, len(end.row.ids), end.row) for i, end in enumerate(ends)]
        inputs = {"input_ids": tokens, "attention_mask": mask, "position_ids": positions}
        self._forward(scored, values, **inputs, past_key_values=cache, use_cache=True)

    def _padded(self, rows: list[tuple[int, ...]]) -> torch.Tensor:
        width = max(map(len, rows))
        return torch.tensor([[*row, *[0] * (width - len(row))] for row in rows], device=self._model.device)

    def _forward(self, scored: list[_Scored], values: Values, **inputs: Any) -> Any:
        """One pass of the model; what is scored in it is added to `values`."""
        targets = [target for one in scored for target in one.targets()]
        spots = {spot: number for number, spot in enumerate(dict.fromkeys((row, at) for row, at, _, _ in targets))}
        rows, places = [row for row, _ in spots] or [0], [at for _, at in spots] or [0]
        if self._head is None:
            out = self._model(**inputs)
            logits = out.logits[rows, places]
        else:
            # Logits are made at the scored places alone; what the model does with them after its head still applies.
            hook = self._head.register_forward_pre_hook(lambda _, given: (given[0][rows, places].unsqueeze(0),))
            try:
                out = self._model(**inputs)
            finally:
                hook.remove()
            logits = out.logits[0]
        chances = logits.float().log_softmax(dim=-1)
        found = chances[[spots[row, at] for row, at, _, _ in targets], [token for _, _, token, _ in targets]]
        for (_, _, _, key), value in zip(targets, found.tolist(), strict=True):
            values[key] = values.get(key, 0.0) + value
        return out
