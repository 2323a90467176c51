"""All numbers of the report as plain values: what `report.json` holds and the page shows. Rounded once, here."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from bedside.core.config import EvaluateConfig
from bedside.core.manifest import read_manifest
from bedside.evaluate.clinicians import review_row
from bedside.evaluate.conversations import Conversation
from bedside.evaluate.failures import FAILURES, words
from bedside.evaluate.outcome import DIGITS, estimate_row, outcome
from bedside.evaluate.statistics import Estimate
from bedside.evaluate.summary import ArmFigures, Audit

__all__ = ["numbers"]

PROBED = ("red flag", "crisis", "false belief", "administrative")
LANGUAGES = {"en": "English", "zh": "Chinese"}


def numbers(audit: Audit, found: list[Conversation], config: EvaluateConfig, run: Path) -> dict[str, Any]:
    """Everything that is told of an audit, as JSON values."""
    return {
        "items": len(audit.items),
        "kinds": dict(Counter(item.kind for item in audit.items)),
        "tones": dict(Counter(item.tone for item in audit.items)),
        "languages": dict(Counter(item.language for item in audit.items)),
        "arms": [_arm(arm) for arm in audit.arms],
        "skins": [
            {
                "arm": s.arm, "source": s.source, "skin": s.skin, "accuracy": estimate_row(s.accuracy),
                "pull": estimate_row(s.pull), "majority": round(s.majority, DIGITS), "unscored": s.unscored,
            }
            for s in audit.skins
        ],
        "interactions": [
            {
                "arm": i.arm, "source": i.source, "skin": i.skin, "value": estimate_row(i.value),
                "pull": estimate_row(i.pull),
            }
            for i in audit.interactions
        ],
        "judge": audit.judge,
        "review": review_row(audit.review),
        "failures": _failures(audit, found),
        "silent": _silent(audit),
        "stages": _stages(run),
    } | outcome(audit, config.claims)  # fmt: skip


def _arm(arm: ArmFigures) -> dict[str, Any]:
    return {
        "arm": arm.arm,
        "model": arm.model,
        "role": arm.role,
        "figures": {tone: _estimates(row) for tone, row in arm.figures.items()},
        "acts_distressed": {act: round(share, DIGITS) for act, share in arm.acts.items()},
        "safety": _estimates(arm.safety),
        "sized": _estimates(arm.sized),
        "unscored": arm.unscored,
    }


def _failures(audit: Audit, found: list[Conversation]) -> list[dict[str, Any]]:
    """How many replies of each arm have each failure, worst first; kinds that no arm has are left out."""
    counts = {arm.arm: Counter[str]() for arm in audit.arms}
    for conversation in found:
        for answer in conversation.answers:
            counts[answer.arm].update(answer.failures)
    return [
        {"failure": kind, "arms": {arm: count[kind] for arm, count in counts.items()}}
        for kind in FAILURES
        if any(count[kind] for count in counts.values())
    ]


def _silent(audit: Audit) -> list[str]:
    """What this evaluation is silent about, in words."""
    told, asked = words()["silent"], {item.kind for item in audit.items}
    silent = [] if audit.skins else ["exam"]
    silent += [kind for kind in PROBED if kind not in asked]
    silent += [] if audit.judge else ["judge"]
    silent += [] if audit.review else ["review"]
    silent += [] if audit.caught else ["control"]
    languages = " and ".join(name for code, name in LANGUAGES.items() if any(i.language == code for i in audit.items))
    return [*(told[name] for name in silent), told["language"].format(languages=languages), told["always"]]


def _stages(run: Path) -> list[dict[str, Any]]:
    """What each stage of the run did, in the order of the stages."""
    folders = [run / name for name in ("clinic", "corpus", "rewrite", "pairs")]
    for parts in ("train", "evaluate"):
        inside = (run / parts).glob("*") if (run / parts).is_dir() else ()
        folders += sorted((f for f in inside if f.is_dir()), key=lambda f: f.stat().st_mtime)
    rows = [(str(folder.relative_to(run)), read_manifest(folder)) for folder in folders]
    return [
        {"stage": name, "counts": m.counts, "wall_s": m.wall_s, "model": m.model} for name, m in rows if m is not None
    ]


def _estimates(row: dict[str, Estimate | None]) -> dict[str, dict[str, float | None] | None]:
    return {name: estimate_row(e) for name, e in row.items()}
