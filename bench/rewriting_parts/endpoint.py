"""A simulated endpoint: `python endpoint.py ANSWERS.jsonl SETTINGS` prints its port and serves; `GET /` gives its log.

At most `capacity` replies are under way at a time. What comes on top waits its turn (`queue`, as vLLM does) or is
refused at once with 429 and no Retry-After (`limit`, as rate-limited services do). The n-th reply to be started takes
the n-th draw of a log-normal law, whoever asks, so that every client meets the same latencies.

A reply is looked up by the first user message and sent as bytes made beforehand; a question without messages is refused
with 400, as OpenAI does. One process, no framework: it must cost next to nothing beside its clients.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

__all__ = ["draws"]

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
UNKNOWN = '{"messages": []}'
Behaviour = Literal["queue", "limit"]


class Message(msgspec.Struct):
    """One message of a question; its content is a text or a list of parts."""

    role: str
    content: Any


class Question(msgspec.Struct):
    """What is read of a request's body."""

    messages: list[Message]


class Settings(msgspec.Struct, frozen=True):
    """How the endpoint behaves."""

    capacity: int
    behaviour: Behaviour
    mean_s: float
    sigma: float
    seed: int


def draws(settings: Settings) -> Iterator[float]:
    """The latencies of the replies in turn, in seconds, without end: log-normal with the settings' mean and sigma."""
    rng = random.Random(settings.seed)
    mu_of_mean_one = -(settings.sigma**2) / 2
    while True:
        yield settings.mean_s * rng.lognormvariate(mu_of_mean_one, settings.sigma)


class Endpoint:
    """The places, the queue before them, and the log of what was asked and answered."""

    def __init__(self, settings: Settings, answers: dict[str, bytes]) -> None:
        self.settings = settings
        self._answers = answers
        self._unknown = _response(200, _completion(UNKNOWN))
        self._refusal = _response(429, json.dumps({"error": {"message": "rate limit", "type": "requests"}}))
        self._latencies = draws(settings)
        self._waiting: deque[tuple[Connection, bytes]] = deque()
        self.busy = 0
        self.log: dict[str, Any] = {"finished": [], "refused": 0, "unknown": 0, "dropped": 0, "first": None}

    def ask(self, connection: Connection, body: bytes) -> None:
        """A question has come in whole."""
        messages = msgspec.json.decode(body, type=Question).messages
        if not messages:
            connection.send(_response(400, json.dumps({"error": {"message": "empty messages"}})))
            return
        self.log["first"] = self.log["first"] or time.monotonic()
        if self.busy < self.settings.capacity:
            self._start(connection, self._answer(messages))
        elif self.settings.behaviour == "queue":
            self._waiting.append((connection, self._answer(messages)))
        else:
            self.log["refused"] += 1
            connection.send(self._refusal)

    def _answer(self, messages: list[Message]) -> bytes:
        content = next((m.content for m in messages if m.role == "user"), "")
        text = content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
        found = self._answers.get(text)
        self.log["unknown"] += found is None
        return found or self._unknown

    def _start(self, connection: Connection, answer: bytes) -> None:
        self.busy += 1
        asyncio.get_running_loop().call_later(next(self._latencies), self._finish, connection, answer)

    def _finish(self, connection: Connection, answer: bytes) -> None:
        self.busy -= 1
        if connection.open:
            connection.send(answer)
            self.log["finished"].append(time.monotonic())
        else:
            self.log["dropped"] += 1
        while self._waiting and self.busy < self.settings.capacity:
            following, its_answer = self._waiting.popleft()
            if following.open:
                self._start(following, its_answer)


class Connection(asyncio.Protocol):
    """One client connection; HTTP/1.1, one question at a time."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, _, rest = self._buffer.partition(b"\r\n\r\n")
        match = LENGTH.search(head)
        if head == self._buffer or (match and len(rest) < int(match[1])):
            return
        self._buffer = b""
        if head.startswith(b"POST"):
            self._endpoint.ask(self, rest)
        else:
            log = self._endpoint.log | {"cpu_s": time.process_time()}
            self.send(_response(200, json.dumps(log)))

    def send(self, response: bytes) -> None:
        """Write a response."""
        assert self._transport is not None
        self._transport.write(response)


def _response(status: int, body: str) -> bytes:
    data = body.encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


def _completion(text: str) -> str:
    """A reply as chat completions are; tokens are given as four characters each."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 500, "completion_tokens": len(text) // 4, "total_tokens": 500 + len(text) // 4}
    head = {"id": "chatcmpl-0", "object": "chat.completion", "created": 1_700_000_000, "model": "sim"}
    return json.dumps(head | {"choices": [choice], "usage": usage})


async def serve(settings: Settings, answers: Path) -> None:
    """Serve on a free loopback port until killed."""
    rows = (json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines())
    endpoint = Endpoint(settings, {row["user"]: _response(200, _completion(row["reply"])) for row in rows})
    server = await asyncio.get_running_loop().create_server(lambda: Connection(endpoint), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Read the settings and serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("answers", type=Path)
    parser.add_argument("settings", help="Settings as JSON")
    asked = parser.parse_args()
    asyncio.run(serve(msgspec.json.decode(asked.settings, type=Settings), asked.answers))


if __name__ == "__main__":
    main()
