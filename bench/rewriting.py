"""How fast, how cheaply do rewriting tools keep one endpoint busy?

`python bench/rewriting.py --peer distilabel=PYTHON --peer bespokelabs-curator=PYTHON --peer data-designer=PYTHON`

bedside and, each in the environment of its PYTHON, other tools send the same prompts to the same simulated endpoint
(`rewriting_parts/endpoint.py`) on loopback and get the same replies; a tool without a PYTHON is left out. Latency is
log-normal with a mean of 2 s at capacity 64 and of 4 s at 256, as a server's replies take longer the more of them it
writes: short for a rewrite, yet long enough that the endpoint, not a core, sets the pace (32 and 64 replies a second).
bedside runs as users run it, gates on; `bedside llm` is its way of asking alone, and `plain aiohttp` a bare loop of
posts, for a floor. The others take replies as text and judge nothing.

The others are told to have twice the capacity under way: nobody knows a server's capacity, one that queues never runs
dry then, and one that refuses shows what a tool does about it. bedside is told nothing and finds out. CPU a reply is
the slope between a short and a long run, so that starting up does not count; it is shown apart, and so is what the
endpoint itself took of the machine. Prints a Markdown table for each capacity; `--log` keeps every figure.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, get_args

import msgspec

from rewriting_parts.endpoint import Behaviour, Settings
from rewriting_parts.runs import Client, Figures, run
from rewriting_parts.work import made

HERE = Path(__file__).resolve().parent
ROWS = {64: 2_000, 256: 4_000}
MEAN_S = {64: 2.0, 256: 4.0}
SHORT = 8  # a short run has an eighth of the rows
BEDSIDE = (sys.executable, "-c", "from bedside.cli import main; main()", "rewrite")
COLUMNS = (
    "client", "rows right", "replies/s", "of ideal", "of ideal, middle", "refused",
    "CPU ms a reply", "start-up CPU s", "s to first request", "peak MiB", "endpoint's CPU ms", "load",
)  # fmt: skip


def main() -> None:
    """Measure every client at every capacity and print the tables."""
    asked = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="rewriting-"))
    try:
        work = asked.work or folder / "work"
        for capacity in asked.capacity:
            settings = Settings(capacity, asked.behaviour, asked.mean_s or MEAN_S[capacity], sigma=0.5, seed=7)
            print(f"\nCapacity {capacity}, {asked.behaviour}, {ROWS[capacity]} rows:\n\n{_head()}")
            for client in _clients(asked, capacity):
                print(_measured(client, settings, (work, folder), asked.log), flush=True)
    finally:
        if not asked.keep:
            shutil.rmtree(folder)


def _arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", action="append", default=[], metavar="TOOL=PYTHON", help="another tool to measure")
    parser.add_argument("--behaviour", choices=get_args(Behaviour), default="queue")
    parser.add_argument("--mean-s", type=float, help="mean latency of a reply, at any capacity")
    parser.add_argument("--capacity", type=int, nargs="+", choices=tuple(ROWS), default=list(ROWS))
    parser.add_argument("--only", nargs="+", default=[""], help="only clients whose names begin so")
    parser.add_argument("--concurrency", type=int, default=0, help="bedside's --concurrency, if it is to be told")
    parser.add_argument("--work", type=Path, help="keep the prompts and replies in this folder, for the next run too")
    parser.add_argument("--log", type=Path, help="JSON lines of every run are added to this file")
    parser.add_argument("--keep", action="store_true", help="keep the clients' folders")
    return parser.parse_args()


def _clients(asked: Any, capacity: int) -> list[Client]:
    under_way = 2 * capacity
    bare = str(HERE / "rewriting_parts" / "bare.py")
    clients = [
        Client("plain aiohttp", (sys.executable, bare, "aiohttp"), under_way),
        Client("bedside llm", (sys.executable, bare, "llm"), asked.concurrency or under_way),
        Client("bedside rewrite", BEDSIDE, asked.concurrency, is_bedside=True),
    ]
    for name, _, python in (peer.partition("=") for peer in asked.peer):
        command = (python, str(HERE / "rewriting_parts" / "clients.py"), name)
        told = subprocess.run([*command, "version"], capture_output=True, text=True, check=True).stdout.strip()
        clients.append(Client(f"{name} {told}", command, under_way))
    return [client for client in clients if client.name.startswith(tuple(asked.only))]


def _head() -> str:
    return f"| {' | '.join(COLUMNS)} |\n|---{'|---:' * (len(COLUMNS) - 1)}|"


def _measured(client: Client, settings: Settings, folders: tuple[Path, Path], log: Path | None) -> str:
    """A row of the table. The work lies in the first of the folders, the clients' own in the second."""
    rows, place = ROWS[settings.capacity], folders[1] / f"{settings.capacity} {client.name}"
    try:
        short = run(client, settings, made(folders[0] / str(rows // SHORT), rows // SHORT), place / "short")
        long = run(client, settings, made(folders[0] / str(rows), rows), place / "long")
    except (RuntimeError, subprocess.SubprocessError, OSError) as problem:
        return f"| {client.name} | failed: {problem} |"
    if log:
        with log.open("ab") as file:
            file.writelines(msgspec.json.encode((settings, figures)) + b"\n" for figures in (short, long))
    return _line(short, long)


def _line(short: Figures, long: Figures) -> str:
    more = long.requests - short.requests
    each_s = (long.cpu_s - short.cpu_s) / more
    served_s = (long.endpoint_cpu_s - short.endpoint_cpu_s) / more
    cells = (
        f"{long.client} | {long.right}/{long.rows} | {long.rate:.1f} | {long.ideal:.3f} | {long.middle:.3f}",
        f"{long.refused} | {each_s * 1e3:.2f} | {short.cpu_s - each_s * short.requests:.1f}",
        f"{long.to_first_s:.1f} | {long.peak_mib:.0f}",
        f"{served_s * 1e3:.2f} | {long.load:.1f}",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
