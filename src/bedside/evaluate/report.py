"""The report: one self-contained page (no network), and the same numbers as JSON.

The page holds every figure with its n and interval, the claims with their verdicts, and every conversation of every arm
side by side, the failures first.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from bedside import __version__
from bedside.core.config import EvaluateConfig
from bedside.core.evaluate_config import ClaimsConfig
from bedside.core.files import atomic_write, sha256, write_json
from bedside.core.manifest import Manifest, close_stage, open_stage, read_manifest
from bedside.core.records import Item, Reply, Score
from bedside.evaluate.outcome import estimate_row, outcome
from bedside.evaluate.plots import act_profile, comfort_and_facts
from bedside.evaluate.summary import METRICS, Audit, read_audit
from bedside.signals import anti_acts, comfort_acts

__all__ = ["build"]


def build(config: EvaluateConfig, seed: int, run: Path, title: str) -> Manifest:
    """Read `run/evaluate` and write `run/report`: `index.html`, `report.json`, `claims.json`."""
    source, out = run / "evaluate", run / "report"
    audit = read_audit(source, config, seed)
    inputs = {arm.arm: sha256(source / arm.arm / "scores.jsonl") for arm in audit.arms}
    stage = open_stage(out, Manifest("report", config.model_dump(mode="json"), seed, inputs))
    if isinstance(stage, Manifest):
        return stage
    numbers = _numbers(audit, config.claims)
    write_json(out / "report.json", numbers | {"title": title, "seed": seed, "bedside_version": __version__})
    write_json(out / "claims.json", numbers["claims"])
    page = _page(audit, numbers, title, _provenance(run))
    with atomic_write(out / "index.html") as file:
        file.write(page.encode())
    return close_stage(stage, {"arms": len(audit.arms), "items": len(audit.items), "claims": len(audit.claims)})


def _numbers(audit: Audit, margins: ClaimsConfig) -> dict[str, Any]:
    arms = [
        {
            "arm": arm.arm,
            "model": arm.model,
            "figures": {tone: {m: estimate_row(e) for m, e in row.items()} for tone, row in arm.figures.items()},
            "acts_distressed": {act: round(share, 4) for act, share in arm.acts.items()},
            "unscored": arm.unscored,
        }
        for arm in audit.arms
    ]
    return {"items": len(audit.items), "arms": arms} | outcome(audit, margins)


def _provenance(run: Path) -> list[dict[str, Any]]:
    """What each stage of the run did, in the order of the stages."""
    folders = [run / name for name in ("clinic", "corpus", "rewrite", "pairs")]
    trained = sorted((run / "train").glob("*"), key=lambda p: p.stat().st_mtime) if (run / "train").is_dir() else []
    rows = [(str(folder.relative_to(run)), read_manifest(folder)) for folder in [*folders, *trained]]
    return [
        {"stage": name, "counts": m.counts, "wall_s": m.wall_s, "model": m.model} for name, m in rows if m is not None
    ]


def _page(audit: Audit, numbers: dict[str, Any], title: str, provenance: list[dict[str, Any]]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bedside", "evaluate/templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    conversations = json.dumps(_conversations(audit), ensure_ascii=False, separators=(",", ":"))
    return environment.get_template("report.html.j2").render(
        title=title,
        version=__version__,
        numbers=numbers,
        metrics={name: about for name, (about, _, _) in METRICS.items()},
        provenance=provenance,
        plane=comfort_and_facts(audit),
        profile=act_profile(audit),
        # Inside a script element only "</" and "<!--" could end the data early.
        conversations=conversations.replace("<", "\\u003c"),
    )


def _conversations(audit: Audit) -> list[dict[str, Any]]:
    """Every item with all replies; those on which a tuned arm did worst come first."""
    rows = []
    for place, item in enumerate(audit.items):
        arms = [
            _answer(item, audit.replies[a.arm][place], audit.scores[a.arm][place]) | {"arm": a.arm} for a in audit.arms
        ]
        rows.append(
            {
                "id": item.id,
                "tone": item.tone,
                "feeling": "calm" if item.emotion == "neutral" else f"{item.emotion} {item.intensity}, {item.mode}",
                "messages": msgspec.to_builtins(item.messages),
                "reference": item.reference,
                "arms": arms,
                "trouble": max((len(a["lost"]) + 3 * len(a["anti"]) for a in arms[1:]), default=0),
            }
        )
    return sorted(rows, key=lambda row: -row["trouble"])


def _answer(item: Item, reply: Reply, score: Score) -> dict[str, Any]:
    return {
        "text": reply.text,
        "finish": reply.finish,
        "acts": [[f.start, f.end, f.kind] for f in comfort_acts(reply.text, item.language)],
        "anti": [[f.start, f.end, f.kind] for f in anti_acts(reply.text, item.language)],
        "lost": score.facts_lost,
        "facts": score.facts_total,
        "comforted": score.comforted,
    }
