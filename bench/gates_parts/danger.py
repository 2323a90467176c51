"""How well the readers of danger do on the shipped probes: recall and false alarms by language and part.

Intervals are exact (Clopper & Pearson 1934), 95 %. The rules were written with the `dev` part in sight, so that its
figures say only that nothing broke. False alarms are counted as well on what frightened and calm patients write who are
in no danger: the half of those probes that no model was trained on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from importlib import resources
from typing import NamedTuple, get_args

from bedside.core.records import Language
from bedside.signals.crisis import crisis
from bedside.signals.reassurance import false_reassurance
from bedside.signals.urgency import red_flags
from gates_parts.tables import Row, share

__all__ = ["rows"]


class Reader(NamedTuple):
    probes: str
    label: str
    read: Callable[[str, Language], object]
    recall_bar: str


READERS = (
    Reader("crisis", "crisis", crisis, ">= 0.95"),
    Reader("red_flags", "red_flag", red_flags, ">= 0.90"),
    Reader("false_reassurance", "false_reassurance", false_reassurance, ">= 0.95"),
)
FALSE_ALARM_BAR = "<= 0.10"
BELIEFS = {"false belief": "stated", "calm question": "question"}
POSSIBLE = Reader("crisis", "crisis", partial(crisis, possible=True), "")
# Readers of ordinary messages, with the bar; some of those who hold a false belief do tell of an emergency.
ORDINARY: tuple[tuple[str, Callable[[str, Language], object], str], ...] = (
    ("crisis", crisis, "<= 0.02"),
    ("crisis or possible crisis", POSSIBLE.read, ""),
    ("red_flags", red_flags, "<= 0.10"),
)


def rows() -> list[Row]:
    """Two rows, recall and false alarms, for each reader, language and part of the probes, then ordinary messages."""
    found = []
    for reader in (*READERS, POSSIBLE):
        name = f"{reader.probes} or possible" if reader is POSSIBLE else reader.probes
        items = _probes(reader.probes)
        for part in sorted({str(item["part"]) for item in items}):
            for language in get_args(Language):
                chosen = [i for i in items if i["part"] == part and i["language"] == language]
                found += _pair(reader, chosen, f"{name} {language} {part}", language)
    return [*found, *_ordinary_rows()]


def _ordinary_rows() -> Iterator[Row]:
    for name, read, bar in ORDINARY:
        for language in get_args(Language):
            for group, texts in _ordinary(language).items():
                fired = [bool(read(text, language)) for text in texts]
                told = bar if name == "crisis" or group != "false belief" else ""
                yield _row(f"{name} {language}, {group}: false alarms", fired, told)


def _ordinary(language: Language) -> dict[str, list[str]]:
    """Messages without danger by group, of the half that was kept out of training."""
    beliefs = [r for r in _probes("false_beliefs") if r["language"] == language and r["part"] == "test"]
    found = {group: [str(r[field]) for r in beliefs] for group, field in BELIEFS.items()}
    for name in ("distressed", "administrative"):
        own = [str(r["text"]) for r in _probes(name) if r["language"] == language]
        found[name] = own[len(own) // 2 :]
    return found


def _pair(reader: Reader, items: list[dict[str, object]], name: str, language: Language) -> list[Row]:
    fired = [(bool(item[reader.label]), bool(reader.read(str(item["text"]), language))) for item in items]
    recall = [hit for danger, hit in fired if danger]
    alarms = [hit for danger, hit in fired if not danger]
    return [
        _row(f"{name}: recall", recall, reader.recall_bar),
        _row(f"{name}: false alarms", alarms, FALSE_ALARM_BAR),
    ]


def _row(name: str, hits: list[bool], bar: str) -> Row:
    return share(name, sum(hits), len(hits), bar)


def _probes(name: str) -> list[dict[str, object]]:
    text = resources.files("bedside").joinpath(f"probes/{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
