"""The judges' part of an evaluation: each arm's replies beside the base's, by models that are tried themselves.

`judge/verdicts.jsonl` holds what every judge answered, refused ones too; `judge/judge.json` the figures: of a judge
that is refused, only the reasons and what they rest on. The manifest is written last.
"""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

import msgspec

from bedside.core.config import EvaluateConfig
from bedside.core.errors import UserMistake
from bedside.core.evaluate_config import JudgeConfig
from bedside.core.files import read_rows, sha256, write_json, write_rows
from bedside.core.manifest import Manifest, close_stage, open_stage, read_manifest
from bedside.core.records import Item, Reply
from bedside.evaluate.judge.asking import Asked, Spent, ask_judge
from bedside.evaluate.judge.humans import read_labels
from bedside.evaluate.judge.identity import own_arms
from bedside.evaluate.judge.outcomes import Row
from bedside.evaluate.judge.pairs import Drawn, draw, sentinels
from bedside.evaluate.judge.rubric import prompt_hash
from bedside.evaluate.judge.summary import summary_of
from bedside.evaluate.judge.trust import reasons_against, reliability_of
from bedside.llm import Ledger, parse_model

__all__ = ["FOLDER", "check", "judge"]

FOLDER, BASE, LEDGER = "judge", "base", "requests.sqlite"


def judge(config: EvaluateConfig, seed: int, evaluate_folder: Path) -> Manifest | None:
    """Let the judges of `config.judge` compare every complete arm with the base; None where there is no judge.

    Raises:
        UserMistake: no base or no other arm is complete, a judge that is no model, or human labels that are none.
        EndpointError, Stop: a judge can answer nothing; what was answered is kept, and the same call goes on.
    """
    if not config.judge.models:
        return None
    check(config)
    arms = _arms(evaluate_folder)
    items = list(read_rows(evaluate_folder / "items.jsonl", Item))
    replies = {arm: _replies(evaluate_folder / arm, items) for arm in arms}
    settings = config.model_dump(mode="json", include={"judge", "bootstrap"})
    planned = Manifest("judge", settings, seed, _inputs(evaluate_folder, arms, config), prompt_hash=prompt_hash())
    stage = open_stage(evaluate_folder / FOLDER, planned, keep=(LEDGER,))
    if isinstance(stage, Manifest):
        return stage
    drawn = draw(items, replies, BASE, config.judge.limit, seed)
    asked = _ask(stage.folder, arms, drawn, config.judge, seed)
    rows = [row for each in asked.values() for row in each.rows]
    told = summary_of(asked, drawn, arms, config, seed)
    write_rows(stage.folder / "verdicts.jsonl", rows)
    write_json(stage.folder / "judge.json", told)
    admitted = sum(each["status"] == "admitted" for each in told["judges"])
    counts = {"judges": len(asked), "admitted": admitted, "refused": len(asked) - admitted}
    return close_stage(stage, counts | {"pairs": len(drawn.pairs), "verdicts": len(rows)})


def _ask(folder: Path, arms: dict[str, str], drawn: Drawn, config: JudgeConfig, seed: int) -> dict[str, Asked]:
    """Each judge's answers by its MODEL string; nobody is asked about replies of their own."""
    asked: dict[str, Asked] = {}
    ledger = Ledger(folder / LEDGER)
    try:
        for model in dict.fromkeys(config.models):
            own = own_arms(model, arms)
            pairs = [pair for pair in drawn.pairs if pair.arm not in own]
            if BASE in own or len(own) == len(arms) - 1:
                asked[model] = Asked([], Spent())
                continue
            asked[model] = ask_judge(model, pairs, ledger, config, seed, partial(_refused, config))
    finally:
        ledger.close()
    return asked


def _refused(config: JudgeConfig, trial: list[Row]) -> bool:
    return bool(reasons_against(reliability_of(trial, sentinels(), {}), config))


def check(config: EvaluateConfig) -> None:
    """Find what would stop the judging, before arms are asked.

    Raises:
        UserMistake: a judge that is none, or no such file of labels.
    """
    for model in config.judge.models:
        if parse_model(model).kind == "phrasebook":
            raise UserMistake("`phrasebook` rewrites dialogues and cannot judge", where="judge.models")
    if config.judge.human is not None:
        read_labels(Path(config.judge.human))


def _arms(folder: Path) -> dict[str, str]:
    """The complete arms and their MODEL strings, the base first."""
    found = {path.parent.name: read_manifest(path.parent) for path in sorted(folder.glob("*/manifest.json"))}
    arms = {name: manifest.model for name, manifest in found.items() if manifest and manifest.stage == "evaluate"}
    if FOLDER in arms:
        raise UserMistake(
            f"an arm is called {FOLDER!r}", where=str(folder), remedy="Judges write there: rename the arm."
        )
    if BASE not in arms or len(arms) < 2:
        raise UserMistake(
            f"there is nothing to judge: complete arms are {', '.join(arms) or 'none'}",
            where=str(folder),
            remedy=f"Evaluate {BASE!r} and another arm first.",
        )
    return {BASE: arms[BASE]} | arms


def _replies(folder: Path, items: list[Item]) -> list[Reply]:
    replies = list(read_rows(folder / "replies.jsonl", Reply))
    if [reply.item for reply in replies] != [item.id for item in items]:
        raise UserMistake("was asked other items than the rest", where=str(folder), remedy="Evaluate this arm again.")
    return replies


def _inputs(folder: Path, arms: dict[str, str], config: EvaluateConfig) -> dict[str, str]:
    inputs = {"items": sha256(folder / "items.jsonl")}
    inputs |= {arm: sha256(folder / arm / "replies.jsonl") for arm in arms}
    # Other sentinels are another trial of the judge.
    inputs["sentinels"] = hashlib.sha256(msgspec.json.encode(sentinels())).hexdigest()
    return inputs | ({"human": sha256(Path(config.judge.human))} if config.judge.human else {})
