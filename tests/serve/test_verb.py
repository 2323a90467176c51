"""`bedside serve` before it serves: what it costs to ask for help, and what it says where something is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT = (
    "import sys\n"
    "sys.modules['uvicorn'] = sys.modules['fastapi'] = None\n"
    "from bedside.cli import main\n"
    "try: main()\n"
    "except SystemExit as end: code = end.code\n"
    "heavy = {'torch', 'transformers', 'numpy', 'starlette', 'prometheus_client', 'aiohttp', 'openai'}\n"
    "print('LOADED', sorted(heavy & set(sys.modules)))\n"
    "sys.exit(code)\n"
)


def bedside(cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command where neither FastAPI nor uvicorn is installed."""
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, *words], cwd=cwd, env=os.environ | {"COLUMNS": "120"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_help_needs_nothing_and_imports_nothing_heavy(tmp_path: Path) -> None:
    told = bedside(tmp_path, "serve", "--help")
    assert told.returncode == 0, told.stderr
    assert "--api-key-file" in told.stdout
    assert "LOADED []" in told.stdout


def test_without_the_extra_the_remedy_is_told(tmp_path: Path) -> None:
    told = bedside(tmp_path, "serve", "local:clinic")
    assert told.returncode == 2
    assert "serving needs fastapi, uvicorn" in told.stderr
    assert "pip install 'bedside[serve]'" in told.stderr
    assert "Traceback" not in told.stderr
    assert "LOADED []" in told.stdout


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((), "no MODEL to serve"),
        (("local:clinic", "--host", "0.0.0.0"), "lets other machines ask without a key"),
        (("--new-key", "ward"), "--new-key needs the file"),
        (("local:clinic", "--port", "99999"), "Invalid value for '--port'"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(tmp_path: Path, words: tuple[str, ...], what: str) -> None:
    told = bedside(tmp_path, "serve", *words)
    assert told.returncode == 2
    assert what in told.stderr
    assert "Traceback" not in told.stderr


def test_a_key_is_printed_once_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    told = bedside(tmp_path, "serve", "--new-key", "ward", "--api-key-file", "keys")
    assert told.returncode == 0, told.stderr
    key = told.stdout.splitlines()[0]
    kept = (tmp_path / "keys").read_text(encoding="utf-8")
    assert kept.startswith("ward sha256:")
    assert key not in kept
