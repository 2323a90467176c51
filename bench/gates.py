"""How well the signals and gates read: `python bench/gates.py [DATA] [--only PART] [--rewrites FILE]`.

Prints one Markdown table with exact intervals. DATA is by default ../shared/data. Parts: `rewrites` (free rewrites with
corrupted twins), `mutated` (typed mutations of real answers), `emotion`, `danger` (crisis, red flags, false
reassurance), `speed`. Changes nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from gates_parts import danger, emotion, mutated, rewritten, speed
from gates_parts.tables import Row, told

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def main() -> None:
    """Print the table of each part asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=SHARED)
    parser.add_argument("--only", choices=("rewrites", "mutated", "emotion", "danger", "speed"))
    parser.add_argument("--rewrites", type=Path, help="a file like rewrites/dev.jsonl")
    asked = parser.parse_args()
    file = asked.rewrites or asked.data / "rewrites" / "dev.jsonl"
    parts: dict[str, Callable[[], list[Row]]] = {
        "rewrites": lambda: rewritten.rows(file),
        "mutated": lambda: mutated.rows(asked.data),
        "emotion": lambda: emotion.rows(asked.data),
        "danger": danger.rows,
        "speed": lambda: speed.rows(file),
    }
    for name, rows in parts.items():
        if asked.only in (None, name):
            print(f"\n## {name}\n\n{told(rows())}", flush=True)


if __name__ == "__main__":
    main()
