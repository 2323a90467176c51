"""OpenAI's Batch API: many requests as a file, answered within a day at a lower price.

Each step is written down before it is taken (`batch_store`), so that whatever is interrupted goes on later: a file or
batch whose answer was lost is found again by its name or metadata, and nothing is sent twice. Files are split by the
documented limits, and smaller where the provider says that too much is enqueued. When the answers are kept, the files
are deleted at the provider: they hold what patients wrote.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec
import openai
from openai.types import Batch

from bedside.core.errors import EndpointError, UserMistake
from bedside.core.progress import Advance
from bedside.llm.batch_store import BatchStore, OpenBatch
from bedside.llm.protocol import ChatReply, ChatRequest, Failure

__all__ = ["Batches", "Codec", "FileLimits", "Outcome", "Sleep"]

PATH: Literal["/v1/chat/completions"] = "/v1/chat/completions"
FINAL = ("completed", "failed", "expired", "cancelled")
FIRST_LOOK_S, LONGEST_LOOK_S, GROWTH = 5.0, 60.0, 1.5
TRIES = 5
# How many of the newest files or batches are looked through for one whose answer was lost.
LOOKED_THROUGH = 1000
Sleep = Callable[[float], Awaitable[None]]
Said = TypeVar("Said")
PASSING = (openai.APIConnectionError, openai.InternalServerError, openai.RateLimitError)
# 501 stands among the passing ones in the SDK, and is none.
NO_BATCH_API = (400, 404, 405, 422, 501)


class FileLimits(NamedTuple):
    """The most that one file may hold (platform.openai.com/docs/guides/batch)."""

    requests: int = 50_000
    bytes: int = 200_000_000


DOCUMENTED = FileLimits()


class Codec(NamedTuple):
    """An endpoint's way to write a request and to read the answer; `reply` raises Failure."""

    model: str
    body: Callable[[ChatRequest], dict[str, Any]]
    reply: Callable[[dict[str, Any], ChatRequest], ChatReply]


class Outcome(msgspec.Struct, frozen=True):
    """What became of one request: a reply, or a problem and whether to ask `again` makes sense.

    `looked_at` is False where the provider turned the whole batch away. `unsure`: it was perhaps answered, and billed.
    """

    key: str
    request: ChatRequest
    reply: ChatReply | None
    problem: str = ""
    again: bool = False
    looked_at: bool = True
    unsure: bool = False


