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
PASSES = 3


class Cost(NamedTuple):
    """Milliseconds a message: of a first pass, and of the best of several (what else the machine did left out)."""

    language: str
    length: str
    messages: int
    characters: float
    median_ms: float
    p99_ms: float
    best_median_ms: float
    best_p99_ms: float


def costs() -> list[Cost]:
    """The guard before the model, by language, over short and long messages, and over all short ones."""
    said = _messages()
    rows = {
        (language, length): texts
        for language in ("en", "zh")
        for length, texts in (("short", said[language]), ("long", _long(said[language], LONG[language])))
    }
    rows["en, zh", "short"] = said["en"] + said["zh"]
    return [_cost(language, length, texts) for (language, length), texts in rows.items()]


def _cost(language: str, length: str, texts: list[str]) -> Cost:
    passes = [_pass(texts) for _ in range(PASSES)]
    best = [min(times) for times in zip(*passes, strict=True)]
    characters = sum(map(len, texts)) / len(texts)
    spread = (_share(passes[0], 0.5), _share(passes[0], 0.99), _share(best, 0.5), _share(best, 0.99))
    return Cost(language, length, len(texts), characters, *spread)


def _pass(texts: list[str]) -> list[float]:
    """Milliseconds for each message, by a guard that remembers none of them."""
    guard, times = Guard(), []
    guard.warm()
    for text in texts:
        said = [ChatMessage("user", text)]
        began = time.perf_counter()
        guard.before(said)
        times.append(1e3 * (time.perf_counter() - began))
    return times


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
