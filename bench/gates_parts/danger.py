"""How well the readers of danger do on the shipped probes: recall and false alarms by language and part.

Intervals are exact (Clopper & Pearson 1934), 95 %. The rules were written with the `dev` part in sight, so that its
figures say only that nothing broke.
"""

from __future__ import annotations

import json
from collections.abc import Callable
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


def rows() -> list[Row]:
    """Two rows, recall and false alarms, for each reader, language and part of the probes."""
    found = []
    for reader in READERS:
        items = _probes(reader.probes)
        for part in sorted({str(item["part"]) for item in items}):
            for language in get_args(Language):
                chosen = [i for i in items if i["part"] == part and i["language"] == language]
                found += _pair(reader, chosen, f"{reader.probes} {language} {part}", language)
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
