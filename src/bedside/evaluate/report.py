"""The report: one self-contained page (no network), and the same numbers as JSON and as Markdown for a model card.

The page holds the claims with their verdicts in plain words, every figure with its n and interval, the worst replies
with the words that make them so, and every conversation of every arm side by side, the failures first.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from bedside import __version__
from bedside.core.config import EvaluateConfig
from bedside.core.errors import InputFileError
from bedside.core.files import atomic_write, read_json, sha256, write_json
from bedside.core.manifest import MANIFEST, Manifest, close_stage, open_stage, read_manifest, restate
from bedside.core.records import Verified
from bedside.evaluate.clinicians import review_file
from bedside.evaluate.conversations import conversations, pack
from bedside.evaluate.model_card import model_card
from bedside.evaluate.numbers import numbers
from bedside.evaluate.page import page
from bedside.evaluate.stage import EXAM, ITEMS
from bedside.evaluate.summary import Audit, read_audit

__all__ = ["build", "write_report"]

# The manifest says how the arm was asked, which makes its role.
OF_AN_ARM = (MANIFEST, "replies.jsonl", "scores.jsonl", EXAM)


def build(config: EvaluateConfig, seed: int, run: Path, title: str) -> Manifest:
    """Read `run/evaluate` and write `run/report`: `index.html`, `report.json`, `claims.json`, `model_card.md`."""
    source, out = run / "evaluate", run / "report"
    audit = read_audit(source, config, seed)
    _forget_broken(out)
    stage = open_stage(out, Manifest("report", config.model_dump(mode="json"), seed, _inputs(audit, run)))
    if isinstance(stage, Manifest):
        return stage
    write_report(audit, config, (run, title, seed))
    return close_stage(stage, {"arms": len(audit.arms), "items": len(audit.items), "claims": len(audit.claims)})


def _forget_broken(out: Path) -> None:
    """A report whose numbers cannot be read is not complete, whatever its manifest says."""
    done = read_manifest(out)
    if done is not None:
        try:
            read_json(out / "report.json", Verified, "")
        except InputFileError:
            restate(out, msgspec.structs.replace(done, inputs={}))


def _inputs(audit: Audit, run: Path) -> dict[str, str]:
    """The digest of every file that the report is made of, by its path in the run."""
    source = run / "evaluate"
    files = [source / ITEMS, source / "judge" / "judge.json", review_file(source)]
    files += [source / arm.arm / name for arm in audit.arms for name in OF_AN_ARM]
    return {path.relative_to(run).as_posix(): sha256(path) for path in files if path.is_file()}


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
