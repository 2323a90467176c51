"""One client's run against one simulated endpoint, and what it is held against.

Ideal is what the endpoint itself could do: the same draws of latency, in the same order, with every one of its places
taken again the moment that it is free, from the first reply to the last. So the slow replies at the end, when places
must stand empty, are in the ideal as well.
"""

from __future__ import annotations

import heapq
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from rewriting_parts.endpoint import Settings, draws

__all__ = ["Client", "Figures", "run"]

HERE = Path(__file__).resolve().parent
CLIENT_LIMIT_S = 900


class Client(msgspec.Struct, frozen=True):
    """A tool to measure: its name in the table, its command up to ORDER, the concurrency that it is given."""

    name: str
    command: tuple[str, ...]
    concurrency: int
    is_bedside: bool = False


class Figures(msgspec.Struct, frozen=True):
    """What a run gave.

    `middle` is the rate between the first and last fifth of the replies, over the ideal's there; `to_first_s` how long
    it took until the first request came.
    """

    client: str
    rows: int
    right: int
    requests: int
    refused: int
    unknown: int
    rate: float
    ideal: float
    middle: float
    cpu_s: float
    peak_mib: float
    wall_s: float
    to_first_s: float
    endpoint_cpu_s: float
    load: float


def run(client: Client, settings: Settings, work: Path, folder: Path) -> Figures:
    """Let a client do the work in an empty folder."""
    folder.mkdir(parents=True)
    load = os.getloadavg()[0]
    with _serving(settings, work / "answers.jsonl") as url:
        begun = time.monotonic()
        report = _metered(_command(client, settings, work, folder, url), folder)
        with urllib.request.urlopen(url.removesuffix("v1")) as response:
            log = json.load(response)
    answers = [json.loads(line)["reply"] for line in (work / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    finished = [at - log["first"] for at in log["finished"]]
    best = ideal_finishes(settings, len(finished))
    return Figures(
        client=client.name,
        rows=len(answers),
        right=_right(client, answers, folder),
        requests=len(finished),
        refused=log["refused"],
        unknown=log["unknown"],
        rate=len(finished) / finished[-1],
        ideal=best[-1] / finished[-1],
        middle=_middle(best) / _middle(finished),
        cpu_s=report["cpu_s"],
        peak_mib=report["peak_mib"],
        wall_s=report["wall_s"],
        to_first_s=log["first"] - begun,
        endpoint_cpu_s=log["cpu_s"],
        load=load,
    )


def ideal_finishes(settings: Settings, count: int) -> list[float]:
    """When each reply would be done, from the first question on, if no place ever stood empty while one is left."""
    places = [0.0] * settings.capacity
    finishes = []
    for latency in islice(draws(settings), count):
        finishes.append(places[0] + latency)
        heapq.heapreplace(places, finishes[-1])
    return sorted(finishes)


def _middle(finishes: list[float]) -> float:
    """The time from the first fifth of the replies to the last."""
    return finishes[len(finishes) * 4 // 5] - finishes[len(finishes) // 5]


@contextmanager
def _serving(settings: Settings, answers: Path) -> Iterator[str]:
    command = [sys.executable, str(HERE / "endpoint.py"), str(answers), msgspec.json.encode(settings).decode()]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
    finally:
        server.kill()
        server.wait()


def _command(client: Client, settings: Settings, work: Path, folder: Path, url: str) -> list[str]:
    if client.is_bedside:
        concurrency = ["--concurrency", str(client.concurrency)] if client.concurrency else []
        where = [str(work / "dialogues.jsonl"), "--model", f"{url}#sim", "-o", "out"]
        return [*client.command, *where, *concurrency, "--json", "--set", "timeout_s=600"]
    order = {"url": url, "prompts": str(work / "prompts.jsonl"), "concurrency": client.concurrency}
    path = folder / "order.json"
    path.write_text(json.dumps(order | {"behaviour": settings.behaviour, "out": "replies.jsonl"}), encoding="utf-8")
    return [*client.command, str(path)]


def _metered(command: list[str], folder: Path) -> dict[str, float]:
    """Run a command in a folder under the meter; its output goes to `client.log`."""
    meter = [sys.executable, str(HERE / "meter.py"), "report.json", *command]
    with (folder / "client.log").open("wb") as log:
        subprocess.run(meter, cwd=folder, stdout=log, stderr=log, check=True, timeout=CLIENT_LIMIT_S)
    report: dict[str, float] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    if report["status"]:
        raise RuntimeError(f"status {report['status']}: see {folder / 'client.log'}")
    return report


def _right(client: Client, answers: list[str], folder: Path) -> int:
    """Rows that came out with the reply that the endpoint has for them."""
    if client.is_bedside:
        lines = (folder / "out" / "rewrites.jsonl").read_text(encoding="utf-8").splitlines()
        found = [(n, json.loads(line)["rewritten"]) for n, line in enumerate(lines)]
        return sum(json.loads(answers[number])["messages"] == reply for number, reply in found)
    lines = (folder / "replies.jsonl").read_text(encoding="utf-8").splitlines()
    replies: dict[int, Any] = {r["row"]: r["reply"] for r in map(json.loads, lines)}
    return sum(replies.get(number) == answer for number, answer in enumerate(answers))