class Batches:
    """The batches of one run at one endpoint. `odd_lines` counts lines of results that could not be used."""

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        codec: Codec,
        store: BatchStore,
        limits: FileLimits = DOCUMENTED,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client, self._codec, self.store = client, codec, store
        self._limits, self._sleep = limits, sleep
        self._one_at_a_time = False
        self.odd_lines = 0

    async def check(self) -> None:
        """Whether the endpoint has a Batch API.

        Raises:
            UserMistake: it has none.
            EndpointError: it cannot be used.
        """
        try:
            await self._tried(lambda: self._client.batches.list(limit=1))
        except openai.APIStatusError as error:
            url = str(self._client.base_url)
            if error.status_code not in NO_BATCH_API:
                raise EndpointError(f"{url}: {error.message}") from error
            mistake = UserMistake("this endpoint has no Batch API", where=url, remedy="Run without --batch.")
            raise mistake from error

    async def recover(self) -> None:
        """Finish what an interrupted run began to send; what was never sent is struck off, to be sent anew."""
        for batch in self.store.open():
            if batch.state == "intended":
                file_id = await self._tried(lambda batch=batch: self._file_of(batch))  # type: ignore[misc]
                if file_id is None:
                    self.store.drop(batch)
                    continue
                batch = self.store.uploaded(batch, file_id)
            if batch.state == "uploaded":
                self.store.created(batch, await self._create(batch))

    async def send(self, requests: dict[str, ChatRequest]) -> int:
        """Send requests, in as many batches as it takes; gives how many were sent (the rest is for the next round)."""
        sent = 0
        for chunk, size in self._chunks(requests):
            batch = OpenBatch(uuid.uuid4().hex, self._codec.model, "intended", size, len(chunk))
            self.store.intend(batch, chunk)
            batch = self.store.uploaded(batch, await self._upload(batch))
            self.store.created(batch, await self._create(batch))
            sent += len(chunk)
            if self._one_at_a_time:
                break
        return sent

    async def ended(self, advance: Advance) -> AsyncIterator[tuple[OpenBatch, Batch]]:
        """Each open batch when it has ended; looks in growing intervals until none is left."""
        wait_s = FIRST_LOOK_S
        finished: set[str] = set()
        shown: dict[str, int] = {}
        while waiting := [batch for batch in self.store.open() if batch.id not in finished]:
            for batch in waiting:
                remote = await self._look(batch)
                final = remote.status in FINAL
                answered = remote.request_counts.completed if remote.request_counts else 0
                reached = batch.requests if final else answered
                advance(reached - shown.get(batch.id, 0), _told(waiting))
                shown[batch.id] = reached
                if final:
                    finished.add(batch.id)
                    yield batch, remote
            if not all(batch.id in finished for batch in waiting):
                await self._sleep(wait_s)
                wait_s = min(wait_s * GROWTH, LONGEST_LOOK_S)

    async def outcomes(self, batch: OpenBatch, remote: Batch) -> list[Outcome]:
        """What became of every request of a batch that has ended.

        Raises:
            EndpointError: the provider turned the whole batch down, and would do so again.
        """
        if remote.status == "failed":
            return self._failed(batch, remote)
        told: dict[str, Outcome] = {}
        for file_id in (remote.output_file_id, remote.error_file_id):
            if file_id:
                await self._read(batch, file_id, told)
        problem, asked = f"no answer in the batch ({remote.status})", self.store.asked(batch)
        return [
            told.get(key) or Outcome(key, request, None, problem, again=True, unsure=True) for key, request in asked
        ]

    async def forget(self, batch: OpenBatch, remote: Batch) -> None:
        """The answers are kept: the batch is struck off here, and its files are deleted at the provider."""
        self.store.drop(batch)
        for file_id in (remote.input_file_id, remote.output_file_id, remote.error_file_id):
            if file_id:
                with suppress(openai.APIError):
                    await self._client.files.delete(file_id)

    async def cancel(self) -> int:
        """Ask the provider to stop every open batch; gives how many. What is answered already can still be read."""
        open_batches = [batch for batch in self.store.open() if batch.batch_id]
        for batch in open_batches:
            remote = await self._look(batch)
            if remote.status not in (*FINAL, "cancelling"):
                with suppress(openai.BadRequestError, openai.ConflictError):  # it has ended in the meantime
                    await self._tried(lambda name=remote.id: self._client.batches.cancel(name))  # type: ignore[misc]
        return len(open_batches)

    def _chunks(self, requests: dict[str, ChatRequest]) -> Iterator[tuple[dict[str, ChatRequest], int]]:
        chunk: dict[str, ChatRequest] = {}
        size = 0
        for key, request in requests.items():
            line = len(self._line(key, request))
            if chunk and (len(chunk) == self._limits.requests or size + line > self._limits.bytes):
                yield chunk, size
                chunk, size = {}, 0
            chunk[key] = request
            size += line
        if chunk:
            yield chunk, size

    def _line(self, key: str, request: ChatRequest) -> bytes:
        value = {"custom_id": key, "method": "POST", "url": PATH, "body": self._codec.body(request)}
        return msgspec.json.encode(value) + b"\n"

    async def _upload(self, batch: OpenBatch) -> str:
        data = b"".join(self._line(key, request) for key, request in self.store.asked(batch))
        uncertain = False

        async def attempt() -> str:
            nonlocal uncertain
            found = await self._file_of(batch) if uncertain else None
            uncertain = True
            return found or (await self._client.files.create(file=(_name(batch), data), purpose="batch")).id

        return await self._tried(attempt)

    async def _file_of(self, batch: OpenBatch) -> str | None:
        """The batch's file at the provider, when it arrived there whole."""
        async for file in _first(self._client.files.list(purpose="batch", order="desc", limit=100)):
            if file.filename == _name(batch) and file.bytes == batch.bytes:
                return str(file.id)
        return None

    async def _create(self, batch: OpenBatch) -> str:
        file_id = batch.file_id
        assert file_id is not None

        async def attempt() -> str:
            async for remote in _first(self._client.batches.list(limit=100)):
                if remote.input_file_id == file_id or (remote.metadata or {}).get("bedside") == batch.id:
                    return str(remote.id)
            made = await self._client.batches.create(
                input_file_id=file_id, endpoint=PATH, completion_window="24h", metadata={"bedside": batch.id}
            )
            return made.id

        return await self._tried(attempt)

    async def _look(self, batch: OpenBatch) -> Batch:
        name = batch.batch_id
        assert name is not None
        return await self._tried(lambda: self._client.batches.retrieve(name))

    def _failed(self, batch: OpenBatch, remote: Batch) -> list[Outcome]:
        errors = (remote.errors.data if remote.errors else None) or []
        codes = {error.code for error in errors}
        if "token_limit_exceeded" in codes and (batch.requests > 1 or not self._one_at_a_time):
            # As much as is enqueued now is too much: one file at a time from here on, and half as large as this one.
            self._limits = self._limits._replace(requests=max(1, batch.requests // 2))
            self._one_at_a_time = True
            asked = self.store.asked(batch)
            problem = "too much was enqueued"
            return [Outcome(key, request, None, problem, again=True, looked_at=False) for key, request in asked]
        said = "; ".join(f"{error.code}: {error.message}" for error in errors) or "it does not say why"
        raise EndpointError(f"{self._client.base_url} turned a batch down: {said}")

    async def _read(self, batch: OpenBatch, file_id: str, told: dict[str, Outcome]) -> None:
        """Read a file of results into `told`; the first line of each request counts."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.jsonl"

            async def download() -> None:
                async with self._client.files.with_streaming_response.content(file_id) as response:
                    await response.stream_to_file(path)

            await self._tried(download)
            with path.open("rb") as lines:
                for line in lines:
                    outcome = self._outcome(batch, line) if line.strip() else None
                    if outcome is None or outcome.key in told:
                        self.odd_lines += 1
                    else:
                        told[outcome.key] = outcome

    def _outcome(self, batch: OpenBatch, line: bytes) -> Outcome | None:
        try:
            row = json.loads(line)
            key, response, error = row["custom_id"], row.get("response") or {}, row.get("error") or {}
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        request = self.store.request(batch, key)
        if request is None:
            return None
        status, body = response.get("status_code", 0), response.get("body") or {}
        if status == 200:
            try:
                return Outcome(key, request, self._codec.reply(body, request))
            except Failure as failure:
                return Outcome(key, request, None, str(failure), again=True, unsure=True)
        said = error.get("message") or (body.get("error") or {}).get("message") or f"status {status}"
        return Outcome(key, request, None, str(said), again=not 400 <= status < 500 or status in (408, 409, 429))

    async def _tried(self, call: Callable[[], Awaitable[Said]]) -> Said:
        """A call, again after a while where that can help."""
        for attempt in range(TRIES):
            try:
                return await call()
            except PASSING as error:
                if getattr(error, "status_code", 0) == 501:
                    raise
                if attempt + 1 == TRIES:
                    raise EndpointError(f"{self._client.base_url}: {error.message}; run again to go on") from error
            await self._sleep(min(FIRST_LOOK_S * 2**attempt, LONGEST_LOOK_S))
        raise AssertionError("unreachable")


def _name(batch: OpenBatch) -> str:
    return f"bedside-{batch.id}.jsonl"


async def _first(pages: Any) -> AsyncIterator[Any]:
    """The newest of a paged list, as many as are worth looking through."""
    seen = 0
    async for thing in pages:
        yield thing
        seen += 1
        if seen == LOOKED_THROUGH:
            return


def _told(waiting: list[OpenBatch]) -> str:
    return f"{len(waiting)} {'batch' if len(waiting) == 1 else 'batches'} at the provider"
