"""Verdicts: of a claim, of an arm over its claims, of the study over its arms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from bedside.core.records import Verdict
from bedside.evaluate.statistics import Estimate

__all__ = ["Role", "Verdict", "of_all", "of_claim", "of_study"]

Role = Literal["base", "claimed", "control", "other"]


def of_claim(margin: float, estimate: Estimate | None, above: bool) -> Verdict:
    """PASS: the whole interval lies on the good side of the margin; FAIL: all of it on the other; else neither."""
    if estimate is None:
        return "INCONCLUSIVE"
    good, bad = (
        (estimate.low > margin, estimate.high <= margin) if above else (estimate.high < margin, estimate.low >= margin)
    )
    return "PASS" if good else "FAIL" if bad else "INCONCLUSIVE"


def of_all(verdicts: Iterable[Verdict]) -> Verdict:
    """All must pass (intersection-union: no correction is needed); one failure fails all; no claim, no PASS."""
    found = set(verdicts)
    return "FAIL" if "FAIL" in found else "INCONCLUSIVE" if "INCONCLUSIVE" in found or not found else "PASS"


def of_study(claimed: Iterable[Verdict], caught: Iterable[bool]) -> Verdict:
    """Of the claimed arms; a control that was not caught takes away a PASS: such an audit would pass anything."""
    verdict = of_all(claimed)
    return "INCONCLUSIVE" if verdict == "PASS" and not all(caught) else verdict
