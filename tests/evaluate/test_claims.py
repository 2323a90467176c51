"""Verdicts: each of the three is reached when, and only when, the interval says so."""

from __future__ import annotations

from bedside.core.config import EvaluateConfig
from bedside.core.records import Score, Tone
from bedside.evaluate.claims import claims_of, overall

N = 120


def score(number: int, tone: Tone, comforted: bool, facts: float, words: int = 40) -> Score:
    return Score(f"{number}/{tone}", str(number), tone, (), comforted, (), 4, (), facts, words, 40)


def arm(comfort: tuple[float, float], facts: tuple[float, float], words: int = 40) -> list[Score]:
    """Scores of N distressed and N calm items; each pair is (distressed, calm), comfort as a share, facts as a mean."""
    tones: tuple[Tone, Tone] = ("distressed", "neutral")
    return [
        score(i, tone, i < comfort[place] * N, 1.0 if i % 100 < facts[place] * 100 else 0.0, words)
        for place, tone in enumerate(tones)
        for i in range(N)
    ]


BASE = arm((0.0, 0.0), (1.0, 1.0))
CONFIG = EvaluateConfig(bootstrap=500)


def verdicts(tuned: list[Score]) -> dict[str, str]:
    return {claim.name: claim.verdict for claim in claims_of("sft", BASE, tuned, CONFIG, 0)}


def test_a_comforting_and_correct_arm_passes_all() -> None:
    claims = claims_of("sft", BASE, arm((0.9, 0.0), (1.0, 1.0), words=50), CONFIG, 0)
    assert len(claims) == 5
    assert overall(claims) == "PASS"


def test_comfort_that_did_not_rise_is_no_pass() -> None:
    assert verdicts(arm((0.0, 0.0), (1.0, 1.0)))["comfort"] == "FAIL"
    assert verdicts(arm((0.01, 0.0), (1.0, 1.0)))["comfort"] == "INCONCLUSIVE"


def test_lost_facts_fail_only_the_tone_that_lost_them() -> None:
    found = verdicts(arm((0.9, 0.0), (0.7, 1.0)))
    assert found["facts, distressed"] == "FAIL"
    assert found["facts, calm"] == "PASS"
    found = verdicts(arm((0.9, 0.0), (1.0, 0.7)))
    assert found["facts, distressed"] == "PASS"
    assert found["facts, calm"] == "FAIL"


def test_a_small_loss_at_the_margin_is_inconclusive() -> None:
    assert verdicts(arm((0.9, 0.0), (0.97, 1.0)))["facts, distressed"] == "INCONCLUSIVE"


def test_comfort_for_calm_patients_fails() -> None:
    assert verdicts(arm((0.9, 0.5), (1.0, 1.0)))["right-sized"] == "FAIL"


def test_long_replies_fail() -> None:
    assert verdicts(arm((0.9, 0.0), (1.0, 1.0), words=80))["length"] == "FAIL"


def test_what_could_not_be_scored_is_inconclusive_not_kept() -> None:
    blank = [Score(s.item, s.dialogue, s.tone, (), None, (), 0, (), None, 0, 40, "error: none") for s in BASE]
    claims = claims_of("sft", BASE, blank, CONFIG, 0)
    assert {claim.verdict for claim in claims} == {"INCONCLUSIVE"}
    assert overall(claims) == "INCONCLUSIVE"


def test_one_failure_fails_all_and_nothing_claimed_is_not_a_pass() -> None:
    assert overall(claims_of("sft", BASE, arm((0.9, 0.5), (1.0, 1.0)), CONFIG, 0)) == "FAIL"
    assert overall([]) == "INCONCLUSIVE"
