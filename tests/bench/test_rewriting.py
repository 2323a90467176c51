"""The measurements of `bench/rewriting.py`: the ideal, the simulated endpoint, the meter."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from rewriting_parts import runs
from rewriting_parts.endpoint import Connection, Endpoint, Settings, draws

METER = Path(runs.__file__).with_name("meter.py")
LIMIT = Settings(capacity=2, behaviour="limit", mean_s=0.001, sigma=0.5, seed=1)
QUEUE = msgspec.structs.replace(LIMIT, behaviour="queue")


class Line(Connection):
    """A connection that keeps what is sent to it."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self.sent: list[bytes] = []

    def send(self, response: bytes) -> None:
        self.sent.append(response)


def posted(user: str, role: str = "user") -> bytes:
    body = json.dumps({"messages": [{"role": role, "content": user}]}).encode()
    return b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body) + body


def answered(settings: Settings, count: int) -> tuple[list[Line], Endpoint]:
    """Ask `count` questions at once, each in two pieces, and wait for what comes."""
    endpoint = Endpoint(settings, {"a": b"HTTP/1.1 200 known"})
    lines = [Line(endpoint) for _ in range(count)]

    async def ask() -> None:
        for line in lines:
            line.data_received(posted("a")[:30])
            line.data_received(posted("a")[30:])
        while not all(line.sent for line in lines):
            await asyncio.sleep(0.001)

    asyncio.run(ask())
    return lines, endpoint


def test_the_ideal_fills_a_place_the_moment_that_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "draws", lambda settings: iter([3.0, 1.0, 1.0, 2.0]))
    # Two places: 0-3; 0-1, then 1-2, then 2-4.
    assert runs.ideal_finishes(LIMIT, 4) == [1.0, 2.0, 3.0, 4.0]


def test_latencies_have_the_mean_that_is_told_and_come_again() -> None:
    settings = msgspec.structs.replace(LIMIT, mean_s=2.0)
    found = list(islice(draws(settings), 20_000))
    # The standard error of the mean is 2 * sqrt(exp(0.25) - 1) / sqrt(20,000) = 0.0075.
    assert sum(found) / len(found) == pytest.approx(2.0, abs=4 * 0.0075)
    assert list(islice(draws(settings), 5)) == found[:5]


def test_a_queue_answers_all_and_a_limit_refuses_what_is_too_much() -> None:
    lines, endpoint = answered(QUEUE, 5)
    assert [line.sent for line in lines] == [[b"HTTP/1.1 200 known"]] * 5
    assert (len(endpoint.log["finished"]), endpoint.log["refused"], endpoint.busy) == (5, 0, 0)
    lines, endpoint = answered(LIMIT, 5)
    assert [line.sent[0][:12] for line in lines] == [b"HTTP/1.1 200"] * 2 + [b"HTTP/1.1 429"] * 3
    assert (len(endpoint.log["finished"]), endpoint.log["refused"]) == (2, 3)


def test_a_client_that_left_takes_no_place_in_the_queue() -> None:
    endpoint = Endpoint(QUEUE, {})
    lines = [Line(endpoint) for _ in range(4)]

    async def ask() -> None:
        for line in lines:
            line.data_received(posted("b"))
        lines[2].connection_lost(None)
        while not lines[3].sent:
            await asyncio.sleep(0.001)
        while endpoint.busy:
            await asyncio.sleep(0.001)

    asyncio.run(ask())
    assert [len(line.sent) for line in lines] == [1, 1, 0, 1]
    assert len(endpoint.log["finished"]) == 3
    assert endpoint.log["unknown"] == 4


def test_the_meter_counts_children_that_outlive_the_command(tmp_path: Path) -> None:
    burn = "import time\nheld = bytearray(60_000_000)\nwhile time.process_time() < 0.7: pass"
    leave = f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {burn!r}])\ntime.sleep(0.1)"
    report = tmp_path / "report.json"
    subprocess.run([sys.executable, METER, report, sys.executable, "-c", leave], check=True)
    figures = json.loads(report.read_text(encoding="utf-8"))
    assert figures["status"] == 0
    assert figures["cpu_s"] >= 0.7
