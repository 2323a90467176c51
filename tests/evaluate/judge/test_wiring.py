"""Judges from the command line and in a study."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bedside import study as studies
from bedside.cli import app
from bedside.core.errors import ConfigError
from bedside.core.files import write_rows
from bedside.evaluate.judge.fake import FakeJudge
from bedside.llm.fake_endpoint import serving
from tests.evaluate.judge.evaluated import FACTS, config, folder, items


def test_evaluate_with_judges(tmp_path: Path) -> None:
    write_rows(tmp_path / "items.jsonl", items(6))
    for arm, text in (("base", "Take it."), ("warm", f"{FACTS}. You did well to ask.")):
        write_rows(tmp_path / f"{arm}.jsonl", [{"contains": "", "reply": text}])
    words = ["evaluate", "--items", str(tmp_path / "items.jsonl"), "-o", str(tmp_path / "out"), "--json"]
    words += [f"--arm={arm}=scripted:{tmp_path / arm}.jsonl" for arm in ("base", "warm")]
    with serving(FakeJudge()) as one, serving(FakeJudge("always first")) as two:
        judges = [f"--judge={one}#good", f"--judge={two}#first"]
        done = CliRunner().invoke(app, [*words, *judges, "--set", "judge.limit=4", "--set", "bootstrap=100"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["judge"] == {
        "judges": 2, "admitted": 1, "refused": 1, "pairs": 4, "verdicts": 4 * 52 + 8,
    }  # fmt: skip
    assert "is preferred to base in 1.00 [1.00, 1.00]" in done.stderr
    assert "first: refused, because it contradicts itself" in done.stderr


def test_a_study_judges_after_the_arms(tmp_path: Path) -> None:
    names: list[str] = []
    study = studies.load(None, ["evaluate.judge.models=[openai:x]"])
    studies._audit_stages(study, tmp_path, lambda name, build: names.append(name))
    assert names[-2:] == ["evaluate/judge", "report"]
    names.clear()
    studies._audit_stages(studies.load(None, []), tmp_path, lambda name, build: names.append(name))
    assert names[-1] == "report"
    assert "evaluate/judge" not in names
    with serving(FakeJudge()) as url:
        study = study.model_copy(update={"evaluate": config(f"{url}#j")})
        assert studies._judge(study, folder(tmp_path)).counts["admitted"] == 1


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("evaluate.judge.models=[nonsense]", "'nonsense' is not a model"),
        ("evaluate.judge.models=[phrasebook]", "cannot judge"),
        ("evaluate.judge={models: [openai:x], human: none.jsonl}", "none.jsonl: no such file"),
    ],
)
def test_a_study_tells_of_its_judges_before_it_starts(setting: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        studies.preflight(studies.load(None, [setting]))
