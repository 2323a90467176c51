"""`judge.json`: each judge's reliability, and the results of those that are admitted, apart and by majority."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import msgspec

from bedside.core.config import EvaluateConfig
from bedside.evaluate.judge.asking import Asked, Spent
from bedside.evaluate.judge.humans import Labels, among, between, read_labels
from bedside.evaluate.judge.identity import own_arms
from bedside.evaluate.judge.outcomes import Outcomes, Row, majority, outcomes_of
from bedside.evaluate.judge.pairs import Drawn, sentinels
from bedside.evaluate.judge.results import results_of
from bedside.evaluate.judge.rubric import QUESTIONS, Question, Side
from bedside.evaluate.judge.trust import Reliability, Tally, reasons_against, reliability_of

__all__ = ["summary_of"]

BASE = "base"
OWN = "made by the judge's own model"


class _Judge(msgspec.Struct, frozen=True):
    """A judge on trial: `excluded` are the arms that it may not judge, `outcomes` what it says of the others."""

    model: str
    reliability: Reliability
    reasons: list[str]
    excluded: dict[str, str]
    outcomes: Outcomes


def summary_of(
    asked: dict[str, Asked], drawn: Drawn, arms: dict[str, str], config: EvaluateConfig, seed: int
) -> dict[str, Any]:
    """All figures of the judges; `asked` are their answers and `arms` the arms, by MODEL string and by name."""
    judges = [_tried(model, each.rows, drawn, arms, config) for model, each in asked.items()]
    admitted = [judge for judge in judges if not judge.reasons]
    given, labels = (config.bootstrap, seed), _labels(config)
    others = [arm for arm in arms if arm != BASE]

    def results(judging: list[_Judge]) -> dict[str, Any]:
        told = {}
        for arm in others:
            fit = [judge.outcomes for judge in judging if arm not in judge.excluded]
            if fit:
                told[arm] = results_of(arm, drawn.pairs, drawn.same, majority(fit), given)
        return told

    return {
        "judges": [
            _told(judge, asked[judge.model].spent)
            | ({} if judge.reasons else {"results": results([judge]), "human": _human(judge.outcomes, labels)})
            for judge in judges
        ],
        "majority": {
            "judges": [judge.model for judge in admitted],
            "results": results(admitted) if len(admitted) > 1 else {},
            "human": _human(majority([judge.outcomes for judge in admitted]), labels) if len(admitted) > 1 else None,
        },
        "judges_agree": among(_said([judge.outcomes for judge in admitted])) if len(admitted) > 1 else None,
        "humans_agree": among(labels) if labels else None,
        "pairs": dict(Counter(pair.arm for pair in drawn.pairs)),
        "same_replies": dict(Counter(pair.arm for pair in drawn.same)),
        "not_judged": drawn.left_out,
        "bars": config.judge.model_dump(mode="json", include={name for name in type(config.judge).model_fields
                                                              if name.startswith("max_")}),
    }  # fmt: skip


def _tried(model: str, rows: list[Row], drawn: Drawn, arms: dict[str, str], config: EvaluateConfig) -> _Judge:
    reliability = reliability_of(rows, sentinels(), {pair.id: pair for pair in drawn.pairs})
    reasons = reasons_against(reliability, config.judge)
    own = own_arms(model, arms)
    excluded = {arm: OWN for arm in own if arm != BASE}
    if BASE in own:
        reasons.append("it made the base's replies, beside which every arm is put: a model does not judge itself")
    elif excluded and len(excluded) == len(arms) - 1:
        reasons.append(f"it made every arm that it would judge: {', '.join(excluded)}")
    said = {row.pair for row in rows if row.kind == "arm"}
    outcomes = {pair: said_of for pair, said_of in outcomes_of(rows).items() if pair in said}
    return _Judge(model, reliability, reasons, excluded, outcomes)


def _told(judge: _Judge, spent: Spent) -> dict[str, Any]:
    return {
        "model": judge.model,
        "status": "refused" if judge.reasons else "admitted",
        "reasons": judge.reasons,
        "excluded": judge.excluded,
        "reliability": _plain(judge.reliability),
        "spent": msgspec.structs.asdict(spent),
    }


def _plain(found: Reliability) -> dict[str, Any]:
    def share(value: Any) -> Any:
        if isinstance(value, Tally):
            return {"count": value.count, "n": value.n, "share": value.share if value.n else None}
        return {key: share(each) for key, each in value.items()} if isinstance(value, dict) else value

    return {name: share(value) for name, value in msgspec.structs.asdict(found).items()}


def _labels(config: EvaluateConfig) -> Labels | None:
    return read_labels(Path(config.judge.human)) if config.judge.human is not None else None


def _human(outcomes: Outcomes, labels: Labels | None) -> dict[str, Any] | None:
    return between(outcomes, labels) if labels is not None else None


def _said(judges: list[Outcomes]) -> dict[Question, dict[str, list[Side]]]:
    said: dict[Question, dict[str, list[Side]]] = {question: defaultdict(list) for question in QUESTIONS}
    for outcomes in judges:
        for pair, answers in outcomes.items():
            for question, outcome in answers.items():
                if outcome is not None:
                    said[question][pair].append(outcome.side)
    return said
