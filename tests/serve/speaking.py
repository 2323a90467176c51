"""A model that says what it is told to, piece by piece, a server around it on loopback, and plain HTTP requests."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from bedside.llm.pieces import GenerationRequest, Piece
from bedside.llm.protocol import Failure
from bedside.serve.app import build_app
from bedside.serve.guard import Guard
from bedside.serve.levels import Levels
from bedside.serve.models import Served
from bedside.serve.options import Options
from bedside.serve.server import bind, server_of

JSON = {"Content-Type": "application/json"}


class Speaking:
    """Says `text` (or what it makes of the request) in pieces of `size` characters, `pause_s` apart."""

    def __init__(
        self, text: str | Callable[[GenerationRequest], str] = "Rest and drink.", size: int = 7, pause_s: float = 0.0
    ) -> None:
        self.text, self.size, self.pause_s = text, size, pause_s
        self.asked: list[GenerationRequest] = []
        self.left = 0
        self.closed = False
        self.failure: Failure | None = None

    @property
    def load(self) -> tuple[int, int]:
        return 1, 2

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[Piece]:
        self.asked.append(request)
        text = self.text if isinstance(self.text, str) else self.text(request)
        try:
            for start in range(0, len(text), self.size):
                if self.pause_s:
                    await asyncio.sleep(self.pause_s)
                yield Piece(text[start : start + self.size])
            if self.failure:
                raise self.failure
            yield Piece("", "stop", 11, len(text.split()))
        except (asyncio.CancelledError, GeneratorExit):
            self.left += 1
            raise

    async def close(self) -> None:
        self.closed = True


class Got(NamedTuple):
    """An answer over HTTP."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Running(NamedTuple):
    """A server on loopback."""

    port: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Got:
        """One request; a body that is no text is sent as JSON."""
        data = body if isinstance(body, str | bytes | None) else json.dumps(body)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, data, JSON if headers is None else headers)
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            return Got(response.status, told, response.read().decode())
        finally:
            connection.close()

    def chat(self, *said: str, headers: dict[str, str] | None = None, **more: Any) -> Got:
        """Ask for a reply to what a patient said in turn."""
        messages = [{"role": "user", "content": text} for text in said]
        return self.ask("POST", "/v1/chat/completions", {"model": "tuned", "messages": messages, **more}, headers)

    def events(self, *said: str, **more: Any) -> list[Any]:
        """The events of a streamed reply, the closing mark left out."""
        got = self.chat(*said, stream=True, **more)
        assert got.status == 200, got.text
        lines = [line.removeprefix("data: ") for line in got.text.split("\n\n") if line]
        assert lines[-1] == "[DONE]"
        return [json.loads(line) for line in lines[:-1]]


def text_of(events: list[Any], choice: int = 0) -> str:
    """The words of one choice of a stream."""
    parts = [c["delta"].get("content", "") for e in events for c in e["choices"] if c["index"] == choice]
    return "".join(parts)


@contextmanager
def serving(
    model: Any, levels: Levels | None = None, options: Options | None = None, guard: Guard | None = None
) -> Iterator[Running]:
    """A server with this model for as long as the block lasts."""
    options = options or Options()
    app = build_app(Served(model, levels or Levels("tuned", "any")), guard, options)
    listening = bind("127.0.0.1", 0)
    listening.setsockopt(
        socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024
    )  # so that a client that takes nothing is noticed
    server = server_of(app, options.limits)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            threading.Event().wait(0.01)
        yield Running(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
