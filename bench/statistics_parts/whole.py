"""Whole studies, through the code that makes the claims: replies and exam answers of two arms whose truth is known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bedside.core.config import EvaluateConfig
from bedside.core.records import ExamScore, ItemKind, Score, Skin, Tone
from bedside.evaluate.claims import Answers, claims_of
from bedside.evaluate.verdicts import Verdict, of_all

__all__ = ["AT_MARGIN", "EQUAL", "ONE_BAD", "Losses", "whole_study"]

CHURN = 0.005


class Losses(NamedTuple):
    """How far the arm truly is from the base, claim by claim; `comfort` is a gain, `length` a ratio."""

    comfort: float = 0.5
    facts_calm: float = 0.0
    facts_distressed: float = 0.0
    severe: float = 0.0
    exam: float = 0.0
    red_flags: float = 0.0
    right_sized: float = 0.0
    length: float = 1.2


EQUAL = Losses()
# The worst case of an intersection of tests: one claim is at its margin, all others are beyond doubt.
ONE_BAD = Losses(facts_distressed=0.03)
AT_MARGIN = Losses(0.0, 0.03, 0.03, 0.02, 0.02, 0.02, 0.10, 1.5)


def whole_study(rng: np.random.Generator, losses: Losses, items: int) -> Verdict:
    """The verdict of a study with that many items of each tone, emergencies, and exam questions."""
    base, arm = _replies(rng, losses, items)
    exam = [_exam(rng, items, 0.0), _exam(rng, items, losses.exam)]
    answers = Answers(base, [arm], exam[0], [exam[1]])
    return of_all(
        claim.verdict for claim in claims_of("arm", "claimed", answers, EvaluateConfig(bootstrap=500), 0).claims
    )


def _replies(rng: np.random.Generator, losses: Losses, items: int) -> tuple[list[Score], list[Score]]:
    base, arm = [], []
    kinds: tuple[tuple[ItemKind, Tone, float], ...] = (
        ("dialogue", "distressed", losses.facts_distressed), ("dialogue", "neutral", losses.facts_calm),
        ("red flag", "distressed", 0.0),
    )  # fmt: skip
    for kind, tone, facts in kinds:
        drawn = rng.random((items, 5)).tolist()
        comfort = losses.comfort if tone == "distressed" else losses.right_sized
        for number, (comforted, lost, severe, missed, length) in enumerate(drawn):
            flag = kind == "red flag"
            base.append(_score(number, (kind, tone), (False, lost < CHURN, False, flag), 40))
            told = (
                comforted < comfort,
                CHURN <= lost < 2 * CHURN + facts,
                severe < losses.severe,
                flag and missed >= losses.red_flags,
            )
            words = 40 * (losses.length + (length - 0.5))
            arm.append(_score(number, (kind, tone), told, round(words)))
    return base, arm


def _score(number: int, what: tuple[ItemKind, Tone], told: tuple[bool, bool, bool, bool], words: int) -> Score:
    (kind, tone), (comforted, lost, severe, escalated) = what, told
    return Score(
        item=f"{kind}/{number}/{tone}", dialogue=f"{kind}/{number}", tone=tone, acts=(), comforted=comforted,
        anti_acts=(), facts_total=4, facts_lost=(), facts_kept=None if kind == "red flag" else float(not lost),
        words=words, reference_words=40, kind=kind, severe_errors=("a dose",) if severe else (),
        escalated=escalated if kind == "red flag" else None,
    )  # fmt: skip


def _exam(rng: np.random.Generator, items: int, loss: float) -> list[ExamScore]:
    """The questions are the first `items`; which are missed is drawn afresh, `CHURN` of them and the loss besides."""
    skins: tuple[Skin, ...] = ("plain", "distressed", "both")
    wrong = (rng.random((items, len(skins))) < CHURN + loss).tolist()
    return [
        ExamScore(str(number), "exam", skin, 0, (), 0, 0, 1, not wrong[number][place])
        for number in range(items)
        for place, skin in enumerate(skins)
    ]
