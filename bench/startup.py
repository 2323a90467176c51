"""How long `bedside --help` takes: `python bench/startup.py`. Median of 15 runs, beside an empty Python process."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 15


def median_s(command: list[str]) -> float:
    """Median wall time in seconds, after one run to warm the file cache."""
    times = []
    for run in range(RUNS + 1):
        started = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        if run:
            times.append(time.perf_counter() - started)
    return float(statistics.median(times))


def main() -> None:
    """Print both medians."""
    empty = median_s([sys.executable, "-c", "pass"])
    helped = median_s([sys.executable, "-m", "bedside.cli", "--help"])
    print(f"python -c pass   {empty:.3f} s")
    print(f"bedside --help   {helped:.3f} s   (bar: 0.3 s)")


if __name__ == "__main__":
    main()
