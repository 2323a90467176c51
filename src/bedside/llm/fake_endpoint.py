"""An OpenAI-compatible endpoint on loopback: for tests, for measurements, and to try bedside without a model.

`python -m bedside.llm.fake_endpoint --port 8000` answers requests for rewrites with authored sentences; with a script
(the format of `scripted:`) it answers by that. `--latency`, `--capacity` and `--fault KIND=SHARE` make it behave like
a real one on a bad day (see `misbehaving`); `/stats` tells what it did. It has a Batch API too (`fake_batches`). In
tests the answer is a function from the request's body to a text, or to a `Fault`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from bedside.core.files import read_rows
from bedside.llm.fake_batches import SMOOTH, BatchPlan, Complete, FakeBatches
from bedside.llm.fake_server import Answered, Asked, Routes, listen, running
from bedside.llm.fake_writer import said_to
from bedside.llm.misbehaving import FAULTS, FaultKind, Law, Misbehaving, completion
from bedside.llm.scripted import Line

__all__ = ["Answer", "Fault", "main", "misbehaving", "serving", "serving_batches"]


class Fault(msgspec.Struct, frozen=True):
    """An answer that is none: an HTTP status with headers and a message."""

    status: int
    message: str = "fault on request"
    headers: dict[str, str] = {}


Answer = Callable[[dict[str, Any]], str | Fault]


@contextmanager
def serving(answer: Answer, port: int = 0) -> Iterator[str]:
    """Serve on a loopback port (a free one by default) for as long as the block lasts; gives the base URL.

    The answer is called in a thread of its own, and may take its time.
    """
    with running({"/v1/chat/completions": _answering(answer)}, port) as url:
        yield f"{url}/v1"


@contextmanager
def misbehaving(law: Law, port: int = 0) -> Iterator[tuple[str, Misbehaving]]:
    """Serve by a law; gives the base URL and the endpoint, whose `stats` say what it did."""
    endpoint = Misbehaving(law)
    with running(endpoint.routes, port) as url:
        yield f"{url}/v1", endpoint


@contextmanager
def serving_batches(answer: Answer, plan: BatchPlan = SMOOTH, port: int = 0) -> Iterator[tuple[str, FakeBatches]]:
    """Serve chat completions and the Batch API; gives the base URL and what the provider holds."""
    fake = FakeBatches(_completing(answer), plan)
    with running({"/v1/chat/completions": _answering(answer), **fake.routes}, port) as url:
        yield f"{url}/v1", fake


def _completing(answer: Answer) -> Complete:
    """The answer to a request in a batch."""

    def complete(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        said = answer(body)
        if isinstance(said, Fault):
            return said.status, {"error": {"message": said.message}}
        return 200, completion(body, said)

    return complete


def _answering(answer: Answer) -> Callable[[Asked], Any]:
    numbers = count()

    async def handle(asked: Asked) -> Answered:
        body = msgspec.json.decode(asked.body)
        said = await asyncio.get_running_loop().run_in_executor(None, answer, body)
        if isinstance(said, Fault):
            return Answered(msgspec.json.encode({"error": {"message": said.message}}), said.status, said.headers)
        return Answered(msgspec.json.encode(completion(body, said, f"fake-{next(numbers)}")))

    return handle


def scripted_answer(path: Path) -> Answer:
    """Answers by a script file: the first line whose `contains` stands in the last message."""
    lines = tuple(read_rows(path, Line))

    def answer(body: dict[str, Any]) -> str | Fault:
        last = body["messages"][-1]["content"]
        line = next((line for line in lines if line.contains in last), None)
        if line is None or line.fail:
            return Fault(500, "no line of the script fits" if line is None else "scripted failure")
        return line.reply

    return answer


def main() -> None:
    """Serve until interrupted."""
    arguments = _arguments()
    if arguments.script is not None:
        answer = scripted_answer(arguments.script)
        routes: Routes = {"/v1/chat/completions": _answering(answer), **FakeBatches(_completing(answer)).routes}
    else:
        routes = {**Misbehaving(_law(arguments), said_to).routes, **FakeBatches(_completing(said_to)).routes}
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(routes, arguments.port))


async def _serve(routes: Routes, port: int) -> None:
    listening = await listen(routes, port)
    sys.stderr.write(f"serving at {listening.url}/v1 (Ctrl-C ends it)\n")
    sys.stderr.flush()
    await listening.server.serve_forever()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bedside.llm.fake_endpoint", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("script", type=Path, nargs="?", help="lines of {contains, reply}; without it, rewrites")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--latency", type=float, default=0.2, help="mean seconds of an answer")
    parser.add_argument("--sigma", type=float, default=0.6, help="of the log-normal law; 0 is constant")
    parser.add_argument("--capacity", type=int, help="the most answers under way")
    parser.add_argument("--over", choices=("refuse", "queue"), default="refuse", help="what happens beyond capacity")
    parser.add_argument("--fault", action="append", default=[], metavar="KIND=SHARE", help=", ".join(FAULTS))
    parser.add_argument("--retry-after", type=float, default=0.2, help="seconds, of a `rate limit with wait`")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _law(arguments: argparse.Namespace) -> Law:
    shares = {name: float(share) for name, _, share in (text.partition("=") for text in arguments.fault)}
    faults = msgspec.convert(shares, dict[FaultKind, float])
    return Law(
        arguments.latency, arguments.sigma, arguments.capacity, arguments.over,
        arguments.retry_after, faults, arguments.seed,
    )  # fmt: skip


if __name__ == "__main__":
    main()
