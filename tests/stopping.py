"""Studies that a signal ends at a known place: after a file has got its name, whatever the machine's load.

Run as `python -m tests.stopping JOBS.json` in a process of its own; each job of it is a fork with everything imported.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from .train.killed import ALONE, only_one_thread

ROOT = Path(__file__).parent.parent


class Stopped(NamedTuple):
    """How `bedside run` ended (negative: by that signal) and what it said on stderr."""

    status: int
    said: str


def stopped(settings: list[str], *places: tuple[str, int]) -> list[Stopped]:
    """`bedside run` with these settings once for each place (file, signal), one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = [{"settings": settings, "file": file, "signal": int(kind)} for file, kind in places]
        path = Path(folder) / "jobs.json"
        path.write_text(json.dumps(jobs), encoding="utf-8")
        command = [sys.executable, "-m", "tests.stopping", str(path)]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src")} | ALONE
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900)
        assert ran.returncode == 0, ran.stderr
        texts = [(Path(folder) / f"{number}.txt").read_text(encoding="utf-8") for number in range(len(jobs))]
        return [Stopped(int(line), said) for line, said in zip(ran.stdout.split(), texts, strict=True)]


def end_after(file: str, kind: int) -> None:
    """Have this process send itself the signal as soon as the file stands there."""
    from bedside.core import files

    write = files.atomic_write

    @contextmanager
    def watched(path: Path) -> Iterator[BinaryIO]:
        with write(path) as out:
            yield out
        if str(path) == file:
            os.kill(os.getpid(), kind)

    files.atomic_write = watched


def study(settings: list[str]) -> int:
    from bedside.cli import main

    sys.argv = ["bedside", "run", *settings]
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def run_jobs(path: Path) -> None:
    for name in ("train.sft", "train.dpo", "train.kto", "train.preflight", "train.card", "llm.local", "evaluate.stage"):
        importlib.import_module(f"bedside.{name}")  # once, not in each process
    only_one_thread()
    for number, job in enumerate(json.loads(path.read_text(encoding="utf-8"))):
        child = os.fork()
        if child == 0:
            said = os.open(path.with_name(f"{number}.txt"), os.O_WRONLY | os.O_CREAT)
            os.dup2(said, 1)
            os.dup2(said, 2)
            end_after(job["file"], job["signal"])
            status = study(job["settings"])
            sys.stderr.flush()
            os._exit(status)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    run_jobs(Path(sys.argv[1]))
