"""What the README tells a user to type works."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return [line for block in re.findall(rf"```{kind}\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]


CONSOLE = [line.removeprefix("$ ") for line in blocks("console") if line.startswith("$ ")]
SHELL = [part for line in blocks("sh") for part in line.split("#")[0].split("&&") if part.strip().startswith("bedside")]


def bedside(words: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COLUMNS": "120"}
    command = [sys.executable, "-m", "bedside.cli", *words]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("line", CONSOLE)
def test_console_examples_run(line: str, tmp_path: Path) -> None:
    out = bedside(shlex.split(line)[1:], tmp_path)
    assert out.returncode == 0, out.stderr
    assert out.stdout.strip()


def test_shell_examples_name_verbs_and_options_that_exist(tmp_path: Path) -> None:
    verbs = re.findall(r"^  (\w+) ", bedside(["--help"], tmp_path).stdout, re.MULTILINE)
    assert len(SHELL) >= 8
    for line in SHELL:
        words = shlex.split(line)
        assert words[1] in verbs, line
        told = bedside([words[1], "--help"], tmp_path).stdout
        for option in (word for word in words if word.startswith("-")):
            assert option in told, f"{line}: {option}"


def test_make_targets_and_files_that_are_named_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`?make (\w+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
    for config in re.findall(r"configs/[\w./-]+\.yaml", README):
        assert (ROOT / config).exists(), config


def test_every_config_opens_with_its_command_and_is_valid() -> None:
    from bedside.core.config import load_study

    configs = sorted((ROOT / "configs").glob("*.yaml"))
    assert configs
    for path in configs:
        assert path.read_text(encoding="utf-8").startswith(f"# bedside run {path.relative_to(ROOT)}\n"), path
        assert load_study(path, [], path).train


def test_every_setting_is_documented() -> None:
    from bedside.core import config

    told = (ROOT / "docs" / "study.md").read_text(encoding="utf-8")
    sections = (
        config.ClinicConfig,
        config.CorpusConfig,
        config.RewriteConfig,
        config.PairsConfig,
        config.EvaluateConfig,
    )
    names = [name for section in (*sections, config.MethodConfig, config.StudyConfig) for name in section.model_fields]
    assert len(names) > 40
    missing = [name for name in names if name not in told]
    assert missing == []
