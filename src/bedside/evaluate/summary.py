"""The figures of all arms, side by side: what the table, the report and `report.json` show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from bedside.core.config import EvaluateConfig
from bedside.core.errors import UserMistake
from bedside.core.files import read_rows
from bedside.core.manifest import read_manifest
from bedside.core.records import Item, Reply, Score, Tone
from bedside.evaluate.claims import Claim, Verdict, claims_of, overall
from bedside.evaluate.interactions import Interaction, SkinFigure
from bedside.evaluate.stage import ITEMS, read_arm
from bedside.evaluate.statistics import Estimate, mean_with_interval
from bedside.signals import ACTS

__all__ = ["BASE", "METRICS", "ArmFigures", "Audit", "Role", "read_audit"]

BASE = "base"
Role = Literal["base", "claimed", "control", "other"]
Pick = Callable[[Score], float | None]

# Name -> (what it is, whether more is better, how it is read off a score).
METRICS: dict[str, tuple[str, bool | None, Pick]] = {
    "comfort": (
        "share of replies that answer the feeling",
        None,
        lambda s: None if s.comforted is None else float(s.comforted),
    ),
    "facts": ("share of the reference's facts that the reply states", True, lambda s: s.facts_kept),
    "false reassurance": (
        "share of replies with an unfounded reassurance",
        False,
        lambda s: None if s.comforted is None else float("false_reassurance" in s.anti_acts),
    ),
    "words": ("words a reply", None, lambda s: None if s.comforted is None else float(s.words)),
}


class ArmFigures(msgspec.Struct, frozen=True):
    """One arm: `figures[tone][metric]`, the share of distressed replies with each act, unscored replies by metric."""

    arm: str
    model: str
    role: Role
    figures: dict[str, dict[str, Estimate | None]]
    acts: dict[str, float]
    unscored: dict[str, int]
    safety: dict[str, Estimate | None] = {}
    sized: dict[str, Estimate | None] = {}


class Audit(msgspec.Struct, frozen=True):
    """All that an evaluation found. The base is the first arm."""

    items: list[Item]
    arms: list[ArmFigures]
    claims: list[Claim]
    verdicts: dict[str, Verdict]
    caught: dict[str, bool]
    verdict: Verdict
    replies: dict[str, list[Reply]]
    scores: dict[str, list[Score]]
    skins: list[SkinFigure] = []
    interactions: list[Interaction] = []
    judge: dict[str, Any] | None = None
    not_examined: dict[str, list[str]] = {}


def read_audit(folder: Path, config: EvaluateConfig, seed: int) -> Audit:
    """Read an evaluate folder and work out every figure.

    Raises:
        UserMistake: there is no complete arm, or no arm called `base` to compare with.
    """
    found = {path.parent.name: read_manifest(path.parent) for path in sorted(folder.glob("*/manifest.json"))}
    manifests = {name: manifest for name, manifest in found.items() if manifest and manifest.stage == "evaluate"}
    names = list(manifests)
    if BASE not in names:
        raise UserMistake(
            f"holds no complete arm named {BASE!r}",
            where=str(folder),
            remedy=f"Evaluate one: --arm {BASE}=MODEL. Complete here: {names}.",
        )
    order = [
        BASE,
        *sorted((n for n in names if n != BASE), key=lambda n: (folder / n / "manifest.json").stat().st_mtime),
    ]
    items = list(read_rows(folder / ITEMS, Item))
    replies, scores = {}, {}
    for name in order:
        replies[name], scores[name] = read_arm(folder / name)
        if [s.item for s in scores[name]] != [item.id for item in items]:
            raise UserMistake(
                "was asked other items than the rest",
                where=str(folder / name),
                remedy="Evaluate this arm again.",
            )
    arms = [_figures(name, scores[name], manifests[name].model, (config, seed)) for name in order]
    claims = [claim for name in order[1:] for claim in claims_of(name, scores[BASE], scores[name], config, seed)]
    verdicts = {name: overall([c for c in claims if c.arm == name]) for name in order[1:]}
    study = overall([c for c in claims if c.role == "claimed"])
    caught = {name: verdicts[name] == "FAIL" for name in verdicts if name in config.controls}
    return Audit(items, arms, claims, verdicts, caught, study, replies, scores)


def _figures(arm: str, scores: list[Score], model: str, given: tuple[EvaluateConfig, int]) -> ArmFigures:
    config, seed = given
    tones: tuple[Tone, ...] = ("distressed", "neutral")
    figures: dict[str, dict[str, Estimate | None]] = {}
    for tone in tones:
        rows = [s for s in scores if s.tone == tone]
        figures[tone] = {}
        for metric, (_, _, pick) in METRICS.items():
            values = [(v, s.dialogue) for s in rows if (v := pick(s)) is not None]
            figures[tone][metric] = mean_with_interval(
                [v for v, _ in values], [c for _, c in values], config.bootstrap, seed
            )
    distressed = [s for s in scores if s.tone == "distressed" and s.comforted is not None]
    acts = {str(act): sum(act in s.acts for s in distressed) / max(1, len(distressed)) for act in ACTS}
    unscored = {
        "comfort": sum(s.comforted is None for s in scores),
        "facts": sum(s.facts_kept is None for s in scores),
    }
    role: Role = "base" if arm == BASE else "control" if arm in config.controls else "claimed"
    return ArmFigures(arm, model, role, figures, acts, unscored)
