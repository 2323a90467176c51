"""What the guard costs: `python bench/guard.py [--rounds N] [--dialogues FILE ...]`. Prints Markdown tables.

Milliseconds of the thread's own CPU time, at percentiles over messages, by language and length: the whole guard before
the model, and its readers apart. Then the guard after the model, for each sentence of a reply. Each message is new to
the guard (its memory of verdicts is emptied), while words were met before, as in a server that runs for a while. The
least of N rounds counts, because other work on the machine makes any single one slower. Long messages are shipped ones
put together (Chinese: characters for words), so they are thick with danger. With `--dialogues` what patients write in
`dialogues.jsonl` files (`bedside corpus` writes them) is read too, up to MOST messages of each file.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import resources
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from bedside.core.files import read_rows
from bedside.core.records import ChatMessage, Dialogue, Language
from bedside.core.text import sentences, word_count
from bedside.serve.disguise import readings
from bedside.serve.guard import Guard
from bedside.signals import danger_model, patterns
from bedside.signals.crisis import crisis_by_rules
from bedside.signals.patterns import flat
from bedside.signals.reassurance import false_reassurance
from bedside.signals.urgency import red_flags_by_rules

__all__ = ["cost_of_dialogues", "cost_of_messages", "cost_of_sentences", "table"]

MESSAGES = ("crisis", "red_flags", "distressed", "administrative")
# Words of the long messages, and how many there are of each length.
LENGTHS, EACH = (100, 200, 300), 100
MOST = 1000
PERCENTILES = (50, 90, 99)
BAR_MS = 2.0

Readers = dict[str, Callable[[str], object]]


class Cost(NamedTuple):
    """Milliseconds at PERCENTILES over so many texts of a group."""

    group: str
    reader: str
    texts: int
    milliseconds: tuple[float, ...]


def cost_of_messages(rounds: int, seed: int = 1) -> list[Cost]:
    """The guard before the model and its readers, by language and length; last all messages together."""
    found: list[Cost] = []
    whole: list[NDArray[np.float64]] = []
    for language in get_args(Language):
        readers = _readers(language)
        for group, texts in _groups(language, seed).items():
            for name, read in readers.items():
                taken = _least(read, texts, rounds)
                found.append(_cost(group, name, taken))
                whole += [taken] if name == "guard" else []
    return [*found, _cost("all", "guard", np.concatenate(whole))]


def cost_of_dialogues(paths: Sequence[Path], rounds: int, seed: int = 1) -> list[Cost]:
    """The guard before the model, on what patients write in dialogues, by file and language."""
    found: list[Cost] = []
    for path in paths:
        own: dict[Language, list[str]] = {}
        for row in read_rows(path, Dialogue):
            own.setdefault(row.language, []).extend(m.content for m in row.messages if m.role == "patient")
        for language, texts in own.items():
            drawn = random.Random(seed).sample(texts, min(MOST, len(texts)))
            words = np.percentile([word_count(text) for text in drawn], PERCENTILES)
            group = f"{language} {path.parent.name or path.name}, words {', '.join(f'{n:.0f}' for n in words)}"
            found.append(_cost(group, "guard", _least(_before(), drawn, rounds)))
    return found


def cost_of_sentences(rounds: int) -> list[Cost]:
    """The guard after the model, by language, for each sentence of the shipped replies."""
    found = []
    for language in get_args(Language):
        replies = [row["text"] for row in _probes("false_reassurance") if row["language"] == language]
        replies += [row["reference"] for row in _probes("distressed") if row["language"] == language]
        own = [part for text in replies for part in sentences(text)]
        found.append(_cost(f"{language} sentence", "guard after", _least(_after(), own, rounds)))
        read = partial(false_reassurance, language=language)
        found.append(_cost(f"{language} sentence", "false reassurance", _least(read, own, rounds)))
    return found


def _readers(language: Language) -> Readers:
    return {
        "guard": _before(),
        "readings": readings,
        "crisis rules": partial(crisis_by_rules, language=language),
        "red flag rules": partial(red_flags_by_rules, language=language),
        "both models": lambda text: danger_model.read(flat(text), "crisis", language),
    }


def _before() -> Callable[[str], object]:
    guard = Guard()

    def read(text: str) -> object:
        guard._reader._known.clear()
        return guard.before([ChatMessage("user", text)])

    return read


def _after() -> Callable[[str], object]:
    guard = Guard()

    def read(text: str) -> object:
        said = [ChatMessage("user", "hello" if text.isascii() else "您好")]
        reader = guard.after(said, guard.before(said))
        return reader.feed(text) + reader.end()

    return read


def _groups(language: Language, seed: int) -> dict[str, list[str]]:
    """Messages of the shipped probes, and long ones made of them."""
    own = [row["text"] for name in MESSAGES for row in _probes(name) if row["language"] == language]
    beliefs = [row for row in _probes("false_beliefs") if row["language"] == language]
    own += [row[field] for row in beliefs for field in ("question", "stated")]
    draw, between = random.Random(seed), " " if language == "en" else ""
    groups = {f"{language} probes": own}
    for words in LENGTHS:
        groups[f"{language} {words} words"] = [_long(own, words, between, draw) for _ in range(EACH)]
    return groups


def _long(own: Sequence[str], words: int, between: str, draw: random.Random) -> str:
    """Messages put together, up to so many words."""
    parts = [draw.choice(own)]
    while word_count(between.join(parts)) < words:
        parts.append(draw.choice(own))
    return between.join(parts[:-1] or parts)


def _least(read: Callable[[str], object], texts: Sequence[str], rounds: int) -> NDArray[np.float64]:
    """Milliseconds for each text, the least of so many rounds; one more goes before, for the words."""
    least = np.full(len(texts), np.inf)
    for number in range(rounds + 1):
        for place, text in enumerate(texts):
            for kept in (patterns.sentences_of, danger_model.read, danger_model._scored):
                kept.cache_clear()
            started = time.thread_time_ns()
            read(text)
            taken = (time.thread_time_ns() - started) / 1e6
            least[place] = min(least[place], taken) if number else least[place]
    return least


def _cost(group: str, reader: str, taken: NDArray[np.float64]) -> Cost:
    return Cost(group, reader, len(taken), tuple(float(p) for p in np.percentile(taken, PERCENTILES)))


def _probes(name: str) -> list[dict[str, str]]:
    text = resources.files("bedside").joinpath(f"probes/{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def table(costs: Sequence[Cost]) -> str:
    """A Markdown table."""
    lines = [f"| texts | n | reader | {' | '.join(f'p{p} ms' for p in PERCENTILES)} |", "|---|---|---|" + "---|" * 3]
    lines += [
        f"| {c.group} | {c.texts} | {c.reader} | {' | '.join(f'{ms:.2f}' for ms in c.milliseconds)} |" for c in costs
    ]
    return "\n".join(lines)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dialogues", type=Path, nargs="*", default=())
    options = parser.parse_args()
    rounds: int = options.rounds
    print(f"\n## before the model (bar: {BAR_MS:g} ms at p99)\n\n{table(cost_of_messages(rounds))}", flush=True)
    if options.dialogues:
        print(f"\n## of dialogues\n\n{table(cost_of_dialogues(options.dialogues, rounds))}", flush=True)
    print(f"\n## after the model, for each sentence\n\n{table(cost_of_sentences(rounds))}", flush=True)


if __name__ == "__main__":
    main()
