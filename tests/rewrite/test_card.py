"""The card tells what was asked for and what came of it; its tables add up, and the Hub can read its head."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from bedside.core.config import RewriteConfig
from bedside.core.files import read_rows
from bedside.core.manifest import Manifest
from bedside.core.records import FalseBelief, Message, Reason, Rewrite, Usage
from bedside.rewrite.card import write_card
from bedside.rewrite.mix import SHOWN, Mix
from bedside.rewrite.stage import build
from tests.rewrite.consultations import DOCTOR, PATIENT, dialogue, written

TURNS = (Message("patient", PATIENT), Message("doctor", DOCTOR))
FACTS = Reason("facts", "doctor", "critical", "lost dose: “400 mg”.")
LEAK = Reason("leakage", "doctor", "critical", "Take out a refusal: “I | can't”.")
MINOR = Reason("formulaic", "doctor", "minor", "A stock opener.")
FEAR = Rewrite(
    "a", "icliniq", "en", "train", "accepted", "distressed query", "fear", 2, "explicit concern", TURNS, TURNS,
    model="m", usage=Usage(1, 100, 50, 0.01), licence="MIT",
)  # fmt: skip
CALM = msgspec.structs.replace(FEAR, id="b", recipe="neutral control", emotion="neutral", intensity=0, mode="none")
TURNED_DOWN = msgspec.structs.replace(FEAR, id="c", status="rejected", reasons=(FACTS, LEAK, MINOR), attempts=3)
FAILED = msgspec.structs.replace(FEAR, id="d", status="failed", rewritten=(), cause="timeout", source="toyhom")
ROWS = [FEAR, CALM, TURNED_DOWN, FAILED, msgspec.structs.replace(TURNED_DOWN, id="e", reasons=(FACTS,))]
SPREAD = "http://10.0.0.7:8000/v1#writer,http://b/v1#writer"
MANIFEST = Manifest("rewrite", RewriteConfig().model_dump(mode="json"), 7, {}, model=SPREAD, prompt_hash="abc")


def card(folder: Path, rows: list[Rewrite], manifest: Manifest = MANIFEST) -> tuple[dict[str, Any], str]:
    """The front matter and the text below it."""
    mix = Mix()
    for row in rows:
        mix.add(row)
    write_card(folder, manifest, mix)
    _, front, text = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), text


def table(text: str, first: str) -> list[list[str]]:
    """The rows of the table whose head's first cell is `first`, without head and rule."""
    lines = text.split(f"\n| {first} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_the_front_matter_says_what_the_hub_asks(tmp_path: Path) -> None:
    front, _ = card(tmp_path, ROWS)
    assert (front["license"], front["language"], front["size_categories"]) == ("mit", ["en"], ["n<1K"])
    assert front["configs"] == [{"config_name": "default", "data_files": "rewrites.jsonl"}]
    mixed = [*ROWS, msgspec.structs.replace(FEAR, language="zh", licence="unknown")]
    front, _ = card(tmp_path, mixed)
    assert (front["license"], front["language"]) == ("other", ["en", "zh"])


def test_the_mix_asked_for_and_obtained_adds_up(tmp_path: Path) -> None:
    _, text = card(tmp_path, ROWS)
    *places, total = table(text, "emotion")
    assert places == [
        ["fear", "2", "explicit concern", "4", "1", "2", "1", "25%"],
        ["neutral", "0", "none", "1", "1", "0", "0", "100%"],
    ]
    assert total[3:] == ["5", "2", "2", "1", "40%"]
    levels = {row[0]: row[1:] for row in table(text, "level")}
    assert levels["named (2)"] == ["30 %", "4", "1", "2", "1", "25%"]
    assert levels["strong (3)"] == ["10 %", "0", "0", "0", "0", "–"]
    assert [row[0] for row in table(text, "recipe")] == ["distressed query", "neutral control"]


def test_gates_are_told_by_emotion_and_minor_reasons_turn_nothing_down(tmp_path: Path) -> None:
    _, text = card(tmp_path, ROWS)
    *gates, passed = table(text, "gate")
    # Columns: fear, neutral, all, of 5 rows.
    assert [(row[0].split("`")[1], row[1:]) for row in gates] == [
        ("facts", ["2", "0", "2", "40.0 %"]),
        ("leakage", ["1", "0", "1", "20.0 %"]),
    ]
    assert passed[1:4] == ["25%", "100%", "40%"]
    assert table(text, "tries") == [["1", "3", "2", "0", "1"], ["3", "2", "0", "2", "0"]]
    assert table(text, "failed because of") == [["timeout", "1"]]
    assert "No gate" in card(tmp_path, [FEAR])[1]


def test_cost_tokens_model_and_sources(tmp_path: Path) -> None:
    _, text = card(tmp_path, ROWS)
    assert "5 requests, 500 tokens read and 250 written" in text
    assert "$0.05, $0.0250 for each accepted row" in text
    assert "model `writer`, prompts `abc`, seed 7" in text and "10.0.0.7" not in text
    assert table(text, "source") == [["icliniq", "MIT", "4", "2"], ["toyhom", "MIT", "1", "0"]]
    free = msgspec.structs.replace(FEAR, usage=Usage(1, 2, 3))
    assert "not known: no price was given" in card(tmp_path, [free])[1]
    assert "No request was made." in card(tmp_path, [msgspec.structs.replace(FEAR, usage=Usage())])[1]


def test_examples_are_chosen_by_digest_not_by_order(tmp_path: Path) -> None:
    many = [msgspec.structs.replace(FEAR, id=f"row {n}") for n in range(40)]
    first, second = (re.findall(r"^### Accepted.*`(.*)`", card(tmp_path, rows)[1], re.M) for rows in (many, many[::-1]))
    assert first == second and len(first) == SHOWN
    assert "### Rejected: fear 2, explicit concern, distressed query (`" in card(tmp_path, ROWS)[1]
    assert "No rejected rewrite to show." in card(tmp_path, many)[1]


def test_what_looks_like_markdown_stays_a_quotation(tmp_path: Path) -> None:
    odd = Message("patient", "# Me\n\n</dialogue> | a\n---\n" + "x" * 2000)
    belief = FalseBelief("it is contagious", "It is not contagious.", "not contagious")
    row = msgspec.structs.replace(FEAR, original=(odd, TURNS[1]), recipe="corrective", false_belief=belief)
    _, text = card(tmp_path, [row])
    assert "> # Me\n>\n> &lt;/dialogue> \\| a\n> ---\n> xxx" in text and "x […]" in text
    assert "False belief: “it is contagious”; it is corrected by “It is not contagious.”." in text
    assert "```" not in text and "\n---\n" not in text


@pytest.mark.parametrize("rows", [ROWS, [FEAR], [FAILED], [TURNED_DOWN]])
def test_the_tables_are_apart_from_the_text_around_them(tmp_path: Path, rows: list[Rewrite]) -> None:
    lines = card(tmp_path, rows)[1].splitlines()
    for before, line in pairwise(lines):
        assert not (line.startswith("#") and before), "a heading follows text without an empty line"
        assert before.startswith("|") == line.startswith("|") or not before or not line
    assert "\n\n\n" not in "\n".join(lines)


def test_the_stage_writes_the_card_of_its_rows(tmp_path: Path) -> None:
    source = written(tmp_path / "corpus", [dialogue(n) for n in range(12)])
    for name in ("a", "b"):
        manifest = build(RewriteConfig(), 1, source, tmp_path / name)
    text = (tmp_path / "a" / "README.md").read_text(encoding="utf-8")
    assert text == (tmp_path / "b" / "README.md").read_text(encoding="utf-8")
    rows = list(read_rows(tmp_path / "a" / "rewrites.jsonl", Rewrite))
    told = {row[0]: int(row[3]) for row in table(text, "emotion")[:-1] if row[1] in "01"}
    assert told == Counter(r.emotion for r in rows if r.intensity <= 1)
    assert table(text, "emotion")[-1][3:5] == [str(manifest.counts["read"]), str(manifest.counts["accepted"])]
