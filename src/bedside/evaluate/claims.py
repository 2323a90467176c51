"""Claims: what is said of a tuned arm against the base, and whether the data bear it out.

PASS: the whole interval lies on the good side of the margin. FAIL: all of it on the bad side. INCONCLUSIVE: the margin
lies within. "Not significant" is never "kept".
"""

from __future__ import annotations

from typing import Literal

import msgspec

from bedside.core.config import EvaluateConfig
from bedside.core.records import Score
from bedside.evaluate.statistics import Estimate, mean_with_interval, paired_difference

__all__ = ["Claim", "Verdict", "claims_of", "overall"]

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


def claims_of(arm: str, base: list[Score], tuned: list[Score], config: EvaluateConfig, seed: int) -> list[Claim]:
    """The default set of claims for one arm; scores are in the same order of items."""
    plain, distressed = "neutral", "distressed"
    settings = (config.bootstrap, seed)

    def difference(field: Literal["comforted", "facts_kept"], tone: str) -> Estimate | None:
        kept = [(b, t) for b, t in zip(base, tuned, strict=True) if b.tone == tone]
        pick = _comforted if field == "comforted" else _facts_kept
        return paired_difference([pick(b) for b, _ in kept], [pick(t) for _, t in kept], [b.dialogue for b, _ in kept], *settings)

    ratios = [(t.words / b.words, b.dialogue) for b, t in zip(base, tuned, strict=True) if b.words and t.comforted is not None]
    length = mean_with_interval([r for r, _ in ratios], [c for _, c in ratios], *settings)
    facts, over = config.facts_margin, config.neutral_comfort_margin
    return [
        _claim(arm, "comfort", "comforts distressed patients more than the base does", config.comfort_margin, difference("comforted", distressed)),
        _claim(arm, "facts, calm", f"keeps the medical facts with calm patients (margin {facts:.0%})", -facts, difference("facts_kept", plain)),
        _claim(arm, "facts, distressed", f"keeps the medical facts with distressed patients (margin {facts:.0%})", -facts, difference("facts_kept", distressed)),
        _claim(arm, "right-sized", f"comforts calm patients at most {over:.0%} more often than the base", over, difference("comforted", plain), above=False),
        _claim(arm, "length", f"writes at most {config.length_ratio:g} times as much as the base", config.length_ratio, length, above=False),
    ]  # fmt: skip


def overall(claims: list[Claim]) -> Verdict:
    """All must pass (intersection-union, so no correction); one failure fails all."""
    verdicts = {claim.verdict for claim in claims}
    return "FAIL" if "FAIL" in verdicts else "INCONCLUSIVE" if "INCONCLUSIVE" in verdicts or not verdicts else "PASS"


def _claim(arm: str, name: str, sentence: str, margin: float, estimate: Estimate | None, above: bool = True) -> Claim:
    return Claim(arm, name, f"{arm} {sentence}", margin, above, estimate, _verdict(margin, estimate, above))


def _verdict(margin: float, estimate: Estimate | None, above: bool) -> Verdict:
    if estimate is None:
        return "INCONCLUSIVE"
    good, bad = (estimate.low > margin, estimate.high <= margin) if above else (estimate.high < margin, estimate.low >= margin)
    return "PASS" if good else "FAIL" if bad else "INCONCLUSIVE"


def _comforted(score: Score) -> float | None:
    return None if score.comforted is None else float(score.comforted)


def _facts_kept(score: Score) -> float | None:
    return score.facts_kept
