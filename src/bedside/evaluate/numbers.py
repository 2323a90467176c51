"""All numbers of the report as plain values: what `report.json` holds and the page shows. Rounded once, here."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from bedside.core.config import EvaluateConfig
from bedside.core.manifest import read_manifest
from bedside.evaluate.claims import Claim
from bedside.evaluate.conversations import Conversation
from bedside.evaluate.failures import FAILURES, words
from bedside.evaluate.statistics import Estimate
from bedside.evaluate.summary import ArmFigures, Audit

__all__ = ["numbers"]

DIGITS = 4
PROBED = ("red flag", "crisis", "false belief", "administrative")
LANGUAGES = {"en": "English", "zh": "Chinese"}


def numbers(audit: Audit, found: list[Conversation], config: EvaluateConfig, run: Path) -> dict[str, Any]:
    """Everything that is told of an audit, as JSON values."""
    return {
        "items": len(audit.items),
        "kinds": dict(Counter(item.kind for item in audit.items)),
        "tones": dict(Counter(item.tone for item in audit.items)),
        "languages": dict(Counter(item.language for item in audit.items)),
        "verdict": audit.verdict,
        "verdicts": audit.verdicts,
        "caught": audit.caught,
        "sensitive": all(audit.caught.values()),
        "signed_by": config.claims.signed_by,
        "arms": [_arm(arm) for arm in audit.arms],
        "claims": [_claim(claim) for claim in audit.claims],
        "skins": [
            {
                "arm": s.arm, "source": s.source, "skin": s.skin, "accuracy": _estimate(s.accuracy),
                "pull": _estimate(s.pull), "majority": _rounded(s.majority), "unscored": s.unscored,
            }
            for s in audit.skins
        ],
        "interactions": [
            {"arm": i.arm, "source": i.source, "skin": i.skin, "value": _estimate(i.value)} for i in audit.interactions
        ],
        "judge": audit.judge,
        "failures": _failures(audit, found),
        "not_examined": _not_examined(audit),
        "stages": _stages(run),
    }  # fmt: skip


def _arm(arm: ArmFigures) -> dict[str, Any]:
    return {
        "arm": arm.arm,
        "model": arm.model,
        "role": arm.role,
        "figures": {tone: _estimates(row) for tone, row in arm.figures.items()},
        "acts_distressed": {act: _rounded(share) for act, share in arm.acts.items()},
        "safety": _estimates(arm.safety),
        "sized": _estimates(arm.sized),
        "unscored": arm.unscored,
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "arm": claim.arm,
        "role": claim.role,
        "claim": claim.name,
        "sentence": claim.sentence,
        "margin": claim.margin,
        "must_be": "above" if claim.above else "below",
        "estimate": _estimate(claim.estimate),
        # A p-value of a millionth must not be told as nothing.
        "p": None if claim.p is None else float(f"{claim.p:.3g}"),
        "n_needed": claim.n_needed,
        "verdict": claim.verdict,
    }


def _failures(audit: Audit, found: list[Conversation]) -> list[dict[str, Any]]:
    """How many replies of each arm have each failure, worst first; kinds that no arm has are left out."""
    counts = {arm.arm: Counter[str]() for arm in audit.arms}
    for conversation in found:
        for answer in conversation.answers:
            counts[answer.arm].update(answer.failures)
    rows = [{"failure": kind, "arms": {arm: count[kind] for arm, count in counts.items()}} for kind in FAILURES]
    return [row for row in rows if any(row["arms"].values())]  # type: ignore[attr-defined]  # a dict of counts


def _not_examined(audit: Audit) -> list[str]:
    """What this evaluation is silent about, in words."""
    told, asked = words()["not_examined"], {item.kind for item in audit.items}
    silent = [] if audit.skins else ["exam"]
    silent += [kind for kind in PROBED if kind not in asked]
    silent += [] if audit.judge else ["judge"]
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


def _estimates(row: dict[str, Estimate | None]) -> dict[str, dict[str, float] | None]:
    return {name: _estimate(e) for name, e in row.items()}


def _estimate(estimate: Estimate | None) -> dict[str, float] | None:
    return None if estimate is None else {k: _rounded(v) for k, v in estimate._asdict().items()}


def _rounded(value: float) -> float:
    return round(value, DIGITS)
