"""A small HTTP/1.1 server on loopback for the test endpoints: keep-alive, and answers that break off where they are
told to.

Written on bare asyncio so that one core serves some thousand requests a second and the client stays what is measured.
It knows as much of HTTP as the clients it meets: a request with a Content-Length, one at a time on a connection.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, NamedTuple

import msgspec

__all__ = ["Answered", "Asked", "Handler", "Routes", "listen", "running"]


class Asked(msgspec.Struct, frozen=True):
    """A request; header names are in lower case, `query` is what stands after the question mark."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    query: str = ""


class Answered(msgspec.Struct, frozen=True):
    """An answer. `ending` says how the connection ends: `reset` before anything is sent, `half` of the body sent."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = {}
    ending: Literal["whole", "reset", "half"] = "whole"


Handler = Callable[[Asked], Awaitable[Answered]]
# A path, or the start of one where it ends in `/`; the longest that fits answers.
Routes = Mapping[str, Handler]

NOT_FOUND = b'{"error": {"message": "no such path %s"}}'


class Listening(NamedTuple):
    """A server and its open connections."""

    server: asyncio.Server
    connections: set[_Connection]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"


async def listen(routes: Routes, port: int) -> Listening:
    """Listen on loopback; port 0 takes a free one."""
    loop, connections = asyncio.get_running_loop(), set[_Connection]()
    server = await loop.create_server(lambda: _Connection(routes, connections), "127.0.0.1", port, backlog=1024)
    return Listening(server, connections)


@contextmanager
def running(routes: Routes, port: int = 0) -> Iterator[str]:
    """Serve in a thread of its own for as long as the block lasts; gives `http://127.0.0.1:PORT`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listening = asyncio.run_coroutine_threadsafe(listen(routes, port), loop).result()
    try:
        yield listening.url
    finally:
        asyncio.run_coroutine_threadsafe(_ended(listening), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def _ended(listening: Listening) -> None:
    listening.server.close()
    for connection in list(listening.connections):
        connection.drop()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)


class _Connection(asyncio.Protocol):
    def __init__(self, routes: Routes, connections: set[_Connection]) -> None:
        self._routes = routes
        self._connections = connections
        self._data = b""
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)
        self._transport = None
        if self._task is not None:
            self._task.cancel()  # the client has gone: like a real server, stop working for it

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._data += data
        if self._task is None or self._task.done():
            self._next()

    def _next(self) -> None:
        head, found, rest = self._data.partition(b"\r\n\r\n")
        if not found:
            return
        lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines[1:])
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        size = int(headers.get("content-length", "0"))
        if len(rest) < size:
            return
        self._data = rest[size:]
        method, target, _ = lines[0].split(" ", 2)
        path, _, query = target.partition("?")
        asked = Asked(method, path, headers, rest[:size], query)
        self._task = asyncio.get_running_loop().create_task(self._answer(asked))

    async def _answer(self, asked: Asked) -> None:
        handler = self._route(asked.path)
        if handler is None:
            self._send(Answered(NOT_FOUND % asked.path.encode(), 404))
        else:
            self._send(await handler(asked))
        if self._data:
            self._next()

    def _route(self, path: str) -> Handler | None:
        exact = self._routes.get(path)
        if exact is not None:
            return exact
        starts = [start for start in self._routes if start.endswith("/") and path.startswith(start)]
        return self._routes[max(starts, key=len)] if starts else None

    def _send(self, answered: Answered) -> None:
        transport = self._transport
        if transport is None:
            return
        if answered.ending == "reset":
            transport.abort()
            return
        headers = {"Content-Type": "application/json", "Content-Length": str(len(answered.body)), **answered.headers}
        head = f"HTTP/1.1 {answered.status} -\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers.items()) + "\r\n"
        if answered.ending == "half":
            transport.write(head.encode("latin-1") + answered.body[: len(answered.body) // 2])
            transport.close()
        else:
            transport.write(head.encode("latin-1") + answered.body)
