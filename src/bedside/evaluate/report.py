"""The report: one self-contained page (no network), and the same numbers as JSON and as Markdown for a model card.

The page holds the claims with their verdicts in plain words, every figure with its n and interval, the worst replies
with the words that make them so, and every conversation of every arm side by side, the failures first.
"""

from __future__ import annotations

from pathlib import Path

from bedside import __version__
from bedside.core.config import EvaluateConfig
from bedside.core.files import atomic_write, sha256, write_json
from bedside.core.manifest import Manifest, close_stage, open_stage
from bedside.evaluate.conversations import conversations, pack
from bedside.evaluate.model_card import model_card
from bedside.evaluate.numbers import numbers
from bedside.evaluate.page import page
from bedside.evaluate.summary import Audit, read_audit

__all__ = ["build", "write_report"]


def build(config: EvaluateConfig, seed: int, run: Path, title: str) -> Manifest:
    """Read `run/evaluate` and write `run/report`: `index.html`, `report.json`, `claims.json`, `model_card.md`."""
    source, out = run / "evaluate", run / "report"
    audit = read_audit(source, config, seed)
    inputs = {arm.arm: sha256(source / arm.arm / "scores.jsonl") for arm in audit.arms}
    extra = {f"{arm.arm}/exam": source / arm.arm / "exam.jsonl" for arm in audit.arms}
    extra |= {"judge": source / "judge" / "judge.json"}
    inputs |= {role: sha256(path) for role, path in extra.items() if path.is_file()}
    stage = open_stage(out, Manifest("report", config.model_dump(mode="json"), seed, inputs))
    if isinstance(stage, Manifest):
        return stage
    write_report(audit, config, (run, title, seed))
    return close_stage(stage, {"arms": len(audit.arms), "items": len(audit.items), "claims": len(audit.claims)})


def write_report(audit: Audit, config: EvaluateConfig, given: tuple[Path, str, int]) -> None:
    """Write the four files for an audit; `given` is the run's folder, the title and the seed."""
    run, title, seed = given
    out = run / "report"
    found = conversations(audit)
    told = numbers(audit, found, config, run) | {"title": title, "seed": seed, "bedside_version": __version__}
    packed = pack(found)
    told["shown"] = {"in_full": packed.told, "marked": packed.marked}
    write_json(out / "report.json", told)
    write_json(out / "claims.json", told["claims"])
    for name, text in (("model_card.md", model_card(told)), ("index.html", page(told, found, packed))):
        with atomic_write(out / name) as file:
            file.write(text.encode())
