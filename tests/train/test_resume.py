"""Killed at any step and run again, a run ends in the weights of one that was not: bit for bit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from bedside.train.checkpoints import last_checkpoint

from .killed import ALONE
from .runs import log, same, settings, train, weights

ROOT = Path(__file__).parent.parent.parent
# Eight steps, a checkpoint after each third; dropout, so that random generators must go on too.
LORA = {"r": 4, "alpha": 8, "dropout": 0.2}
EPOCHS, EVERY = 4, 3


def config(method: str, **more: object) -> Any:
    options = {"logging_steps": 1} | ({"disable_dropout": False} if method in ("dpo", "kto") else {})
    given: dict[str, object] = {"epochs": EPOCHS, "checkpoint_steps": EVERY, "lora": LORA, "options": options}
    return settings(method, **(given | more))


def test_killed_runs_end_as_if_they_had_not_been(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    sft = tmp_path / "sft"
    train(settings("sft", lora=LORA), pairs, random_model, sft)
    # (name, method, settings, start, where the kill comes, in which step, the checkpoint that is whole then)
    cases: list[tuple[str, str, dict[str, object], Path | None, str, int, int | None]] = [
        ("adapter", "sft", {}, None, "training", 5, 3),
        ("full weights", "sft", {"lora": None}, None, "training", 7, 6),
        ("while it is written", "dpo", {}, sft, "saving", 6, 3),
        ("before the first is whole", "dpo", {}, sft, "saving", 3, None),
        ("labels", "kto", {}, sft, "training", 8, 6),
        ("experimental", "orpo", {}, None, "training", 4, 3),
    ]
    jobs = [
        {
            "config": config(method, **more).model_dump(mode="json"), "seed": 1, "pairs": str(pairs),
            "base": str(random_model), "start": str(start) if start else None, "out": str(tmp_path / "killed" / name),
            "where": where, "step": step,
        }
        for name, method, more, start, where, step, _ in cases
    ]  # fmt: skip
    (tmp_path / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    command = [sys.executable, "-m", "tests.train.killed", str(tmp_path / "jobs.json")]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")} | ALONE
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert [int(line) for line in ran.stdout.split()] == [-signal.SIGKILL] * len(cases), ran.stderr
    for name, method, more, start, _, _, whole in cases:
        out = tmp_path / "killed" / name
        found = last_checkpoint(out)
        assert (Path(found).name if found else None) == (f"checkpoint-{whole}" if whole else None), name
        manifest = train(config(method, **more), pairs, random_model, out, start, seed=1)
        straight = tmp_path / "straight" / f"{method} {more}"
        # Skipped where an earlier case had the same settings.
        whole_run = train(config(method, **more), pairs, random_model, straight, start, seed=1)
        assert manifest.counts == whole_run.counts
        assert manifest.counts["steps"] == 8
        assert same(weights(out), weights(straight)), name
        assert [row["loss"] for row in log(out)] == [row["loss"] for row in log(straight)], name
        assert not (out / "checkpoints").exists()


def test_other_settings_do_not_go_on_from_it(pairs: Path, random_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    train(config("sft"), pairs, random_model, out)
    whole = weights(out)
    (out / "manifest.json").rename(out / ".started.json")
    (out / "checkpoints" / "checkpoint-4").mkdir(parents=True)
    (out / "checkpoints" / "checkpoint-4" / "trainer_state.json").write_text('{"global_step": 4}', encoding="utf-8")
    train(config("sft", learning_rate=1e-3), pairs, random_model, out)
    assert not same(whole, weights(out))


def test_a_torn_checkpoint_is_removed_and_the_newest_whole_one_taken(tmp_path: Path) -> None:
    for step, state in ((8, '{"global_step": 8}'), (12, '{"global_step": 12}'), (16, '{"global_st'), (20, None)):
        folder = tmp_path / "checkpoints" / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        if state is not None:
            (folder / "trainer_state.json").write_text(state, encoding="utf-8")
    assert last_checkpoint(tmp_path) == str(tmp_path / "checkpoints" / "checkpoint-12")
    assert sorted(p.name for p in (tmp_path / "checkpoints").iterdir()) == ["checkpoint-12", "checkpoint-8"]
    assert last_checkpoint(tmp_path / "nowhere") is None
