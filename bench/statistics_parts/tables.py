"""The tables: how often PASS is given, by truth, kind of value, rate and number of items."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from bedside.core.groups import grouped
from bedside.evaluate.measures import Row, difference
from bedside.evaluate.power import items_needed
from bedside.evaluate.statistics import DIFFERENCE, TAIL, Drawing, Sample, one_sided_p
from statistics_parts.methods import METHODS, Method, passes
from statistics_parts.studies import KINDS, Truth, study
from statistics_parts.whole import AT_MARGIN, EQUAL, ONE_BAD, whole_study

__all__ = ["main"]

STUDIES = 2000
SHOWN: tuple[Method, ...] = ("score", "percentile")
RATES, ITEMS, CHURNS = (0.5, 0.9, 0.99), (100, 300, 1000), (0.0, 0.5)
MARGIN = 0.03
LONGEST = 1.5


class Cell(NamedTuple):
    """One line of a table: what was simulated, and the share of studies that passed, by method."""

    what: tuple[str, ...]
    passed: dict[str, float]


def main(words: list[str]) -> None:
    """Print the parts that are named, or all."""
    studies = int(words.pop(0)) if words and words[0].isdigit() else STUDIES
    for name in words or list(PARTS):
        title, head, cells = PARTS[name]
        _print(
            f"{title}, {studies:,} studies a line",
            head,
            list(cells(studies)),
            studies,
            power=name in ("power", "enough"),
        )


def _print(title: str, head: tuple[str, ...], cells: list[Cell], studies: int, *, power: bool) -> None:
    """A table; what is beyond the Monte-Carlo limit of 2.5 % (or below 90 %) is bold."""
    error = math.sqrt(TAIL * (1 - TAIL) / studies)
    # All lines of a table are looked at together, at 1 %.
    most = TAIL + float(ndtri(1 - 0.01 / len(cells))) * error
    columns = list(cells[0].passed)
    print(f"\n**{title}**\n\n| {' | '.join([*head, *columns])} |\n|{'---|' * (len(head) + len(columns))}")
    for cell in cells:
        shares = [f"{share:.1%}" if power or share <= most else f"**{share:.1%}**" for share in cell.passed.values()]
        print(f"| {' | '.join([*cell.what, *shares])} |")
    if not power:
        worst = {name: max(cell.passed[name] for cell in cells) for name in columns}
        over = {name: sum(cell.passed[name] > most for cell in cells) for name in columns}
        told = "; ".join(f"{name} {worst[name]:.1%}, {over[name]} of {len(cells)} lines over" for name in columns)
        print(f"\nlimit {most:.2%}: 2.5 % and the Monte-Carlo error, all lines together at 1 %. Highest: {told}")
    sys.stdout.flush()


def superiority(studies: int) -> Iterator[Cell]:
    """No true gain: a claim of more must not pass."""
    for kind in KINDS:
        for rate in RATES:
            for items in ITEMS:
                truth = Truth(kind, rate, 0.0, 0.5)
                yield Cell((kind, f"{rate:g}", f"{items}"), _compared(truth, items, 0.0, studies, SHOWN))


def kept(studies: int) -> Iterator[Cell]:
    """A true loss exactly at the margin: a claim that it is kept must not pass."""
    for kind in KINDS:
        for rate in RATES:
            for churn in CHURNS:
                for items in ITEMS:
                    truth = Truth(kind, rate, MARGIN, churn)
                    what = (kind, f"{rate:g}", f"{churn:g}", f"{items}")
                    yield Cell(what, _compared(truth, items, -MARGIN, studies, SHOWN))


def _compared(truth: Truth, items: int, margin: float, studies: int, methods: tuple[Method, ...]) -> dict[str, float]:
    rng, passed = np.random.default_rng([items, round(truth.rate * 100)]), dict.fromkeys(methods, 0)
    known: dict[tuple[bytes, bytes], dict[Method, bool]] = {}
    for _ in range(studies):
        groups = study(rng, truth, items)
        # Many studies of yes and no have the same counts: they are tested once.
        key = (groups.sums.tobytes(), groups.counts.tobytes())
        found = known[key] = known.get(key) or passes(groups, margin, len(known), methods)
        passed = {name: passed[name] + found[name] for name in methods}
    return {name: count / studies for name, count in passed.items()}


def methods(studies: int) -> Iterator[Cell]:
    """Four methods where little changes: near the ceiling, and with losses alone."""
    for kind in KINDS:
        for churn in CHURNS:
            for items in (100, 150, 300):
                truth = Truth(kind, 0.99, MARGIN, churn)
                what = (kind, f"{truth.rate:g}", f"{churn:g}", f"{items}")
                yield Cell(what, _compared(truth, items, -MARGIN, studies, METHODS))


def length(studies: int) -> Iterator[Cell]:
    """The arm truly writes 1.5 times as much, with log-normal ratios: at most 2.5 % may pass."""
    for spread in (0.2, 0.5, 0.8):
        for items in ITEMS:
            rng, passed = np.random.default_rng(items), 0
            for _ in range(studies):
                ratios = LONGEST * np.exp(rng.normal(-(spread**2) / 2, spread, items))
                passed += _shown(Sample(grouped(ratios, range(items)), None), LONGEST, above=False)
            yield Cell((f"{spread:g}", f"{items}"), {"studentised": passed / studies})


def runs(studies: int) -> Iterator[Cell]:
    """Trainings that truly lose the margin on average, each more or less: is the average's claim of another passed?"""
    for number in (2, 3, 5):
        for spread in (0.0, 0.01, 0.02):
            rng, passed = np.random.default_rng([number, round(spread * 100)]), 0
            for _ in range(studies):
                passed += _shown(_run_sample(rng, number, spread, 300), -MARGIN, above=True)
            yield Cell((f"{number}", f"{spread:g}", "300"), {"score and runs": passed / studies})


