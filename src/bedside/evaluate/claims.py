"""Claims: what is said of a tuned arm against the base, and whether the data bear it out.

PASS: the whole interval lies on the good side of the margin. FAIL: all of it on the bad side. INCONCLUSIVE: the margin
lies within. "Not significant" is never "kept".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from bedside.core.config import EvaluateConfig
from bedside.core.records import Score, Tone
from bedside.evaluate.statistics import Estimate, mean_with_interval, paired_difference

__all__ = ["Claim", "Verdict", "claims_of", "overall"]

Pick = Callable[[Score], float | None]
Verdict = Literal["PASS", "FAIL", "INCONCLUSIVE"]


class Claim(msgspec.Struct, frozen=True):
    """A sentence with its test. `estimate` is (value, low, high, n), None where nothing could be scored."""

    arm: str
    name: str
    sentence: str
    margin: float
    above: bool
    estimate: Estimate | None
    verdict: Verdict
    role: Literal["claimed", "control", "other"] = "claimed"
    p: float | None = None
    n_needed: int | None = None
    finding: str = ""


def claims_of(arm: str, base: list[Score], tuned: list[Score], config: EvaluateConfig, seed: int) -> list[Claim]:
    """The default set of claims for one arm; both lists hold the same items in the same order."""
    pairs = list(zip(base, tuned, strict=True))

    def difference(pick: Pick, tone: Tone) -> Estimate | None:
        rows = [(b, t) for b, t in pairs if b.tone == tone]
        clusters = [b.dialogue for b, _ in rows]
        return paired_difference(
            [pick(b) for b, _ in rows], [pick(t) for _, t in rows], clusters, config.bootstrap, seed
        )

    ratios = [(t.words / b.words, b.dialogue) for b, t in pairs if b.words and t.comforted is not None]
    length = mean_with_interval([r for r, _ in ratios], [c for _, c in ratios], config.bootstrap, seed)
    margins = config.claims
    facts, over, longest = margins.facts, margins.right_sized, margins.length_ratio
    keeps = "keeps the medical facts with {} patients (margin " + f"{facts:.0%})"
    more = "comforts distressed patients more than the base does"
    sized = f"comforts calm patients at most {over:.0%} more often than the base"
    brief = f"writes at most {longest:g} times as much as the base"
    calm_facts, distressed_facts = difference(_facts_kept, "neutral"), difference(_facts_kept, "distressed")
    return [
        _claim(arm, "comfort", more, (margins.comfort, True), difference(_comforted, "distressed")),
        _claim(arm, "facts, calm", keeps.format("calm"), (-facts, True), calm_facts),
        _claim(arm, "facts, distressed", keeps.format("distressed"), (-facts, True), distressed_facts),
        _claim(arm, "right-sized", sized, (over, False), difference(_comforted, "neutral")),
        _claim(arm, "length", brief, (longest, False), length),
    ]


def overall(claims: list[Claim]) -> Verdict:
    """All must pass (intersection-union, so no correction); one failure fails all."""
    verdicts = {claim.verdict for claim in claims}
    return "FAIL" if "FAIL" in verdicts else "INCONCLUSIVE" if "INCONCLUSIVE" in verdicts or not verdicts else "PASS"


def _claim(arm: str, name: str, sentence: str, bound: tuple[float, bool], estimate: Estimate | None) -> Claim:
    margin, above = bound
    return Claim(arm, name, f"{arm} {sentence}", margin, above, estimate, _verdict(margin, estimate, above))


def _verdict(margin: float, estimate: Estimate | None, above: bool) -> Verdict:
    if estimate is None:
        return "INCONCLUSIVE"
    good, bad = (
        (estimate.low > margin, estimate.high <= margin) if above else (estimate.high < margin, estimate.low >= margin)
    )
    return "PASS" if good else "FAIL" if bad else "INCONCLUSIVE"


def _comforted(score: Score) -> float | None:
    return None if score.comforted is None else float(score.comforted)


def _facts_kept(score: Score) -> float | None:
    return score.facts_kept
