"""Log-likelihoods of continuations by a transformers model, each shared beginning computed once.

Rows that begin alike (the options of one question, its skins that differ only after it, questions with the same words
before them) are packed into one sequence in which the beginning stands once (`packing`); no token is padding. Logits,
and what the last layer computes besides keys and values, are computed at the scored places alone. Values are those of a
full forward pass up to rounding; the probabilities are taken in 32 bits whatever the model's precision.

A model is tried first on two short texts: in full, with the last layer at the scored places alone, and packed. What
changes a value (other attention, states that are not keys and values) is left out; texts longer than a model's window
of attention are read in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import torch

from bedside.llm.continuations import Asked, Row, max_length_of, rows_of
from bedside.llm.packing import common, pack, packed_attention

__all__ = ["Asked", "Likelihoods", "log_likelihoods"]

# A pass holds so many tokens for each context that may be read at once.
TOKENS_A_CONTEXT = 128
WINDOWS = ("sliding_window", "attention_chunk_size")
# Log-probabilities of a trial may differ so much from rounding.
ROUNDING = {torch.float64: 1e-4, torch.float32: 1e-3}
ROUNDING_OF_HALVES = 0.1


class Likelihoods(NamedTuple):
    """`values[i][k]` in nats, by request and option; `cut` are requests too long and cut at the start."""

    values: list[tuple[float, ...]]
    cut: frozenset[int]


# Log-likelihoods by request and continuation.
Values = dict[tuple[int, int], float]
# (row of the pass, place in it) of a place of the batch's n-th row.
Where = Callable[[int, int], tuple[int, int]]
# A place of the pass, the token whose chance there is asked for, and to which continuation it adds.
Target = tuple[tuple[int, int], int, tuple[int, int]]


def log_likelihoods(model: Any, tokenizer: Any, asked: Sequence[Asked], batch_size: int) -> Likelihoods:
    """The log-likelihood of each continuation after its context; `batch_size` contexts are read at once."""
    rows, cut = rows_of(tokenizer, asked, max_length_of(model.config, tokenizer))
    values = [[0.0] * len(one.continuations) for one in asked]
    reader = _Reader(model)
    window = reader.window()
    packed = sorted((row for row in rows if len(row.ids) <= window), key=lambda row: row.ids)
    whole = sorted((row for row in rows if len(row.ids) > window), key=lambda row: -len(row.ids))
    batches = [(reader.packed, batch) for batch in _passes(packed, batch_size * TOKENS_A_CONTEXT)]
    batches += [(reader.in_full, whole[at : at + batch_size]) for at in range(0, len(whole), batch_size)]
    for read, batch in batches:
        for (request, place), value in _fitting(read, batch).items():
            values[request][place] = value
    return Likelihoods([tuple(row) for row in values], frozenset(cut))


def _passes(rows: Sequence[Row], tokens: int) -> Iterator[list[Row]]:
    """Sorted rows in passes of about so many tokens, what begins alike counted once."""
    batch: list[Row] = []
    held = 0
    for row in rows:
        new = len(row.ids) - (common(batch[-1].ids, row.ids) if batch else 0)
        if batch and held + new > tokens:
            yield batch
            batch, held, new = [], 0, len(row.ids)
        batch.append(row)
        held += new
    if batch:
        yield batch


def _fitting(read: Callable[[Sequence[Row]], Values], batch: Sequence[Row]) -> Values:
    """The values of a batch; one that does not fit into the accelerator's memory is halved."""
    try:
        return read(batch)
    except torch.OutOfMemoryError:
        if len(batch) == 1:
            raise
    torch.cuda.empty_cache()
    half = len(batch) // 2
    return _fitting(read, batch[:half]) | _fitting(read, batch[half:])


