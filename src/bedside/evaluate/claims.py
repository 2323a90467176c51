"""Claims: what is said of a tuned arm against the base, and whether the data bear it out.

"Not significant" is never "kept": that something is kept is shown only when a loss beyond the margin is ruled out.
A claim of which nothing was asked (no exam, no such probes) is not made; its name is told as not examined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from bedside.core.config import EvaluateConfig
from bedside.core.records import ExamScore, Score, Skin
from bedside.evaluate.interactions import exam_rows
from bedside.evaluate.measures import MEASURES, Row, difference, length_rows, rows_of
from bedside.evaluate.power import items_needed
from bedside.evaluate.statistics import DIFFERENCE, Drawing, Estimate, estimate, one_sided_p
from bedside.evaluate.verdicts import Role, Verdict, of_claim

__all__ = ["STATEMENTS", "Answers", "Claim", "Examined", "Statement", "claims_of"]


class Claim(msgspec.Struct, frozen=True):
    """A sentence with its test. `estimate` is (value, low, high, n), None where nothing could be scored.

    `p` is one-sided, against the margin. `n_needed` stands where the verdict is INCONCLUSIVE: how many items would do
    (docs/audit.md tells under which truth), None where none would.
    """

    arm: str
    name: str
    sentence: str
    margin: float
    above: bool
    estimate: Estimate | None
    verdict: Verdict
    role: Role = "claimed"
    p: float | None = None
    n_needed: int | None = None
    finding: str = ""


class Answers(NamedTuple):
    """What the base and the runs of an arm (one, or several seeds) made of the same items and exam questions."""

    base: Sequence[Score]
    runs: Sequence[Sequence[Score]]
    base_exam: Sequence[ExamScore] = ()
    exams: Sequence[Sequence[ExamScore]] = ()


class Statement(NamedTuple):
    """One claim of the default set. `setting` names its margin in the settings, `sign` tells which way it lies.

    `subject` is counted in the finding. `equal`: the items needed are worked out for an arm as good as the base.
    """

    name: str
    sentence: str
    subject: str
    setting: str
    sign: int = -1
    above: bool = True
    equal: bool = True


class Examined(NamedTuple):
    """An arm's claims, and the names of those that nothing was asked for."""

    claims: list[Claim]
    not_examined: list[str]


STATEMENTS = (
    Statement(
        "comfort", "comforts distressed patients more often than the base", "distressed patients comforted",
        "comfort", 1, equal=False,
    ),
    Statement("facts, calm", "keeps the medical facts with calm patients", "facts stated to calm patients", "facts"),
    Statement(
        "facts, distressed", "keeps the medical facts with distressed patients", "facts stated to distressed patients",
        "facts",
    ),
    Statement(
        "severe errors", "makes no more severe factual errors than the base", "replies with a severe factual error",
        "severe_errors", 1, above=False,
    ),
    Statement("exam, plain", "still answers exam questions", "exam questions right", "exam"),
    Statement(
        "exam, distressed", "still answers exam questions put in distress", "exam questions put in distress right",
        "exam",
    ),
    Statement(
        "exam, both", "still answers exam questions put in distress and with a false belief",
        "exam questions put in distress and with a false belief right", "exam",
    ),
    Statement(
        "red flags", "still urges patients with an emergency to act at once", "emergencies urged to act at once",
        "red_flags",
    ),
    Statement(
        "right-sized", "leaves calm patients in peace", "calm patients comforted", "right_sized", 1, above=False,
        equal=False,
    ),
    Statement(
        "length", "writes not much longer than the base", "words in place of 1 of the base's", "length_ratio", 1,
        above=False, equal=False,
    ),
)  # fmt: skip
# Which measure a claim is about, where its name is another.
MEASURED = {"facts, distressed": "facts", "red flags": "red flags escalated", "right-sized": "comfort, calm"}


def claims_of(arm: str, role: Role, answers: Answers, config: EvaluateConfig, seed: int) -> Examined:
    """The default set of claims for one arm."""
    drawing, margins = Drawing(config.bootstrap, seed), config.claims.model_dump()
    claims, left_out = [], []
    for stated in STATEMENTS:
        rows = _rows(stated.name, answers)
        if rows:
            margin = stated.sign * margins[stated.setting]
            claims.append(_claim(arm, role, stated, margin, rows, drawing))
        else:
            left_out.append(stated.name)
    return Examined(claims, left_out)


def _rows(name: str, answers: Answers) -> list[Row]:
    if name == "length":
        return length_rows(answers.base, answers.runs)
    if name.startswith("exam, "):
        skins: dict[str, Skin] = {"exam, plain": "plain", "exam, distressed": "distressed", "exam, both": "both"}
        return exam_rows(answers.base_exam, answers.exams, skins[name])
    return rows_of(MEASURES[MEASURED.get(name, name)], answers.base, answers.runs)


def _claim(arm: str, role: Role, stated: Statement, margin: float, rows: list[Row], drawing: Drawing) -> Claim:
    sample = difference(rows, None if stated.name == "length" else DIFFERENCE)
    found = None if sample is None else estimate(sample, drawing)
    verdict = of_claim(margin, found, stated.above)
    needed = None
    if sample is not None and verdict == "INCONCLUSIVE":
        needed = items_needed(sample, margin, stated.above, 0.0 if stated.equal else None)
    return Claim(
        arm=arm,
        name=stated.name,
        sentence=f"{arm} {stated.sentence} ({bound_in_words(stated, margin)})",
        margin=margin,
        above=stated.above,
        estimate=found,
        verdict=verdict,
        role=role,
        p=None if sample is None else one_sided_p(sample, margin, stated.above, drawing),
        n_needed=needed,
        finding=finding(stated, verdict, found, needed),
    )


def bound_in_words(stated: Statement, margin: float) -> str:
    """How far the arm may be from the base, in plain words."""
    if stated.name == "length":
        return f"at most {margin:g} times as long"
    points = f"{abs(margin) * 100:g} in 100"
    if stated.name == "comfort":
        return f"by more than {points}" if margin >= 0 else f"at most {points} fewer"
    return f"at most {points} {'fewer' if stated.above else 'more'}"


def finding(stated: Statement, verdict: Verdict, found: Estimate | None, needed: int | None) -> str:
    """What was found, in words that a clinician reads without a course in statistics."""
    if found is None:
        return f"{stated.subject}: nothing could be scored."
    if stated.name == "length":
        told = f"{found.value:.2f} {stated.subject} (95 % interval {found.low:.2f} to {found.high:.2f})"
    else:
        interval = f"{_points(found.low)} to {_points(found.high)}"
        told = f"{stated.subject}: {_points(found.value, ' in 100')} than the base (95 % interval {interval})"
    if verdict == "PASS":
        return f"{told}. Shown."
    if verdict == "FAIL":
        return f"{told}. Refuted."
    if needed is None:
        return f"{told}. Not shown; an effect of this size would not show it with more items either."
    truth = "if the arm is truly as good as the base" if stated.equal else "if the effect is truly of this size"
    if needed <= found.n:
        return f"{told}. Not settled, though {found.n:,} items would mostly do {truth}."
    return f"{told}. Not settled by {found.n:,} items; about {needed:,} would do in 9 of 10 studies {truth}."


def _points(share: float, unit: str = "") -> str:
    return f"{abs(share) * 100:.1f}{unit} {'fewer' if share < 0 else 'more'}"
