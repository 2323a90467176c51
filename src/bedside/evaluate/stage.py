"""The evaluate stage: arms, items and an exam in; for each arm a folder of replies and scores out."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from bedside.core.config import EvaluateConfig
from bedside.core.errors import UserMistake
from bedside.core.files import read_rows, sha256, write_rows
from bedside.core.manifest import Manifest, close_stage, lacks_only, open_stage, read_manifest, restate
from bedside.core.records import ExamItem, Item, Reply, Score
from bedside.evaluate.answers import LEDGER
from bedside.evaluate.arms import PARTS, ask
from bedside.evaluate.exam import EXAM_PARTS, sit
from bedside.evaluate.exam_formats import exam_items
from bedside.evaluate.items import choose, read_items
from bedside.evaluate.scorers import score_arms, scorers_hash
from bedside.llm import parse_model

__all__ = ["EXAM", "ITEMS", "build", "read_arm"]

ITEMS = "items.jsonl"
EXAM = "exam.jsonl"
# The input that says which code scored.
SCORERS = "scorers"
# Files beside a model's weights that say when and how it was trained; the same weights are the same model.
TOLD_OF_TRAINING = ("manifest.json", "log.jsonl", "README.md")


def build(config: EvaluateConfig, seed: int, items: list[Path], arms: dict[str, str], out: Path) -> dict[str, Manifest]:
    """Ask every arm (name -> MODEL string) every item, score the replies, and let it sit the exam, where there is one.

    Arms that are done are skipped. With an exam there may be no items.

    Replies that were scored by other code than today's are scored again and not asked for again.

    Raises:
        UserMistake: no arm, nothing to ask, or a model that does not exist; told before anything is asked.
    """
    if not arms:
        raise UserMistake("there is no arm to evaluate", remedy="Name one: --arm base=local:clinic")
    names = {arm: parse_model(model) for arm, model in arms.items()}
    if any(name.kind == "phrasebook" for name in names.values()):
        raise UserMistake("`phrasebook` rewrites dialogues and cannot be an arm")
    if not items and not config.exam.sources and not config.probes:
        raise UserMistake("there is nothing to ask", remedy="Name items (--items FILE) or an exam (--exam SOURCE).")
    exam = exam_items(config.exam.sources, config.exam.limit, seed)
    chosen = choose(read_items(items) if items else [], config, seed)
    write_rows(out / ITEMS, chosen)
    digests = {"items": sha256(out / ITEMS)}
    if exam:
        write_rows(out / EXAM, exam)
        digests["exam"] = sha256(out / EXAM)
    return {arm: _arm(arm, model, (chosen, exam), (config, seed, digests), out / arm) for arm, model in arms.items()}


def _arm(
    arm: str,
    model: str,
    asked: tuple[list[Item], list[ExamItem]],
    given: tuple[EvaluateConfig, int, dict[str, str]],
    folder: Path,
) -> Manifest:
    (items, exam), (config, seed, digests) = asked, given
    weights = _identity(model)
    generation = config.model_dump(mode="json", include={"max_new_tokens", "batch_size", "distressed", "neutral"})
    if exam:
        generation["exam"] = config.exam.model_dump(mode="json", include={"skins", "batch_size", "chat"})
    if arm in config.arms:
        generation["system_prompt"] = config.arms[arm].system_prompt
    inputs = {**digests, "model": weights, SCORERS: scorers_hash()}
    planned = Manifest("evaluate", generation, seed, inputs, model=model)
    done = read_manifest(folder)
    if done is not None and lacks_only(done, planned, SCORERS):
        return done if done.inputs == inputs else _score_again(items, done, planned, folder)
    stage = open_stage(folder, planned, keep=(LEDGER,), resume=(PARTS, EXAM_PARTS))
    if isinstance(stage, Manifest):
        return stage
    replies = ask(arm, model, items, config, folder) if items else []
    scores = score_arms(items, {arm: replies})[arm]
    write_rows(folder / "replies.jsonl", replies)
    write_rows(folder / "scores.jsonl", scores)
    shutil.rmtree(folder / PARTS, ignore_errors=True)
    unscored = sum(s.comforted is None for s in scores)
    counts = {"items": len(items), "replies": len(replies), "unscored": unscored}
    return close_stage(stage, counts | (_exam(arm, model, exam, config, folder) if exam else {}))


def _identity(model: str) -> str:
    """What makes a model another one: a local one's files and its level of the dial, another's name."""
    name = parse_model(model)
    if name.kind != "local" or not Path(name.name).is_dir():
        return model
    return sha256(Path(name.name), TOLD_OF_TRAINING) + (f"@{name.level:g}" if name.level != 1 else "")


def _exam(arm: str, model: str, exam: list[ExamItem], config: EvaluateConfig, folder: Path) -> dict[str, int]:
    """The exam's scores, written; `exam cut` are prompts that were too long for the model."""
    system_prompt = config.arms[arm].system_prompt if arm in config.arms else ""
    sat = sit(arm, model, exam, config.exam, folder, system_prompt)
    write_rows(folder / EXAM, sat)
    shutil.rmtree(folder / EXAM_PARTS, ignore_errors=True)
    unscored, cut = sum(s.correct is None for s in sat), sum(s.cut for s in sat)
    return {"exam": len(sat), "exam unscored": unscored} | ({"exam cut": cut} if cut else {})


def _score_again(items: list[Item], done: Manifest, planned: Manifest, folder: Path) -> Manifest:
    """Scores of the kept replies by today's code; interrupted, it begins anew the next time."""
    replies = list(read_rows(folder / "replies.jsonl", Reply))
    write_rows(folder / "scores.jsonl", score_arms(items, {folder.name: replies})[folder.name])
    return restate(folder, msgspec.structs.replace(done, inputs=planned.inputs))


def read_arm(folder: Path) -> tuple[list[Reply], list[Score]]:
    """An arm's replies and scores, in the order of the items."""
    return list(read_rows(folder / "replies.jsonl", Reply)), list(read_rows(folder / "scores.jsonl", Score))
