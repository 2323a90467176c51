"""All that an evaluation found, read from its folder: figures of the arms side by side, claims, verdicts, the exam."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bedside.core.config import EvaluateConfig
from bedside.core.errors import UserMistake
from bedside.core.files import read_json, read_rows
from bedside.core.manifest import Manifest, read_manifest
from bedside.core.records import ExamScore, Item, Reply, Score
from bedside.evaluate.claims import Answers, Claim, claims_of
from bedside.evaluate.clinicians import Review, read_review
from bedside.evaluate.figures import METRICS, ArmFigures, figures_of
from bedside.evaluate.interactions import Interaction, SkinFigure, interactions_of, skin_figures
from bedside.evaluate.secondary import Secondary, secondary_of
from bedside.evaluate.stage import ITEMS, read_arm
from bedside.evaluate.statistics import Drawing
from bedside.evaluate.verdicts import Role, Verdict, of_all, of_study

__all__ = ["BASE", "METRICS", "ArmFigures", "Audit", "read_audit"]

BASE = "base"
# Arms that are there to compare with, whoever made them.
COMPARED = ("prompted", "neutral")
# One of several runs of an arm, each with a seed of its own: `sft#1`, `sft#2`.
RUN = re.compile(r"(.+)#\d+")


class Audit(msgspec.Struct, frozen=True):
    """All that an evaluation found. The base is the first arm.

    Runs of one arm (`sft#1`, `sft#2`) have figures each and claims together, under the name that they share.
    """

    items: list[Item]
    arms: list[ArmFigures]
    claims: list[Claim]
    verdicts: dict[str, Verdict]
    caught: dict[str, bool]
    verdict: Verdict
    replies: dict[str, list[Reply]]
    scores: dict[str, list[Score]]
    skins: list[SkinFigure]
    interactions: list[Interaction]
    judge: dict[str, Any] | None
    not_examined: dict[str, list[str]] = {}
    secondary: list[Secondary] = []
    review: Review | None = None


class _Read(NamedTuple):
    """What stands in the folder, by arm."""

    items: list[Item]
    manifests: dict[str, Manifest]
    replies: dict[str, list[Reply]]
    scores: dict[str, list[Score]]
    exams: dict[str, list[ExamScore]]


def read_audit(folder: Path, config: EvaluateConfig, seed: int) -> Audit:
    """Read an evaluate folder and work out every figure.

    Raises:
        UserMistake: there is no arm called `base` to compare with, or the settings name one that was not evaluated.
    """
    read, drawing = _read(folder), Drawing(config.bootstrap, seed)
    roles = _roles(read, config, folder)
    base, exam = read.scores[BASE], read.exams[BASE]
    arms = [
        figures_of((name, read.manifests[name].model, roles[name]), scores, base, drawing)
        for name, scores in read.scores.items()
    ]
    claims, left_out, secondary = [], {}, []
    for name in roles:
        if name == BASE:
            continue
        runs = _runs(name, read)
        answers = Answers(base, [read.scores[run] for run in runs], exam, [read.exams[run] for run in runs])
        examined = claims_of(name, roles[name], answers, config, seed)
        claims += examined.claims
        left_out[name] = examined.not_examined
        secondary += secondary_of(name, answers, drawing)
    verdicts = {name: of_all(c.verdict for c in claims if c.arm == name) for name in left_out}
    caught = {name: verdicts[name] == "FAIL" for name in left_out if roles[name] == "control"}
    return Audit(
        items=read.items,
        arms=arms,
        claims=claims,
        verdicts=verdicts,
        caught=caught,
        verdict=of_study([verdicts[name] for name in left_out if roles[name] == "claimed"], caught.values()),
        replies=read.replies,
        scores=read.scores,
        skins=[figure for name, scores in read.exams.items() for figure in skin_figures(name, scores, drawing)],
        interactions=[
            found
            for name, answers in read.exams.items()
            if name != BASE
            for found in interactions_of(name, exam, answers, drawing)
        ],
        judge=_judge(folder / "judge" / "judge.json"),
        not_examined=left_out,
        secondary=secondary,
        review=read_review(folder),
    )  # fmt: skip


def _read(folder: Path) -> _Read:
    found = {path.parent.name: read_manifest(path.parent) for path in sorted(folder.glob("*/manifest.json"))}
    manifests = {name: manifest for name, manifest in found.items() if manifest and manifest.stage == "evaluate"}
    if BASE not in manifests:
        raise UserMistake(
            f"holds no complete arm named {BASE!r}",
            where=str(folder),
            remedy=f"Evaluate one: --arm {BASE}=MODEL. Complete here: {list(manifests)}.",
        )
    others = sorted((n for n in manifests if n != BASE), key=lambda n: (folder / n / "manifest.json").stat().st_mtime)
    read = _Read(list(read_rows(folder / ITEMS, Item)), manifests, {}, {}, {})
    for name in (BASE, *others):
        read.replies[name], read.scores[name] = read_arm(folder / name)
        if [s.item for s in read.scores[name]] != [item.id for item in read.items]:
            raise UserMistake(
                "was asked other items than the rest", where=str(folder / name), remedy="Evaluate this arm again."
            )
        exam = folder / name / "exam.jsonl"
        read.exams[name] = list(read_rows(exam, ExamScore)) if exam.is_file() else []
    return read


def _roles(read: _Read, config: EvaluateConfig, folder: Path) -> dict[str, Role]:
    """The role of every arm, and of every name that several runs share; these come right before their runs."""
    arms, names = list(read.scores), dict[str, None]()
    for arm in arms:
        shared = _shared(arm, arms)
        names |= {shared: None, arm: None} if shared else {arm: None}
    for setting, named in (("claims.arms", config.claims.arms or ()), ("controls", config.controls)):
        if missing := [name for name in named if name not in names]:
            raise UserMistake(
                f"{setting} names {missing[0]!r}, which was not evaluated",
                where=str(folder),
                remedy=f"Evaluated here: {', '.join(names)}.",
            )
    manifests = read.manifests
    beside = {
        name for name in names if all(_asked_otherwise(manifests[run], manifests[BASE]) for run in _runs(name, read))
    }
    return {name: _role(name, config, _shared(name, arms), beside) for name in names}


def _asked_otherwise(arm: Manifest, base: Manifest) -> bool:
    """Whether an arm was asked as one to compare with: it has settings of its own (`evaluate.arms`, `--system`).

    The base's own system prompt is none: arms that are all asked under one prompt differ by their tuning alone.
    """
    prompt = arm.config.get("system_prompt")
    return prompt is not None and prompt != base.config.get("system_prompt")


def _role(name: str, config: EvaluateConfig, shared: str, beside: set[str]) -> Role:
    if name == BASE:
        return "base"
    if name in config.controls or shared in config.controls:
        return "control"
    if config.claims.arms is not None:
        return "claimed" if name in config.claims.arms else "other"
    compared = name in COMPARED or name in config.arms or name in beside
    return "other" if shared or compared else "claimed"


def _shared(arm: str, arms: list[str]) -> str:
    """The name that a run shares with at least one other; empty where it is alone or no run."""
    match = RUN.fullmatch(arm)
    if match is None or match[1] in arms:
        return ""
    return match[1] if sum((m := RUN.fullmatch(a)) is not None and m[1] == match[1] for a in arms) > 1 else ""


def _runs(name: str, read: _Read) -> list[str]:
    return [name] if name in read.scores else [arm for arm in read.scores if _shared(arm, list(read.scores)) == name]


def _judge(path: Path) -> dict[str, Any] | None:
    remedy = "Judge again (bedside evaluate --judge MODEL), or remove the folder."
    return read_json(path, dict[str, Any], remedy) if path.is_file() else None
