"""The methods side by side on the embedded clinic, over several seeds: comfort and facts of each arm, and the dial.

    python bench/methods.py -o OUT

Runs `configs/methods.yaml` once a seed (a seed draws other consultations, other feelings, other weights) and prints the
tables as Markdown; with arms at levels of the dial, `OUT/dial.svg` is their picture. An interrupted run goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
STUDY = HERE.parent / "configs" / "methods.yaml"
COLUMNS = (
    ("comfort, distressed", "distressed", "comfort"),
    ("comfort, calm", "neutral", "comfort"),
    ("facts, calm", "neutral", "facts"),
    ("facts, distressed", "distressed", "facts"),
    ("false reassurance, distressed", "distressed", "false reassurance"),
)


def run(out: Path, seed: int, words: list[str]) -> Path:
    """One study; its folder."""
    command = [sys.executable, "-m", "bedside.cli", "run", str(STUDY), f"runs={out}", f"name=seed-{seed}"]
    subprocess.run([*command, f"seed={seed}", *words], check=True, stdout=subprocess.DEVNULL)
    return out / f"seed-{seed}"


def figures(folder: Path) -> dict[str, dict[str, float]]:
    """Arm -> column -> value, and the seconds that training took."""
    report = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    told = {}
    for arm in report["arms"]:
        told[arm["arm"]] = {name: arm["figures"][tone][metric]["value"] for name, tone, metric in COLUMNS}
        manifest = folder / "train" / arm["arm"] / "manifest.json"
        if manifest.is_file():
            told[arm["arm"]]["seconds"] = json.loads(manifest.read_text(encoding="utf-8"))["wall_s"]
    return told


def table(seeds: list[dict[str, dict[str, float]]], arms: list[str]) -> list[str]:
    """Markdown: the mean over the seeds, the least and the greatest beside it."""
    names = [name for name, _, _ in COLUMNS]
    lines = [f"| arm | {' | '.join(names)} | training, s |", "|" + "---|" * (len(names) + 2)]
    for arm in arms:
        cells = []
        for name in names:
            values = [seed[arm][name] for seed in seeds]
            cells.append(f"{sum(values) / len(values):.3f} ({min(values):.3f}–{max(values):.3f})")
        spent = [seed[arm]["seconds"] for seed in seeds if "seconds" in seed[arm]]
        cells.append(f"{min(spent):.0f}–{max(spent):.0f}" if spent else "")
        lines.append(f"| {arm} | {' | '.join(cells)} |")
    return lines


def draw(seeds: list[dict[str, dict[str, float]]], levels: list[tuple[float, str]], out: Path) -> None:
    """Comfort and facts along the dial, a thin line a seed and a thick one for their mean."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.add_subplot()
    colours = {"comfort, distressed": "#d55e00", "comfort, calm": "#e69f00", "facts, distressed": "#0072b2"}
    for name, colour in colours.items():
        rows: list[list[float]] = [[seed[arm][name] for _, arm in levels] for seed in seeds]
        places = [level for level, _ in levels]
        for row in rows:
            axes.plot(places, row, color=colour, linewidth=0.7, alpha=0.5)
        mean = [sum(column) / len(column) for column in zip(*rows, strict=True)]
        axes.plot(places, mean, color=colour, marker="o", label=name)
    axes.set_xlabel("dial (0: base, 1: as tuned)")
    axes.set_ylabel("share")
    axes.set_ylim(-0.02, 1.02)
    axes.legend(frameon=False, loc="center right")
    figure.savefig(out, metadata={"Date": None})


def main() -> None:
    """Run the seeds and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("words", nargs="*", help="settings of the study, key=value")
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))
    seeds: list[dict[str, dict[str, Any]]] = [figures(run(given.out, seed, given.words)) for seed in given.seeds]
    arms = list(seeds[0])
    levels = [(float(arm.partition("@")[2]), arm) for arm in arms if "@" in arm]
    print("\n".join(table(seeds, [arm for arm in arms if "@" not in arm])))
    if levels:
        tuned = levels[0][1].partition("@")[0]
        levels = sorted([*levels, (0.0, "base"), (1.0, tuned)])
        print("\n" + "\n".join(table(seeds, [arm for _, arm in levels])))
        draw(seeds, levels, given.out / "dial.svg")


if __name__ == "__main__":
    main()