class _Reader:
    """Reads batches with one model."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._inner = model.get_base_model() if hasattr(model, "get_base_model") else model
        self._config = getattr(self._inner.config, "text_config", None) or self._inner.config
        self._layers: int = getattr(self._config, "num_hidden_layers", 0)
        self._head = model.get_output_embeddings()
        self._parts: list[Any] = []
        rows = self._trial_rows()
        self._tried = self.in_full(rows)
        self._parts = self._last_parts()
        if not self._gives_the_same(self.in_full, rows):
            self._parts = []

    def window(self) -> float:
        """The longest row that may be packed; 0 where this model's rows may not."""
        rows = sorted(self._trial_rows(), key=lambda row: row.ids)
        can = not getattr(self._inner, "_is_stateful", False) and self._head is not None
        if not can or not self._gives_the_same(self.packed, rows):
            return 0
        return min((w for name in WINDOWS if (w := getattr(self._config, name, None))), default=float("inf"))

    def _trial_rows(self) -> list[Row]:
        """Two short texts with a common beginning."""
        ids = [(7 * n + 3) % min(1000, self._config.vocab_size) for n in range(24)]
        return [
            Row(tuple(ids[:20]), [(0, n, 8 + 3 * n, (n + 5,)) for n in range(4)]),
            Row((*ids[:12], *ids[20:]), [(1, n, 12 + n, (n + 5,)) for n in range(4)]),
        ]

    def _gives_the_same(self, read: Callable[[Sequence[Row]], Values], rows: Sequence[Row]) -> bool:
        """Whether the trial read in this way gives what it gave in full."""
        try:
            found = read(rows)
        except (AttributeError, NotImplementedError, RuntimeError, TypeError, ValueError):
            return False
        most = ROUNDING.get(self._model.dtype, ROUNDING_OF_HALVES)
        return all(abs(value - found[key]) <= most for key, value in self._tried.items())

    @torch.inference_mode()
    def packed(self, batch: Sequence[Row]) -> Values:
        """Read sorted rows as one sequence."""
        read = pack([row.ids for row in batch])
        inputs = {"input_ids": self._tensor([read.ids]), "position_ids": self._tensor([read.positions()])}
        targets = _targets(batch, lambda number, place: (0, read.where(number, place)))
        scored = sorted({place for (_, place), _, _ in targets})
        with packed_attention(self._inner, read, self._layers - 1, scored):
            return self._values(targets, inputs)

    @torch.inference_mode()
    def in_full(self, batch: Sequence[Row]) -> Values:
        """Read each row by itself. Padding on the right of a causal model needs no mask: no real token sees it."""
        width = max(len(row.ids) for row in batch)
        padded = [[*row.ids, *[0] * (width - len(row.ids))] for row in batch]
        return self._values(_targets(batch, lambda number, place: (number, place)), {"input_ids": self._tensor(padded)})

    def _tensor(self, rows: list[list[int]]) -> torch.Tensor:
        return torch.tensor(rows, device=self._model.device)

    def _values(self, targets: Sequence[Target], inputs: dict[str, torch.Tensor]) -> Values:
        """One pass of the model over a batch."""
        spots = {spot: number for number, spot in enumerate(dict.fromkeys(spot for spot, _, _ in targets))}
        logits = self._logits(list(spots), inputs)
        chances = logits.float().log_softmax(dim=-1)
        found = chances[[spots[spot] for spot, _, _ in targets], [token for _, token, _ in targets]]
        values: Values = {}
        for (_, _, key), value in zip(targets, found.tolist(), strict=True):
            values[key] = values.get(key, 0.0) + value
        return values

    def _logits(self, spots: list[tuple[int, int]], inputs: dict[str, torch.Tensor]) -> Any:
        """Logits at the scored places; what the model does with them after its head still applies."""
        places = tuple(self._tensor([list(axis) for axis in zip(*spots, strict=True)]))
        if self._head is None:
            return self._model(**inputs, use_cache=False).logits[places]
        with ExitStack() as hooks:
            hooks.enter_context(_given(self._head, lambda hidden: hidden[places].unsqueeze(0)))
            for part in self._parts:
                hooks.enter_context(_at(part, places))
            return self._model(**inputs, use_cache=False).logits[0]

    def _last_parts(self) -> list[Any]:
        """Parts of the last layer whose output at a place nothing but that place's logits depends on."""
        layers = [m for m in self._inner.modules() if isinstance(m, torch.nn.ModuleList) and len(m) == self._layers]
        last = layers[0][-1] if layers else None
        attention = getattr(last, "self_attn", None)
        parts = [getattr(attention, "q_proj", None), getattr(attention, "o_proj", None), getattr(last, "mlp", None)]
        return [part for part in parts if part is not None]


def _targets(batch: Sequence[Row], where: Where) -> list[Target]:
    """What is asked for of a batch."""
    return [
        (where(number, place), token, (request, continuation))
        for number, row in enumerate(batch)
        for request, continuation, first, tokens in row.readings
        for place, token in enumerate(tokens, start=first)
    ]


@contextmanager
def _given(module: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Iterator[None]:
    """Within it, a module is given something else."""
    hook = module.register_forward_pre_hook(lambda _, given: (change(given[0]), *given[1:]))
    try:
        yield
    finally:
        hook.remove()


@contextmanager
def _at(module: Any, places: tuple[torch.Tensor, ...]) -> Iterator[None]:
    """Within it, a module that treats every place by itself works at some places alone, and gives 0 at the others."""
    shape: list[torch.Size] = []

    def chosen(hidden: torch.Tensor) -> torch.Tensor:
        shape[:] = [hidden.shape]
        return hidden[places].unsqueeze(0)

    def spread(_: Any, __: Any, out: torch.Tensor) -> torch.Tensor:
        whole = out.new_zeros(shape[0])
        whole[places] = out[0]
        return whole

    hook = module.register_forward_hook(spread)
    try:
        with _given(module, chosen):
            yield
    finally:
        hook.remove()
