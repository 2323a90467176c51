"""How much does `bedside serve` bear, beside `transformers serve`, and what does its guard cost a message?

`python bench/serving.py` (`--seconds 30` for a short look)

First 200 clients press bedside for `--seconds` without a pause: errors, pace, latency, memory over time. Then bedside
and transformers' server, as it comes and with continuous batching, take turns in shorter rounds, each round in a
process of its own, with the same model in this machine's precision, the same prompts, the same longest reply, greedy,
by the same clients; half of them stream. The ratios are of the tokens written in these rounds. What
bedside's guard answers alone is not counted as throughput, nor the tokens of its advice. The prompts are consultations
of the clinic's world, so many that the guard meets hardly one twice.

A round counts replies that were whole within it, so it must be long beside a reply's latency. Clients and servers
share the machine. The guard's cost is time on one thread, before any server is started. Needs the extras `train`
and `serve`. Prints Markdown tables; `--log` keeps the figures as JSON lines.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from bedside.clinic import consultations
from bedside.llm import local_path
from guard import cost_of_messages, table
from serving_parts.load import Load, Reply, Round, pressed
from serving_parts.servers import Server, bedside, running, transformers

PROMPTS, SEED = 20_000, 11
# Blocks of memory for the other server's continuous batching: enough for its 200 clients, and not gigabytes.
BLOCKS = 512
STEADY_FROM_S = 60.0
COLUMNS = (
    "server", "seconds", "replies", "errors", "replies/s", "tokens/s", "p50 s", "p99 s", "first words p50 s",
    "tokens/CPU s", "most MiB",
)  # fmt: skip


class Figures(NamedTuple):
    """A server's rounds together. Latencies in seconds, memory in MiB, tokens are those that the model wrote."""

    server: str
    seconds: float
    replies: int
    fixed: int
    errors: dict[str, int]
    tokens: int
    p50_s: float
    p99_s: float
    first_p50_s: float
    cpu_s: float
    most_mib: float

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return self.tokens / self.seconds

    @property
    def by_cpu(self) -> float:
        """Tokens a second of the server's processor time, which what else the machine does disturbs less."""
        return self.tokens / self.cpu_s


class Memory(NamedTuple):
    """MiB at the start, after a minute (or a fifth of a shorter run) and at the end; MiB a minute from there on."""

    start: float
    after: float
    end: float
    slope: float


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    load = f"{os.getloadavg()[0]:.1f}"
    print(f"{os.cpu_count()} cores, load {load} before; {asked.clients} clients, up to {asked.max_tokens} tokens\n")
    if "guard" in asked.parts:
        _print_guard(asked.log)
    prompts = [dialogue.messages[0].content for dialogue in consultations(PROMPTS, SEED, "held_out")]
    whole = Load(asked.clients, asked.seconds, asked.max_tokens)
    if "long" in asked.parts:
        _print_long(bedside(asked.model), prompts, whole, asked.log)
    if "ratio" in asked.parts:
        part = whole._replace(seconds=asked.round_seconds or max(20.0, asked.seconds / 5))
        _print_ratio(asked, prompts, part)


def _arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300.0, help="how long bedside is pressed without a pause")
    parser.add_argument("--round-seconds", type=float, help="of a round beside others; a fifth of it, 20 at least")
    parser.add_argument("--rounds", type=int, default=2, help="rounds of each server, taking turns")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--max-tokens", type=int, default=64)
    parser.add_argument("--model", default=local_path("clinic"), help="folder of a model")
    parser.add_argument("--parts", nargs="+", choices=("guard", "long", "ratio"), default=["guard", "long", "ratio"])
    parser.add_argument("--log", type=Path, help="JSON lines of every figure are added to this file")
    return parser.parse_args()


def _print_guard(log: Path | None) -> None:
    costs = cost_of_messages(rounds=3)
    for cost in costs:
        _keep(log, "guard", cost)
    print(f"Guard before the model, ms of one thread's own time:\n\n{table(costs)}", flush=True)


