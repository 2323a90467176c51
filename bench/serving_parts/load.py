"""Many clients at once, each asking again as soon as it has its reply; half of them take it as a stream."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import aiohttp
import psutil

from serving_parts.servers import Running

__all__ = ["Load", "Reply", "Round", "pressed"]

SAMPLE_S = 1.0


class Load(NamedTuple):
    """How a server is pressed. `max_tokens` bounds every reply; all are greedy."""

    clients: int
    seconds: float
    max_tokens: int


class Reply(NamedTuple):
    """One reply; `first_s` is the time to the first words, of a stream."""

    prompt: int
    streamed: bool
    text: str
    tokens: int
    seconds: float
    first_s: float
    # The guard answered alone, so that the model was not asked.
    fixed: bool
    # It said something beside the model.
    guarded: bool


class Round(NamedTuple):
    """What came in `seconds`: whole replies, errors by kind, MiB of the server by the second, its CPU seconds."""

    seconds: float
    replies: list[Reply]
    errors: Counter[str]
    memory: list[tuple[float, float]]
    cpu_s: float


class _Wrong(Exception):
    """An answer that is no whole reply."""


async def pressed(server: Running, prompts: Sequence[str], load: Load) -> Round:
    """Press a server for so many seconds; a reply that is not whole by then does not count."""
    replies: list[Reply] = []
    errors: Counter[str] = Counter()
    memory: list[tuple[float, float]] = []
    process = psutil.Process(server.pid)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=60)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
        for streamed in (False, True):  # the first requests load what is loaded late
            await _reply(session, server, (0, prompts[0]), streamed, load.max_tokens)
        numbered = itertools.cycle(enumerate(prompts))
        began, cpu = time.perf_counter(), _cpu_s(process)
        tasks = [
            asyncio.create_task(_client(session, server, numbered, bool(n % 2), load.max_tokens, (replies, errors)))
            for n in range(load.clients)
        ]
        while (passed := time.perf_counter() - began) < load.seconds:
            memory.append((passed, process.memory_info().rss / 2**20))
            await asyncio.sleep(min(SAMPLE_S, load.seconds - passed))
        took, cpu = time.perf_counter() - began, _cpu_s(process) - cpu
        whole = list(replies)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return Round(took, whole, errors, memory, cpu)


async def _client(
    session: aiohttp.ClientSession,
    server: Running,
    prompts: Iterator[tuple[int, str]],
    streamed: bool,
    max_tokens: int,
    told: tuple[list[Reply], Counter[str]],
) -> None:
    while True:
        try:
            told[0].append(await _reply(session, server, next(prompts), streamed, max_tokens))
        except (_Wrong, aiohttp.ClientError, OSError, ValueError, KeyError, IndexError) as error:
            told[1][f"{type(error).__name__}: {error}"[:120]] += 1
            await asyncio.sleep(0.1)


async def _reply(
    session: aiohttp.ClientSession, server: Running, prompt: tuple[int, str], streamed: bool, max_tokens: int
) -> Reply:
    body: dict[str, Any] = {
        "model": server.server.model,
        "messages": [{"role": "user", "content": prompt[1]}],
        "max_tokens": max_tokens,
        "temperature": 0,
        "stream": streamed,
    }
    body |= server.server.stream_fields if streamed else {}
    began, first_s = time.perf_counter(), 0.0
    async with session.post(server.url, json=body) as response:
        if response.status != 200:
            raise _Wrong(f"status {response.status}")
        if not streamed:
            told = await response.json()
            choice = told["choices"][0]
            text, finish, usage = choice["message"]["content"], choice["finish_reason"], told["usage"]
            guard = told.get("bedside", {}).get("guard", [])
        else:
            text, finish, usage, guard = "", "", None, []
            async for line in response.content:
                if not line.startswith(b"data: {"):
                    continue
                chunk = json.loads(line[6:])
                if "error" in chunk:
                    raise _Wrong("error in a stream")
                for choice in chunk["choices"]:
                    text += choice["delta"].get("content") or ""
                    finish = choice.get("finish_reason") or finish
                first_s = first_s or (time.perf_counter() - began if text else 0.0)
                usage = chunk.get("usage") or usage
                guard = chunk.get("bedside", {}).get("guard", guard)
    if finish not in ("stop", "length") or usage is None or not text:
        raise _Wrong(f"no whole reply: {finish!r}, {len(text)} characters")
    tokens = usage["completion_tokens"] - (server.server.counts_end and finish == "stop")
    fixed = any(decision["action"] == "fixed reply" for decision in guard)
    return Reply(prompt[0], streamed, text, tokens, time.perf_counter() - began, first_s, fixed, bool(guard))


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
