"""Nothing is lost, doubled or paid twice: rewriting against an endpoint that misbehaves, killed again and again.

`python bench/faults.py` makes 2,000 consultations of the clinic, starts the misbehaving test endpoint with 30 %
faults of all kinds, runs `bedside rewrite` on them, kills it with SIGKILL 20 times at random moments, starts it again
each time, and checks what came out: as many rows as went in, none twice, every accepted row word for word a reply
that was given to its own request, and no more requests than rows, and retries that faults made necessary, times 1.05.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from bedside.clinic import consultations
from bedside.core.config import RewriteConfig
from bedside.core.files import read_rows, write_rows
from bedside.core.records import Rewrite
from bedside.llm import Ledger
from bedside.llm.misbehaving import FAULTS
from bedside.rewrite.order import Orders
from bedside.rewrite.recipes import NotARewrite, parse, prompt

SPARE = 1.05
# A slow answer is late, and makes no other request necessary.
HARMLESS = ("slow",)
KINDS = [kind for kind in FAULTS if kind not in HARMLESS]


def main() -> None:
    """Run, check, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--share", type=float, default=0.3, help="share of requests that meet a fault")
    parser.add_argument("--latency", type=float, default=0.05, help="mean seconds of an answer")
    parser.add_argument("--concurrency", type=int, default=6, help="what a kill can lose at most")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "dialogues.jsonl"
        write_rows(source, consultations(arguments.rows, arguments.seed, "train"))
        with subprocess.Popen(endpoint(arguments), stderr=subprocess.PIPE, text=True) as server:
            try:
                assert server.stderr is not None
                url = server.stderr.readline().split()[2]
                killed = go_through(arguments, source, folder / "out", url)
                done = stats(url)
            finally:
                server.kill()
        report(arguments, killed, done, check(source, folder / "out", url))


def endpoint(arguments: argparse.Namespace) -> list[str]:
    """The command of the misbehaving endpoint."""
    shares = [f"{kind}={arguments.share / len(KINDS):.5f}" for kind in KINDS] + ["slow=0.005"]
    return [
        sys.executable, "-m", "bedside.llm.fake_endpoint", "--port", "0", "--latency", str(arguments.latency),
        "--seed", str(arguments.seed), *(word for share in shares for word in ("--fault", share)),
    ]  # fmt: skip


def go_through(arguments: argparse.Namespace, source: Path, out: Path, url: str) -> list[int]:
    """Run and kill until it is done; gives how many requests the endpoint had seen at each kill."""
    rng = random.Random(arguments.seed)
    expected = arguments.rows / (1 - arguments.share)
    places = sorted(rng.uniform(0, 0.97 * expected) for _ in range(arguments.kills))
    command = [
        sys.executable, "-m", "bedside.cli", "rewrite", str(source), "--model", f"{url}#fake", "-o", str(out),
        "--concurrency", str(arguments.concurrency), "--json",
    ]  # fmt: skip
    killed: list[int] = []
    for place in places:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        begun = time.monotonic()
        # Every fifth dies at any moment of its first seconds, perhaps before its first request.
        soon = rng.uniform(0.0, 4.0) if len(killed) % 5 == 4 else float("inf")
        while stats(url).get("requests", 0) < place and time.monotonic() - begun < soon and process.poll() is None:
            time.sleep(0.02)
        time.sleep(rng.uniform(0.0, 0.1))
        if process.poll() is not None:
            raise SystemExit(f"it ended by itself with {process.returncode} after {len(killed)} kills")
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed.append(stats(url).get("requests", 0))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return killed


def stats(url: str) -> dict[str, int]:
    """What the endpoint did so far."""
    with urllib.request.urlopen(url.removesuffix("/v1") + "/stats", timeout=30) as answer:
        value: dict[str, int] = json.load(answer)
        return value


def check(source: Path, out: Path, url: str) -> Counter[str]:
    """The rows by status, after every row was compared with what was asked and answered.

    Raises:
        AssertionError: a row is missing, double, or not what the model said.
    """
    rows = list(read_rows(out / "rewrites.jsonl", Rewrite))
    orders = list(Orders(source, RewriteConfig(model=f"{url}#fake"), 0))
    assert [row.id for row in rows] == [order.dialogue.id for order in orders], "a row for each dialogue, in order"
    assert len({row.id for row in rows}) == len(rows), "no row twice"
    replies = replies_by_question(out / "requests.sqlite")
    accepted = 0
    for row, order in zip(rows, orders, strict=True):
        if row.status == "accepted":
            accepted += 1
            said = replies[prompt(order.dialogue, order.planned, order.recipe)[-1].content]
            assert row.rewritten in said, f"row {row.id} is not what the model said"
    assert accepted > 0.9 * len(rows), "most rows came through, so that the comparison means something"
    return Counter(row.status for row in rows) + Counter({"asked for": sum(row.attempts > 0 for row in rows)})


def replies_by_question(path: Path) -> dict[str, list[Any]]:
    """The rewrites in all kept replies, by the words of the patient's message that was first sent."""
    ledger, found = Ledger(path), dict[str, list[Any]]()
    for request, reply in ledger.database.execute("SELECT request, reply FROM replies"):
        question = msgspec.json.decode(request)["messages"][1]["content"]
        try:
            rewritten = parse(msgspec.json.decode(reply).get("text", "")).messages
        except NotARewrite:
            continue
        found.setdefault(question, []).append(rewritten)
    ledger.close()
    return found


def report(arguments: argparse.Namespace, killed: list[int], done: dict[str, int], rows: Counter[str]) -> None:
    """Print the figures and hold them to the bar."""
    necessary = sum(done.get(kind, 0) for kind in KINDS)
    bar = SPARE * (rows["asked for"] + necessary)
    ended = rows["accepted"] + rows["rejected"] + rows["failed"]
    print(f"rows in {arguments.rows}, rows out {ended}: {dict(rows)}")
    print(f"killed {len(killed)} times, at requests {killed}")
    print(f"faults that made a retry necessary: {necessary}: { ({kind: done.get(kind, 0) for kind in KINDS}) }")
    print(f"requests under way when the process was killed: {done.get('client left', 0)}")
    print(f"requests {done['requests']}, at most {bar:.0f}: {done['requests'] / (bar / SPARE):.3f} of the necessary")
    assert ended == arguments.rows
    assert done["requests"] <= bar
    print("PASS")


if __name__ == "__main__":
    main()
