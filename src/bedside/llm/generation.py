"""Generating for many at once: requests join a running batch and leave it, each with its own settings, token by token.

One thread works: it prefills those who wait, then asks the model for the next token of every row, over and over. A
row has its own temperature, nucleus, seed, stop strings, length and level of the dial; a cancelled one leaves at the
next step. Greedy answers are those of the model alone, up to ties within rounding. Rows and waiting requests are
bounded, and so is memory. A request that breaks while its prompt is read breaks no other; what breaks in a step ends
all that are being answered. For decoder models whose layers attend to all that was said.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import torch
from transformers.cache_utils import DynamicCache

from bedside.core.errors import UserMistake
from bedside.llm.local import load_model, load_tokenizer, stop_tokens
from bedside.llm.pieces import GenerationRequest, Piece
from bedside.llm.protocol import Failure
from bedside.llm.row_dial import RowDial
from bedside.llm.rows_cache import RowsCache
from bedside.llm.sampling import Choice, choose
from bedside.llm.spelling import Prompter, Speller

__all__ = ["Bounds", "Engine"]

# Requests whose prompts are read in one go, and their tokens with padding; those who are being answered wait that long.
PREFILL, PREFILL_TOKENS = 32, 16_384
STOPPING = "the server is stopping"


class Bounds(msgspec.Struct, frozen=True):
    """Most rows at once, most requests that wait, and the longest conversation with its reply, in tokens."""

    rows: int = 64
    waiting: int = 1024
    context: int = 8192


class _Row:
    """A request on its way: what it was asked with, what was said, and to whom it is told."""

    def __init__(self, request: GenerationRequest, tell: Callable[[Piece | Exception], None]) -> None:
        self.request, self.tell = request, tell
        self.cancelled = False
        self.prompt: list[int] = []
        self.limit = request.max_tokens
        self.token = 0
        self.speller: Speller | None = None
        self.choice = Choice(request.temperature, request.top_p, random.Random(request.seed))


class Engine:
    """A model with its tokenizer and the thread that works for all requests.

    Raises:
        UserMistake: a model that cannot be served in this process.
    """

    def __init__(self, path: str, bounds: Bounds | None = None) -> None:
        self.name, self.bounds = path, bounds or Bounds()
        self.tokenizer = load_tokenizer(path)
        self.model = load_model(path).eval()
        self.device = self.model.device
        self.dial = RowDial(self.model)
        self.context = min(self.bounds.context, _context(self.model.config, path))
        self._prompter = Prompter(self.tokenizer)
        self._stops = frozenset(stop_tokens(self.tokenizer, self.model))
        layers = self.model.config.get_text_config().num_hidden_layers
        self._cache = RowsCache(layers, self.device, self.model.dtype)
        self._rows: list[_Row] = []
        self._waiting: deque[_Row] = deque()
        self._told: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Queue[Any], Piece | Exception]]] = {}
        self._bell = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="generation", daemon=True)
        self._thread.start()

    @property
    def load(self) -> tuple[int, int]:
        """Rows being generated, and requests that wait."""
        return len(self._rows), len(self._waiting)

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[Piece]:
        """The reply as it comes; to leave the loop ends the request.

        Raises:
            Failure: the conversation is too long or not of the template's kind, too many wait, the model broke.
        """
        loop, told = asyncio.get_running_loop(), asyncio.Queue[Piece | Exception]()
        row = _Row(request, lambda said: self._told.setdefault(loop, []).append((told, said)))
        with self._bell:
            if self._closing:
                raise Failure(STOPPING, "server")
            if len(self._waiting) >= self.bounds.waiting:
                raise Failure("too many requests wait", "rate limit")
            self._waiting.append(row)
            self._bell.notify()
        try:
            while True:
                said = await told.get()
                if isinstance(said, Exception):
                    raise said
                yield said
                if said.finish:
                    return
        finally:
            self._let_go(row)

    def _let_go(self, row: _Row) -> None:
        """Its row is free at the next step; one that still waits leaves the queue to others at once."""
        row.cancelled = True
        if row.speller is None:
            with self._bell, suppress(ValueError):
                self._waiting.remove(row)

    async def close(self) -> None:
        """See `stop`."""
        await asyncio.to_thread(self.stop)

    def stop(self) -> None:
        """End the thread; whoever still waits is told that it failed."""
        with self._bell:
            self._closing = True
            self._bell.notify()
        self._thread.join()

    def _work(self) -> None:
        with torch.inference_mode():
            while True:
                with self._bell:
                    while not (self._waiting or self._rows or self._closing):
                        self._bell.wait()
                    if self._closing:
                        break
                self._turn()
        self._fail([*self._rows, *self._waiting], STOPPING)
        self._deliver()

    def _turn(self) -> None:
        """Let those who were cancelled go, take in those who wait, and say one token more of each."""
        for place in reversed(range(len(self._rows))):
            if self._rows[place].cancelled:
                self._drop(place)
        try:
            self._take_in()
            if self._rows:
                self._step()
        except Exception as error:  # noqa: BLE001 (told to those who asked; the engine goes on for others)
            self._fail(self._rows, _why(error))
            self._rows.clear()
            self._cache.clear()
        self._deliver()

    def _take_in(self) -> None:
        new: list[_Row] = []
        widest = 0
        while len(self._rows) + len(new) < self.bounds.rows and len(new) < PREFILL and (row := self._next()):
            if row.cancelled or not (row.prompt or self._ready(row)):
                continue
            widest = max(widest, len(row.prompt))
            if new and widest * (len(new) + 1) > PREFILL_TOKENS:
                self._waiting.appendleft(row)
                break
            new.append(row)
        if new:
            self._prefill(new)

    def _next(self) -> _Row | None:
        with self._bell:
            return self._waiting.popleft() if self._waiting else None

    def _ready(self, row: _Row) -> bool:
        """Read a request's prompt; tell it where it cannot be answered."""
        try:
            row.prompt = self._prompter.ids(row.request.messages)
            room = self.context - len(row.prompt)
            if room < 1:
                raise Failure(f"{len(row.prompt)} tokens, and the model takes {self.context}", "context length")
        except Failure as failure:
            row.tell(failure)
            return False
        except Exception as error:  # noqa: BLE001 (what a template or a tokenizer stumbles over is one request's)
            row.tell(Failure(f"the conversation cannot be read: {type(error).__name__}", "server"))
            return False
        row.limit = min(row.request.max_tokens, room)
        row.speller = Speller(self.tokenizer, row.request.stop)
        return True

    def _prefill(self, new: list[_Row]) -> None:
        """Read prompts and say their first tokens; where that breaks, one by one, to find whom it breaks for."""
        lengths = [len(row.prompt) for row in new]
        broken: Exception | None = None
        try:
            past, logits = self._read(new)
            self._cache.reserve(past, lengths)
        except Exception as error:  # noqa: BLE001 (told to those who asked; the rows under way are untouched)
            broken = error.with_traceback(None)
        if broken is not None:
            self._prefill_singly(new, broken)
            return
        first = len(self._rows)
        self._rows += new
        self._cache.join(past, lengths)
        self._say(logits, first)

    def _prefill_singly(self, new: list[_Row], broken: Exception) -> None:
        if isinstance(broken, torch.OutOfMemoryError):
            torch.cuda.empty_cache()
        if len(new) == 1:
            self._fail(new, _why(broken))
            return
        for row in new:
            self._prefill([row])

    def _read(self, new: list[_Row]) -> tuple[DynamicCache, torch.Tensor]:
        """The keys and values of prompts, padded on the left, and the logits after each: (rows, vocabulary)."""
        width, past = max(len(row.prompt) for row in new), DynamicCache(config=self.model.config)
        filler = self.tokenizer.pad_token_id
        ids = torch.tensor([[filler] * (width - len(r.prompt)) + r.prompt for r in new], device=self.device)
        pads = torch.tensor([width - len(row.prompt) for row in new], device=self.device)[:, None]
        columns = torch.arange(width, device=self.device)[None, :]
        self.dial.turn([row.request.level for row in new], self.device)
        out = self.model(
            input_ids=ids,
            attention_mask=(columns >= pads).long(),
            position_ids=(columns - pads).clamp(min=0),
            past_key_values=past,
            use_cache=True,
            logits_to_keep=1,
        )
        return past, out.logits[:, -1]

    def _step(self) -> None:
        asked = self._cache.step()
        ids = torch.tensor([[row.token] for row in self._rows], device=self.device)
        self.dial.turn([row.request.level for row in self._rows], self.device)
        out = self.model(
            input_ids=ids,
            attention_mask=asked.mask,
            position_ids=asked.positions,
            past_key_values=asked.past,
            use_cache=True,
        )
        self._say(out.logits[:, -1], 0)

    def _say(self, logits: torch.Tensor, first: int) -> None:
        """Choose a token for each row from `first` on, and tell it; who is done leaves."""
        rows = self._rows[first:]
        tokens = choose(logits, [row.choice for row in rows])
        for place in reversed(range(len(rows))):
            if self._spoken(rows[place], tokens[place]):
                self._drop(first + place)

    def _spoken(self, row: _Row, token: int) -> bool:
        """Whether the reply ends with this token."""
        speller = row.speller
        assert speller is not None
        row.token = token
        if token in self._stops:
            text, finish = speller.rest(), "stop"
        else:
            text, stopped = speller.add(token)
            finish = "stop" if stopped else "length" if speller.count >= row.limit else ""
            if finish == "length":
                text += speller.rest()
        if text or finish:
            row.tell(Piece(text, finish, len(row.prompt), speller.count))
        return bool(finish)

    def _drop(self, place: int) -> None:
        self._cache.leave(place)
        last = self._rows.pop()
        if place < len(self._rows):
            self._rows[place] = last

    def _fail(self, rows: Sequence[_Row], why: str) -> None:
        for row in rows:
            row.tell(Failure(why, "server"))

    def _deliver(self) -> None:
        """Hand over what was said in this turn, once for each event loop."""
        told, self._told = self._told, {}
        for loop, pieces in told.items():
            with suppress(RuntimeError):  # a loop that is closed has nobody who listens
                loop.call_soon_threadsafe(_put, pieces)


def _why(error: Exception) -> str:
    if isinstance(error, torch.OutOfMemoryError):
        return "the accelerator's memory does not hold this request"
    return f"the model broke: {type(error).__name__}"


def _put(pieces: list[tuple[asyncio.Queue[Any], Piece | Exception]]) -> None:
    for queue, said in pieces:
        queue.put_nowait(said)


def _context(config: Any, path: str) -> int:
    """How long a conversation may be: where layers see a window only, it is the window.

    Raises:
        UserMistake: the model keeps something else of what was said than keys and values.
    """
    text = config.get_text_config()
    kinds = set(getattr(text, "layer_types", None) or ()) - {"full_attention", "sliding_attention"}
    if kinds:
        raise UserMistake(
            f"has layers of the kind {', '.join(sorted(kinds))}, which bedside does not serve in its own process",
            where=path,
            remedy="Serve it with vLLM and put bedside in front: --upstream http://127.0.0.1:8000/v1",
        )
    longest = int(getattr(text, "max_position_embeddings", None) or Bounds().context)
    window = getattr(text, "sliding_window", None)
    return min(longest, int(window)) if window else longest
