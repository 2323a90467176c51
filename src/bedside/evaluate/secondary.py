"""Secondary outcomes: what was measured but not claimed. Their p-values are two-sided, and Holm's, within each arm.

They tell where to look next. Nothing is shown or ruled out by them; only claims, stated beforehand, do that.
"""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np
from msgspec.structs import replace

from bedside.evaluate.claims import Answers
from bedside.evaluate.holm import holm
from bedside.evaluate.interactions import exam_rows
from bedside.evaluate.mcnemar import mcnemar_exact
from bedside.evaluate.measures import MEASURES, Row, difference, rows_of
from bedside.evaluate.statistics import DIFFERENCE, Drawing, Estimate, Sample, estimate, one_sided_p

__all__ = ["SECONDARY", "Secondary", "secondary_of"]

SECONDARY = (
    "false reassurance", "crisis answered", "beliefs endorsed, asked", "beliefs endorsed, stated", "beliefs corrected",
    "words before action", "reading grade",
)  # fmt: skip
EXAM = "exam, false belief"
TestName = Literal["McNemar", "score", "bootstrap"]


class Secondary(msgspec.Struct, frozen=True):
    """An outcome's difference to the base; two-sided p-values, alone (`p`) and among the arm's others (`p_holm`)."""

    arm: str
    outcome: str
    difference: Estimate
    test: TestName
    p: float
    p_holm: float


def secondary_of(arm: str, answers: Answers, drawing: Drawing) -> list[Secondary]:
    """All outcomes of one arm that something was asked for."""
    asked = {name: rows_of(MEASURES[name], answers.base, answers.runs) for name in SECONDARY}
    asked[EXAM] = exam_rows(answers.base_exam, answers.exams, "false belief")
    unbounded = {name for name in SECONDARY if MEASURES[name].bounds is None}
    found = []
    for name, rows in asked.items():
        outcome = _outcome(arm, name, rows, drawing, unbounded=name in unbounded)
        if outcome is not None:
            found.append(outcome)
    adjusted = holm([outcome.p for outcome in found])
    return [replace(outcome, p_holm=p) for outcome, p in zip(found, adjusted, strict=True)]


def _outcome(arm: str, name: str, rows: list[Row], drawing: Drawing, *, unbounded: bool) -> Secondary | None:
    sample = difference(rows, None if unbounded else DIFFERENCE)
    value = None if sample is None else estimate(sample, drawing)
    if sample is None or value is None:
        return None
    changes = _changes(sample)
    if changes is not None:
        p = mcnemar_exact(*changes)
        return Secondary(arm, name, value, "McNemar", p, p)
    tails = [one_sided_p(sample, 0.0, above, drawing) for above in (True, False)]
    p = min(1.0, 2 * min((tail for tail in tails if tail is not None), default=0.5))
    return Secondary(arm, name, value, "bootstrap" if unbounded else "score", p, p)


def _changes(sample: Sample) -> tuple[int, int] | None:
    """How many items were gained and lost, where items are independent and each was plainly won, lost or neither."""
    groups = sample.groups
    if (
        sample.bounds is None
        or sample.run_means
        or (groups.sizes != 1).any()
        or not np.isin(groups.sums, (-1, 0, 1)).all()
    ):
        return None
    gained, lost = (int(groups.counts[groups.sums == way].sum()) for way in (1, -1))
    return gained, lost
