"""A whole study on the embedded clinic, made small: complete, resumable, the same after an interruption."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest

from bedside import study as studies
from bedside.core.files import sha256
from bedside.study import Done

from .stopping import stopped

SMALL = [
    "clinic.train=60", "clinic.test=24", "train.sft.epochs=1", "train.sft.lora.r=4", "train.dpo.limit=16",
    "train.dpo.lora.r=4", "train.kto.limit=16", "train.kto.lora.r=4", "train.over_warm.limit=8",
    "evaluate.distressed=10", "evaluate.neutral=10", "evaluate.batch_size=10",
    "evaluate.max_new_tokens=60", "evaluate.bootstrap=200",
]  # fmt: skip
STAGES = [
    "clinic", "corpus", "rewrite", "pairs", "train/sft", "train/dpo", "train/kto", "train/over_warm",
    "evaluate/base", "evaluate/sft", "evaluate/dpo", "evaluate/kto", "evaluate/over_warm", "report",
]  # fmt: skip
ARMS = ["base", "sft", "dpo", "kto", "over_warm"]


def run_study(runs: Path, stop_before: str | None = None) -> list[Done]:
    done: list[Done] = []

    def begin(name: str) -> None:
        if name == stop_before:
            raise KeyboardInterrupt

    config = studies.load(None, [*SMALL, f"runs={runs}"])
    studies.run(config, begin, done.append)
    return done


def results(runs: Path) -> dict[str, str]:
    """Hashes of everything a study is judged by; not of what holds paths or times."""
    names = ["corpus/dialogues.jsonl", "rewrite/rewrites.jsonl", "pairs/sft.jsonl", "pairs/preferences.jsonl"]
    names += [f"train/{arm}/adapter_model.safetensors" for arm in ARMS[1:]]
    names += [f"evaluate/{arm}/{part}.jsonl" for arm in ARMS for part in ("replies", "scores")]
    return {name: sha256(runs / "demo" / name) for name in names}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("runs")
    done = run_study(runs)
    assert [d.name for d in done] == STAGES
    assert not any(d.skipped for d in done)
    return runs


def test_a_study_ends_in_a_report_of_all_arms(uninterrupted: Path) -> None:
    numbers = json.loads((uninterrupted / "demo" / "report" / "report.json").read_text(encoding="utf-8"))
    assert [arm["arm"] for arm in numbers["arms"]] == ARMS
    assert numbers["items"] == 20
    for arm in numbers["arms"]:
        for tone in ("distressed", "neutral"):
            for metric in ("comfort", "facts"):
                assert arm["figures"][tone][metric]["n"] == 10
    # Comfort, facts calm and distressed, severe errors, right-sized, length; the exam and red flags were not asked for.
    assert len(numbers["claims"]) == 4 * 6
    assert all(len(left_out) == 4 for left_out in numbers["not_examined"].values()), numbers["not_examined"]
    page = (uninterrupted / "demo" / "report" / "index.html").read_text(encoding="utf-8")
    for name in ("http://", "https://"):
        assert name not in page.replace("http://www.w3.org/", "")
    assert numbers["shown"]["in_full"] == 20, "every conversation is in the page (packed)"


def test_counts_add_up_through_the_stages(uninterrupted: Path) -> None:
    def counts(stage: str) -> dict[str, int]:
        text = (uninterrupted / "demo" / stage / "manifest.json").read_text(encoding="utf-8")
        found: dict[str, int] = json.loads(text)["counts"]
        return found

    assert counts("corpus")["read"] == 84 == counts("corpus")["accepted"] + counts("corpus")["rejected"]
    rewritten = counts("rewrite")
    assert rewritten["read"] == counts("corpus")["accepted"]
    assert rewritten["read"] == rewritten["accepted"] + rewritten["rejected"] + rewritten["failed"]


def test_running_again_skips_everything(uninterrupted: Path) -> None:
    before = results(uninterrupted)
    done = run_study(uninterrupted)
    assert [d.name for d in done if d.skipped] == STAGES
    assert results(uninterrupted) == before


def test_stopped_anywhere_and_run_again_the_result_is_the_same(uninterrupted: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"

    def before(stage: str) -> None:
        with pytest.raises(KeyboardInterrupt):
            run_study(runs, stop_before=stage)

    before("rewrite")
    before("train/sft")
    killed, interrupted = stopped(
        [*SMALL, f"runs={runs}"],
        (f"{runs}/demo/train/sft/rejected.jsonl", signal.SIGKILL),
        (f"{runs}/demo/evaluate/sft/replies.parts/0.jsonl", signal.SIGINT),
    )
    assert killed.status == -signal.SIGKILL, killed.said
    assert interrupted.status == 130, interrupted.said
    assert "run the same command again" in interrupted.said
    assert "Traceback" not in interrupted.said
    assert [name for name in STAGES[:-1] if (runs / "demo" / name / "manifest.json").exists()] == STAGES[:9]
    before("evaluate/kto")
    done = run_study(runs)
    assert [d.name for d in done if not d.skipped] == ["evaluate/kto", "evaluate/over_warm", "report"]
    assert results(runs) == results(uninterrupted)


def test_a_changed_setting_redoes_what_depends_on_it_only(uninterrupted: Path, tmp_path: Path) -> None:
    shutil.copytree(uninterrupted, tmp_path / "kept")
    config = studies.load(None, [*SMALL, f"runs={uninterrupted}", "train.kto.learning_rate=2.0e-2"])
    done: list[Done] = []
    try:
        studies.run(config, lambda name: None, done.append)
        assert [d.name for d in done if not d.skipped] == ["train/kto", "evaluate/kto", "report"]
        changed = {name for name, was in results(tmp_path / "kept").items() if results(uninterrupted)[name] != was}
        assert "train/kto/adapter_model.safetensors" in changed
        assert not [name for name in changed if "kto" not in name]
    finally:  # the other tests read it too
        shutil.rmtree(uninterrupted)
        shutil.copytree(tmp_path / "kept", uninterrupted)


def test_what_cannot_run_is_told_before_anything_is_written(tmp_path: Path) -> None:
    from bedside.core.errors import ConfigError

    bad = ["model=local:/none", "corpus.sources=[icliniq:/none.json]", f"runs={tmp_path / 'runs'}"]
    with pytest.raises(ConfigError) as told:
        studies.run(studies.load(None, bad), lambda name: None, lambda done: None)
    assert "/none.json" in str(told.value)
    assert "local:/none" in str(told.value)
    assert not (tmp_path / "runs").exists()
