"""What a command takes, its children included: `python meter.py REPORT.json COMMAND...`. Linux only.

Writes `{"status", "wall_s", "cpu_s", "peak_mib"}`. Processes that outlive the command are waited for (and, after
`GRACE_S`, ended), so that work in a process pool or a fork server counts. Memory is the proportional set size of the
whole tree, where pages that processes share count once; it is looked at every `EVERY_S`.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
EVERY_S, GRACE_S = 0.5, 5.0


def main() -> None:
    """Run the command and write the report."""
    report, command = Path(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    begun, peak = time.monotonic(), 0.0
    child = subprocess.Popen(command)
    while child.poll() is None:
        peak = max(peak, _memory_mib())
        time.sleep(EVERY_S)
    wall_s = time.monotonic() - begun
    _reap()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {"status": child.returncode, "wall_s": wall_s, "cpu_s": used.ru_utime + used.ru_stime, "peak_mib": peak}
    report.write_text(json.dumps(figures), encoding="utf-8")


def _reap() -> None:
    """Wait for orphans of the command, which have become this process's children."""
    end = time.monotonic() + GRACE_S
    while True:
        try:
            found, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not found:
            time.sleep(0.05)
            if time.monotonic() > end:
                for pid in _descendants():
                    os.kill(pid, signal.SIGKILL)


def _memory_mib() -> float:
    return sum(map(_proportional_kib, _descendants())) / 1024


def _proportional_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _descendants() -> list[int]:
    """Children, their children, and so on."""
    found, rest = [], [os.getpid()]
    while rest:
        pid = rest.pop()
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                children = [int(word) for word in path.read_text(encoding="ascii").split()]
            except OSError:
                continue
            found += children
            rest += children
    return found


if __name__ == "__main__":
    main()
