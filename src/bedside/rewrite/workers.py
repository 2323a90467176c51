"""Processes that do the work of `work`, so that the event loop which keeps the endpoint busy never waits for a gate.

A worker runs `main` of this module: it reads pieces of work from its standard input and writes results to
its standard output, as length-prefixed MessagePack. It ends when its input does, so none outlives a killed run.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from collections import deque
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from bedside.core.records import Reason
from bedside.rewrite.gates import Verdict
from bedside.rewrite.work import Attempted, Audit, Compose, Defect, Judge, Work, perform

__all__ = ["Workers", "main", "worker_count"]

RESULTS: dict[type, Any] = {Judge: Verdict, Audit: tuple[Reason, ...], Compose: Attempted}
# Starting a process takes about as long as judging so many rows.
WORTH_A_PROCESS = 200
BATCH = 16
# The loop that keeps the endpoint busy goes before judging.
NICE = 5


class Result(msgspec.Struct):
    """What a piece of work gave, or how it broke down."""

    value: Any = None
    defect: str = ""


class RawResult(msgspec.Struct):
    value: msgspec.Raw = msgspec.Raw(b"\xc0")
    defect: str = ""


def worker_count(asked: int | None, rows: int) -> int:
    """How many processes: as asked, or one a core; none for a few rows."""
    if asked is not None:
        return asked
    return 0 if rows < WORTH_A_PROCESS else os.cpu_count() or 1


class Workers:
    """A number of worker processes; with none, the work is done in this one."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._waiting: deque[tuple[Work, asyncio.Future[Any]]] = deque()
        self._called = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def do(self, work: Work) -> Any:
        """The result of a piece of work (see `perform`).

        Raises:
            Defect: it broke down.
        """
        if not self._count:
            await asyncio.sleep(0)
            return _taken(_performed(work))
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._serve()) for _ in range(self._count)]
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        self._called.set()
        return await done

    async def close(self) -> None:
        """End the processes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self) -> None:
        """Feed one process for as long as it lasts."""
        process = await _start()
        assert process.stdin is not None
        assert process.stdout is not None
        batch: list[tuple[Work, asyncio.Future[Any]]] = []
        try:
            while True:
                while not self._waiting:
                    self._called.clear()
                    await self._called.wait()
                batch = [self._waiting.popleft() for _ in range(self._share())]
                process.stdin.write(_framed([work for work, _ in batch]))
                size = int.from_bytes(await process.stdout.readexactly(4), "big")
                _hand_out(batch, await process.stdout.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.MsgspecError) as error:
            ended = process.stdout.at_eof()
            how = f"ended with code {await process.wait()}" if ended else f"answered nonsense: {error}"
            for _, done in batch:
                if not done.done():
                    done.set_exception(Defect(f"a judging process {how}"))
            self._tasks.append(asyncio.create_task(self._serve()))
        finally:
            process.stdin.close()
            if process.returncode is None:
                process.kill()
                await process.wait()

    def _share(self) -> int:
        """A fair part of what waits, so that no process idles while another has a heap."""
        return min(BATCH, -(-len(self._waiting) // self._count))


async def _start() -> asyncio.subprocess.Process:
    source = str(Path(__file__).parents[2])
    paths = [source, *filter(None, [os.environ.get("PYTHONPATH")])]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from bedside.rewrite.workers import main; main()",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )


def _hand_out(batch: list[tuple[Work, asyncio.Future[Any]]], data: bytes) -> None:
    for (work, done), raw in zip(batch, msgspec.msgpack.decode(data, type=list[RawResult]), strict=True):
        if done.done():
            continue
        if raw.defect:
            done.set_exception(Defect(raw.defect))
        else:
            done.set_result(msgspec.msgpack.decode(raw.value, type=RESULTS[type(work)]))


def _framed(value: Any) -> bytes:
    data = msgspec.msgpack.encode(value)
    return len(data).to_bytes(4, "big") + data


def _performed(work: Work) -> Result:
    try:
        return Result(perform(work))
    except Exception:  # noqa: BLE001 (one row's defect must not end the run of all; the row fails, and says where)
        return Result(defect=traceback.format_exc(limit=-3))


def _taken(result: Result) -> Any:
    if result.defect:
        raise Defect(result.defect)
    return result.value


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Do what comes in until nothing comes."""
    while head := source.read(4):
        works = msgspec.msgpack.decode(source.read(int.from_bytes(head, "big")), type=list[Work])
        sink.write(_framed([_performed(work) for work in works]))
        sink.flush()


def main() -> None:
    """A worker process; Ctrl-C is its parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(os, "nice"):
        os.nice(NICE)
    serve(sys.stdin.buffer, sys.stdout.buffer)