def _print_long(server: Server, prompts: Sequence[str], load: Load, log: Path | None) -> None:
    one = _round(server, prompts, load)
    figures, memory = _figures(server.name, [one]), _memory(one)
    _keep(log, "long", (figures, memory, one.memory))
    print(f"\nOne run of {load.seconds:g} s:\n\n{_head()}\n{_line(figures)}\n")
    told = f"{memory.start:.0f} MiB at the start, {memory.after:.0f} after {_steady_from(one):.0f} s"
    print(f"Memory: {told}, {memory.end:.0f} at the end; {memory.slope:+.2f} MiB a minute after that first time.")
    shown = [one.memory[n * (len(one.memory) - 1) // 10][1] for n in range(11)]
    print(f"Memory at every tenth of the run: {', '.join(f'{mib:.0f}' for mib in shown)} MiB.")
    print(f"The guard answered {figures.fixed} alone. Errors: {figures.errors or 'none'}", flush=True)


def _print_ratio(asked: Any, prompts: Sequence[str], load: Load) -> None:
    servers = [bedside(asked.model), transformers(asked.model), transformers(asked.model, BLOCKS)]
    rounds: dict[str, list[Round]] = {server.name: [] for server in servers}
    for turn in range(asked.rounds):
        for server in servers if turn % 2 == 0 else servers[::-1]:
            rounds[server.name].append(_round(server, prompts, load))
    found = [_figures(name, several) for name, several in rounds.items()]
    print(f"\nIn turns, {asked.rounds} rounds of {load.seconds:g} s each:\n\n{_head()}")
    for figures in found:
        _keep(asked.log, "ratio", figures)
        print(_line(figures))
    for other in (other for other in found[1:] if other.tokens):
        wall, processor = found[0].rate / other.rate, found[0].by_cpu / other.by_cpu
        print(f"\nbedside / {other.server}: {wall:.1f} times the tokens a second, {processor:.1f} times a CPU second")
    alike, common = _alike(rounds[servers[0].name], rounds[servers[1].name])
    print(f"\nThe first two said the same to {alike} of the {common} prompts that both answered.")
    print(f"Errors: { {figures.server: figures.errors for figures in found if figures.errors} or 'none' }")


def _round(server: Server, prompts: Sequence[str], load: Load) -> Round:
    with running(server) as up:
        return asyncio.run(pressed(up, prompts, load))


def _figures(name: str, rounds: Sequence[Round]) -> Figures:
    replies = [reply for one in rounds for reply in one.replies]
    asked = [reply for reply in replies if not reply.fixed]
    errors = sum((one.errors for one in rounds), Counter[str]())
    return Figures(
        name,
        sum(one.seconds for one in rounds),
        len(asked),
        len(replies) - len(asked),
        dict(errors),
        sum(reply.tokens for reply in asked),
        _quantile([reply.seconds for reply in asked], 0.5),
        _quantile([reply.seconds for reply in asked], 0.99),
        _quantile([reply.first_s for reply in asked if reply.streamed], 0.5),
        sum(one.cpu_s for one in rounds),
        max(mib for one in rounds for _, mib in one.memory),
    )


def _memory(one: Round) -> Memory:
    steady = [(at, mib) for at, mib in one.memory if at >= _steady_from(one)]
    slope = np.polyfit([at / 60 for at, _ in steady], [mib for _, mib in steady], 1)[0] if len(steady) > 2 else 0.0
    return Memory(one.memory[0][1], steady[0][1], one.memory[-1][1], float(slope))


def _steady_from(one: Round) -> float:
    return min(STEADY_FROM_S, one.seconds / 5)


def _quantile(values: list[float], share: float) -> float:
    return float(np.quantile(values, share)) if values else 0.0


def _alike(ours: Sequence[Round], others: Sequence[Round]) -> tuple[int, int]:
    """To how many prompts both said the same, of those that both answered and the guard added nothing to."""
    mine, yours = _by_prompt(ours), _by_prompt(others)
    common = mine.keys() & yours.keys()
    return sum(mine[prompt].strip() == yours[prompt].strip() for prompt in common), len(common)


def _by_prompt(rounds: Sequence[Round]) -> dict[int, str]:
    replies: list[Reply] = [reply for one in rounds for reply in one.replies if not reply.guarded]
    return {reply.prompt: reply.text for reply in replies}


def _head() -> str:
    return f"| {' | '.join(COLUMNS)} |\n|---{'|---:' * (len(COLUMNS) - 1)}|"


def _line(found: Figures) -> str:
    cells = (
        f"{found.server} | {found.seconds:.0f} | {found.replies} | {sum(found.errors.values())}",
        f"{found.replies / found.seconds:.1f} | {found.rate:.0f} | {found.p50_s:.2f} | {found.p99_s:.2f}",
        f"{found.first_p50_s:.2f} | {found.by_cpu:.0f} | {found.most_mib:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def _keep(log: Path | None, kind: str, figures: Any) -> None:
    if log:
        with log.open("ab") as file:
            file.write(msgspec.json.encode((kind, figures)) + b"\n")


if __name__ == "__main__":
    main()
