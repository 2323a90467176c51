"""What the corpus stage makes of the real data: `python bench/corpus_counts.py [FOLDER]`, by default ../shared/data.

Runs the stage on each file alone, de-identification and near-duplicate search included, and prints a Markdown table.
Accepted and rejected must add up to the rows read, and the reasons to the rejected. Personal names and the like are
counted where they were replaced, also in rows that were then dropped as copies. Changes nothing.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bedside.core.config import CorpusConfig
from bedside.corpus import build

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FILES = (
    ("icliniq", "icliniq/icliniqQAs.json"),
    ("icliniq", "icliniq/ehealthforumQAs.json"),
    ("icliniq", "icliniq/questionDoctorQAs.json"),
    ("covid-dialogue", "covid_dialogue/COVID-Dialogue-Dataset-English.txt"),
    ("covid-dialogue", "covid_dialogue/COVID-Dialogue-Dataset-Chinese.txt"),
    ("covid-dialogue", "covid_dialogue/COVID-Dialogue-Dataset-Chinese.json"),
    ("meddialog", "meddialog_sample/en_medical_dialog.json"),
    ("toyhom", "toyhom_zh/toyhom_internal_medicine_sample.csv"),
    ("cmtmedqa", "cmtmedqa_zh/CMtMedQA_test.json"),
)


def main() -> None:
    """Print the table."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    print("| file | format | read | accepted | rejected | reasons | replaced |\n|---|---|---:|---:|---:|---|---|")
    for name, place in FILES:
        counts = counted(name, data / place)
        figures = " | ".join(f"{counts[n]:,}" for n in ("read", "accepted", "rejected"))
        reasons, private = part(counts, "rejected: "), part(counts, "private: ")
        print(f"| {Path(place).name} | {name} | {figures} | {told(reasons)} | {told(private)} |", flush=True)


def counted(name: str, path: Path) -> dict[str, int]:
    """The manifest's counts of the stage on one file."""
    with tempfile.TemporaryDirectory(prefix="bedside-bench-") as out:
        counts = build(CorpusConfig(sources=(f"{name}:{path}",)), 0, Path(out) / "corpus").counts
    assert counts["accepted"] + counts["rejected"] == counts["read"], counts
    assert sum(part(counts, "rejected: ").values()) == counts["rejected"], counts
    return counts


def part(counts: dict[str, int], head: str) -> dict[str, int]:
    """The counts whose names open with `head`, by the rest of their names, the highest first."""
    found = {name.removeprefix(head): n for name, n in counts.items() if name.startswith(head)}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def told(counts: dict[str, int]) -> str:
    """Counts in one cell."""
    return ", ".join(f"{name} {n:,}" for name, n in counts.items()) or "none"


if __name__ == "__main__":
    main()
