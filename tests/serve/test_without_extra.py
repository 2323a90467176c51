"""Without the packages of `[serve]` a user is told what to install: no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HIDE = """
import sys
for name in ("fastapi", "starlette", "uvicorn", "prometheus_client"):
    sys.modules[name] = None  # as if it were not installed
"""
VERB = HIDE + "from bedside.cli import main\nsys.argv = ['bedside', *sys.argv[1:]]\nmain()"
IMPORT = (
    HIDE
    + "from bedside.core.errors import UserMistake\ntry:\n    import {module}\n"
    + "except UserMistake as told:\n    print(told)"
)


@pytest.mark.parametrize("words", [["serve", "local:clinic"], ["review", "RUN", "--reviewers", "anna"]])
def test_a_verb_names_what_to_install(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "evaluate").mkdir()
    (tmp_path / "evaluate" / "items.jsonl").write_text("")
    given = [str(tmp_path) if word == "RUN" else word for word in words]
    done = subprocess.run([sys.executable, "-c", VERB, *given], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "pip install 'bedside[serve]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "module",
    ["bedside.serve.app", "bedside.serve.server", "bedside.serve.measures", "bedside.serve.review.app",
     "bedside.serve.review.server"],
)  # fmt: skip
def test_an_import_names_what_to_install(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT.format(module=module)], capture_output=True, text=True, check=True
    )
    assert done.stdout.rstrip().endswith("pip install 'bedside[serve]'")
    assert " needs " in done.stdout


def test_the_guard_needs_no_extra() -> None:
    words = HIDE + "import bedside.serve.guard, bedside.serve.reply_guard, bedside.serve.danger"
    subprocess.run([sys.executable, "-c", words], check=True)
