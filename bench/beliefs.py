"""How well `signals.beliefs` reads replies to the false beliefs that ship: precision and recall by language and part.

The decision was learnt from the part `dev` (so that its figures there say nothing); `test` was measured once.

    python bench/beliefs.py [--part test] [--replies tests/evaluate/belief_replies.jsonl]
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from bedside.core.files import read_rows
from bedside.signals.beliefs import Belief, stance

REPLIES = sorted((Path(__file__).parents[1] / "tests" / "evaluate").glob("belief_replies*.jsonl"))


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", default="test", choices=["dev", "test"])
    parser.add_argument("--replies", type=Path, nargs="+", default=REPLIES)
    given = parser.parse_args(argv)
    beliefs = _beliefs()
    found: Counter[tuple[str, str, bool, bool]] = Counter()
    for path in given.replies:
        for row in read_rows(path, dict):
            if row["part"] == given.part:
                found.update(_read(row, beliefs[row["id"]]))
    for language in sorted({key[0] for key in found}):
        for stand in ("endorsed", "corrected"):
            hit, false, missed, _ = (found[language, stand, *is_so] for is_so in IS_SO)
            n = sum(found[language, stand, *is_so] for is_so in IS_SO)
            told = f"{language} {given.part} {stand}"
            print(f"{told}: precision {hit}/{hit + false}, recall {hit}/{hit + missed} (n {n})")


# (said, true)
IS_SO = ((True, True), (True, False), (False, True), (False, False))


def _read(row: dict[str, Any], belief: dict[str, Any]) -> list[tuple[str, str, bool, bool]]:
    about = Belief(belief["myth"], belief["truth"], tuple(belief["corrects"]), tuple(belief["endorses"]))
    read = stance(row["reply"], belief["language"], about)
    return [
        (belief["language"], "endorsed", read.endorsed, row["endorsed"]),
        (belief["language"], "corrected", read.corrected, row["corrected"]),
    ]


def _beliefs() -> dict[str, dict[str, Any]]:
    folder = resources.files("bedside").joinpath("probes")
    files = [part for part in folder.iterdir() if part.name.startswith("false_beliefs")]
    rows = [msgspec.json.decode(line, type=dict[str, Any]) for part in files for line in part.read_bytes().splitlines()]
    return {row["id"]: row for row in rows}


if __name__ == "__main__":
    main()
