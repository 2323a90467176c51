"""`bedside train METHOD DIR [FILE.yaml] [key=value ...]`: a file for one run, settings on top, an estimate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedside.cli import app
from bedside.core.errors import ConfigError, UserMistake
from bedside.typed import load_run

from .runs import weights

FILE = """
model: local:clinic
seed: 4
epochs: 2
learning_rate: 1.0e-2
batch_size: 4
lora: {r: 4, alpha: 8, options: {use_rslora: true}}
options: {weight_decay: 0.01}
"""


def test_the_last_word_wins(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(FILE, encoding="utf-8")
    file = str(tmp_path / "run.yaml")
    config, model, seed = load_run("dpo", [file], {})
    assert (config.method, config.epochs, model, seed) == ("dpo", 2, "local:clinic", 4)
    words = [file, "epochs=3", "options.beta=0.2", "lora.r=8", "model=local:a", "seed=5"]
    config, model, seed = load_run("dpo", words, {})
    assert (config.epochs, model, seed) == (3, "local:a", 5)
    assert config.options == {"weight_decay": 0.01, "beta": 0.2}
    assert config.lora is not None
    assert (config.lora.r, config.lora.alpha, config.lora.options) == (8, 8, {"use_rslora": True})
    assert load_run("dpo", words, {"model": "local:b", "seed": 6})[1:] == ("local:b", 6)


def test_mistakes_are_told(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(FILE.replace("epochs", "epoch"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"run.yaml: 1 problem(.|\n)*epoch: no such setting; did you mean 'epochs'"):
        load_run("sft", [str(tmp_path / "run.yaml")], {})
    with pytest.raises(ConfigError, match=r"lora.rank: no such setting"):
        load_run("sft", ["lora.rank=4"], {"model": "local:clinic"})
    with pytest.raises(UserMistake, match="no model to tune is named"):
        load_run("sft", [], {})
    with pytest.raises(ConfigError, match="seed: 'x' is no whole number"):
        load_run("sft", ["seed=x"], {"model": "local:clinic"})


def test_a_run_by_its_file_and_its_estimate(
    pairs: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run.yaml").write_text(FILE, encoding="utf-8")
    out = tmp_path / "out"
    command = ["train", "sft", str(pairs), str(tmp_path / "run.yaml"), "--model", f"local:{random_model}"]
    app([*command, "-o", str(out), "--estimate"], standalone_mode=False)
    told = capsys.readouterr().out
    assert "needed" in told
    assert "4 steps" in told
    assert not out.exists()
    app([*command, "-o", str(out), "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["counts"] == {"rows": 8, "examples": 8, "rejected": 0, "steps": 4}
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 4
    assert manifest["config"]["options"] == {"weight_decay": 0.01}
    assert weights(out)


def test_a_line_now_and_then_where_there_is_no_terminal(
    pairs: Path, random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bedside.core import progress

    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    app(
        ["train", "sft", str(pairs), "--model", f"local:{random_model}", "-o", str(tmp_path / "out"), "batch_size=4"],
        standalone_mode=False,
    )
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("train sft ")]
    assert [line.split()[2] for line in lines] == ["1/2", "2/2"]
    assert all("tokens/s" in line and "left" in line for line in lines)
    assert "loss " in lines[1]