def _run_sample(rng: np.random.Generator, number: int, spread: float, items: int) -> Sample:
    """The base is right in 9 of 10; each run has its own rate of losing that, and changes 1 in 100 besides."""
    base = rng.random(items) < 0.9
    columns = []
    for loss in np.clip(rng.normal(MARGIN, spread, number), 0, 1):
        drawn = rng.random(items)
        columns.append(np.where(base, drawn >= (loss + 0.01) / 0.9, drawn < 0.1))
    rows = [
        Row(float(right), tuple(float(column[i]) for column in columns), i) for i, right in enumerate(base.tolist())
    ]
    found = difference(rows)
    if found is None:
        raise AssertionError("there are items")
    return found


def power(studies: int) -> Iterator[Cell]:
    """True equality with as many items as the power function asks for: at least 90 % are to pass."""
    for kind in KINDS:
        for rate in RATES:
            for margin in (0.02, MARGIN):
                truth = Truth(kind, rate, 0.0, 0.25)
                pilot = study(np.random.default_rng(0), truth, 60_000)
                items = items_needed(Sample(pilot, DIFFERENCE), -margin, True, 0.0) or 0
                items += -items % 3
                rng = np.random.default_rng(round(rate * 100))
                passed = sum(
                    _shown(Sample(study(rng, truth, items), DIFFERENCE), -margin, above=True) for _ in range(studies)
                )
                yield Cell((kind, f"{rate:g}", f"{margin:g}", f"{items:,}"), {"PASS": passed / studies})


def whole(studies: int) -> Iterator[Cell]:
    """All claims of a study together, through the code that makes them."""
    for name, losses, items in (
        ("all claims at their margins", AT_MARGIN, 300),
        ("one claim at its margin, the others beyond doubt", ONE_BAD, 800),
    ):
        rng = np.random.default_rng(items)
        verdicts = [whole_study(rng, losses, items) for _ in range(studies)]
        yield Cell((name, f"{items}"), {"PASS": verdicts.count("PASS") / studies})


def enough(studies: int) -> Iterator[Cell]:
    """All claims of a study together, for an arm that is as good as the base and comforts."""
    rng = np.random.default_rng(1)
    verdicts = [whole_study(rng, EQUAL, 800) for _ in range(studies)]
    yield Cell(("as good as the base, and comforts", "800"), {"PASS": verdicts.count("PASS") / studies})


def _shown(sample: Sample, margin: float, *, above: bool) -> bool:
    found = one_sided_p(sample, margin, above, Drawing(2000, 0))
    return found is not None and found < TAIL


Part = tuple[str, tuple[str, ...], Callable[[int], Iterator[Cell]]]
PARTS: dict[str, Part] = {
    "superiority": ("No true gain, claim of more", ("values", "rate", "items"), superiority),
    "kept": ("A true loss of 3 points, margin 3 points", ("values", "rate", "churn", "items"), kept),
    "methods": ("A true loss of 3 points, margin 3 points", ("values", "rate", "churn", "items"), methods),
    "length": ("A true ratio of 1.5, margin 1.5", ("spread of the logarithm", "items"), length),
    "runs": ("Several runs, a true loss of 3 points on average", ("runs", "spread of their losses", "items"), runs),
    "power": ("True equality, items as the power function asks", ("values", "rate", "margin", "items"), power),
    "study": ("All claims of a study", ("truth", "items of each kind"), whole),
    "enough": ("All claims of a study, true equality", ("truth", "items of each kind"), enough),
}
