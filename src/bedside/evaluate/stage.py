"""The evaluate stage: arms and items in; for each arm a folder of replies and scores out."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from bedside.core.config import EvaluateConfig
from bedside.core.errors import UserMistake
from bedside.core.files import read_rows, sha256, write_rows
from bedside.core.manifest import Manifest, close_stage, lacks_only, open_stage, read_manifest, restate
from bedside.core.records import Item, Reply, Score
from bedside.evaluate.arms import LEDGER, PARTS, ask
from bedside.evaluate.items import choose, read_items
from bedside.evaluate.scorers import score_arms, scorers_hash
from bedside.llm import parse_model

__all__ = ["ITEMS", "build", "read_arm"]

ITEMS = "items.jsonl"
# The input that says which code scored.
SCORERS = "scorers"
# Files beside a model's weights that say when and how it was trained; the same weights are the same model.
TOLD_OF_TRAINING = ("manifest.json", "log.jsonl", "README.md")


def build(config: EvaluateConfig, seed: int, items: list[Path], arms: dict[str, str], out: Path) -> dict[str, Manifest]:
    """Ask every arm (name -> MODEL string) every item and score the replies; arms that are done are skipped.

    Replies that were scored by other code than today's are scored again and not asked for again.

    Raises:
        UserMistake: no arm, no item, or a model that does not exist; told before anything is asked.
    """
    if not arms:
        raise UserMistake("there is no arm to evaluate", remedy="Name one: --arm base=local:clinic")
    names = {arm: parse_model(model) for arm, model in arms.items()}
    if any(name.kind == "phrasebook" for name in names.values()):
        raise UserMistake("`phrasebook` rewrites dialogues and cannot be an arm")
    chosen = choose(read_items(items), config, seed)
    write_rows(out / ITEMS, chosen)
    digest = sha256(out / ITEMS)
    return {arm: _arm(arm, model, chosen, (config, seed, digest), out / arm) for arm, model in arms.items()}


def _arm(arm: str, model: str, items: list[Item], given: tuple[EvaluateConfig, int, str], folder: Path) -> Manifest:
    config, seed, digest = given
    path = Path(parse_model(model).name)
    weights = sha256(path, TOLD_OF_TRAINING) if path.is_dir() and parse_model(model).kind == "local" else model
    generation = config.model_dump(mode="json", include={"max_new_tokens", "batch_size", "distressed", "neutral"})
    inputs = {"items": digest, "model": weights, SCORERS: scorers_hash()}
    planned = Manifest("evaluate", generation, seed, inputs, model=model)
    done = read_manifest(folder)
    if done is not None and lacks_only(done, planned, SCORERS):
        return done if done.inputs == inputs else _score_again(items, done, planned, folder)
    stage = open_stage(folder, planned, keep=(LEDGER,), resume=(PARTS,))
    if isinstance(stage, Manifest):
        return stage
    replies = ask(arm, model, items, config, folder)
    scores = score_arms(items, {arm: replies})[arm]
    write_rows(folder / "replies.jsonl", replies)
    write_rows(folder / "scores.jsonl", scores)
    shutil.rmtree(folder / PARTS, ignore_errors=True)
    unscored = sum(s.comforted is None for s in scores)
    return close_stage(stage, {"items": len(items), "replies": len(replies), "unscored": unscored})


def _score_again(items: list[Item], done: Manifest, planned: Manifest, folder: Path) -> Manifest:
    """Scores of the kept replies by today's code; interrupted, it begins anew the next time."""
    replies = list(read_rows(folder / "replies.jsonl", Reply))
    write_rows(folder / "scores.jsonl", score_arms(items, {folder.name: replies})[folder.name])
    return restate(folder, msgspec.structs.replace(done, inputs=planned.inputs))


def read_arm(folder: Path) -> tuple[list[Reply], list[Score]]:
    """An arm's replies and scores, in the order of the items."""
    return list(read_rows(folder / "replies.jsonl", Reply)), list(read_rows(folder / "scores.jsonl", Score))
