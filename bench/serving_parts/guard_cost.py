"""What the guard costs a message: the shipped probes, one thread, each message new to the guard."""

from __future__ import annotations

import json
import time
from importlib import resources
from typing import NamedTuple

from bedside.core.records import ChatMessage
from bedside.core.text import is_chinese
from bedside.serve.guard import Guard

__all__ = ["Cost", "costs"]

FILES = ("administrative", "crisis", "distressed", "false_beliefs", "red_flags", "sentinels")
FIELDS = ("text", "question", "stated", "patient")
# Characters that a long message has at least: three or four probes after one another.
LONG = {"en": 1_000, "zh": 400}


class Cost(NamedTuple):
    """Milliseconds a message: by the clock, and of the thread's processor time, which leaves other work out."""

    language: str
    length: str
    messages: int
    characters: float
    median_ms: float
    p99_ms: float
    thread_median_ms: float
    thread_p99_ms: float


def costs() -> list[Cost]:
    """The guard before the model, by language, over short and long messages."""
    said = _messages()
    rows = [(language, "short", said[language]) for language in said]
    rows += [(language, "long", _long(said[language], LONG[language])) for language in said]
    return [_cost(*row) for row in rows]


def _cost(language: str, length: str, texts: list[str]) -> Cost:
    clock, thread = _times(texts)
    spread = (_share(clock, 0.5), _share(clock, 0.99), _share(thread, 0.5), _share(thread, 0.99))
    return Cost(language, length, len(texts), sum(map(len, texts)) / len(texts), *spread)


def _times(texts: list[str]) -> tuple[list[float], list[float]]:
    """Milliseconds for each message by clock and by thread, of a guard that has seen none of them."""
    guard, clock, thread = Guard(), [], []
    guard.warm()
    for text in texts:
        said = [ChatMessage("user", text)]
        began, worked = time.perf_counter(), time.thread_time()
        guard.before(said)
        clock.append(1e3 * (time.perf_counter() - began))
        thread.append(1e3 * (time.thread_time() - worked))
    return clock, thread


def _share(times: list[float], share: float) -> float:
    """The smallest time that this share of the messages does not exceed."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def _messages() -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {"en": {}, "zh": {}}
    for name in FILES:
        text = resources.files("bedside").joinpath(f"probes/{name}.jsonl").read_text("utf-8")
        for row in map(json.loads, text.splitlines()):
            for field in FIELDS:
                if message := row.get(field):
                    found["zh" if is_chinese(message) else "en"][message] = None
    return {language: list(messages) for language, messages in found.items()}


def _long(texts: list[str], characters: int) -> list[str]:
    """The same words as long messages."""
    made, open_ = [], ""
    for text in texts:
        open_ = f"{open_} {text}".strip()
        if len(open_) >= characters:
            made.append(open_)
            open_ = ""
    return made
