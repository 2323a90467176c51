"""How fast the gates judge, and how the time of each reader grows on input made to be slow.

Time is the process's own (CPU) time, so that other work on the machine counts little; caches of texts read are cleared
before each round.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import get_args

import msgspec

from bedside.core.records import Language
from bedside.rewrite.gate_file import Row as GateRow
from bedside.rewrite.gate_file import case_of
from bedside.rewrite.gates import Case, judge
from bedside.signals import comfort_acts, compare, extract
from bedside.signals.crisis import crisis
from bedside.signals.reading import forget_texts
from bedside.signals.reassurance import false_reassurance
from bedside.signals.urgency import red_flags
from gates_parts.tables import Row

__all__ = ["GROWTH", "SLOW", "rows"]

ROUNDS, CHARACTERS = 5, 10_000
# Readers whose time must grow in line with the text.
GROWTH: dict[str, Callable[[str, Language], object]] = {
    "facts": extract,
    "ledger": lambda text, language: compare(text, f"{text} no", language, "doctor"),
    "comfort": comfort_acts,
    "crisis": crisis,
    "red flags": red_flags,
    "false reassurance": false_reassurance,
}
# What is repeated to make slow input.
SLOW: dict[Language, tuple[str, ...]] = {
    "en": ("you may feel worried that it ", "no fever, ", "2 to 3 ", "do not take ", "I want to die ", "(", "a"),
    "zh": ("您可能会担心这个问题", "没有发烧，", "两三", "不要吃", "我想死", "（", "一"),
}


def rows(file: Path) -> list[Row]:
    """Rewrites a second in each language, then time(2n) / time(n), the worst of all slow inputs.

    Where a table has an interval, these rows have the slowest and the fastest round, and the least and greatest growth.
    """
    cases = [_case(line) for line in file.read_text(encoding="utf-8").splitlines() if '"doctor_rewrite"' in line]
    found = []
    for language in get_args(Language):
        chosen = [case for case in cases if case.language == language]
        _speed(chosen)  # reads the rules and the word lists
        speeds = sorted(_speed(chosen) for _ in range(ROUNDS))
        found.append(
            Row(f"rewrites/s on one core, {language}", median(speeds), speeds[0], speeds[-1], len(chosen), ">= 1000")
        )
    for name, read in GROWTH.items():
        ratios = [growth(read, unit, language) for language in get_args(Language) for unit in SLOW[language]]
        found.append(Row(f"{name}: time(2n) / time(n)", max(ratios), min(ratios), max(ratios), len(ratios), "<= 3"))
    return found


def growth(read: Callable[[str, Language], object], unit: str, language: Language) -> float:
    """The time for a repeated text of 2n characters over that for n; the least of three each."""
    half, whole = (unit * (size // len(unit)) for size in (CHARACTERS, 2 * CHARACTERS))
    return min(_time(partial(read, whole, language)) for _ in range(3)) / min(
        _time(partial(read, half, language)) for _ in range(3)
    )


def _case(line: str) -> Case:
    row = json.loads(line)
    return case_of(msgspec.convert({n: row[n] for n in GateRow.__struct_fields__ if n in row}, GateRow))


def _speed(cases: list[Case]) -> float:
    return len(cases) / _time(lambda: [judge(case) for case in cases]) if cases else float("nan")


def _time(work: Callable[[], object]) -> float:
    forget_texts()
    start = time.process_time()
    work()
    return time.process_time() - start
