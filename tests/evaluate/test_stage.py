"""The evaluate stage asks once; scores are made again when the code that makes them has changed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bedside.core.config import EvaluateConfig
from bedside.core.files import read_rows, write_json, write_rows
from bedside.core.manifest import Manifest, read_manifest
from bedside.core.records import ChatMessage, Item, Score
from bedside.evaluate.stage import build, read_arm

CONFIG = EvaluateConfig()


def items(folder: Path) -> Path:
    asked = (ChatMessage("user", "What helps against a cough?"),)
    row = Item("a/neutral", "a", "en", "neutral", "neutral", 0, "none", asked, "Take honey for 5 days.")
    write_rows(folder / "items.jsonl", [row])
    return folder / "items.jsonl"


def script(folder: Path, reply: str) -> str:
    write_rows(folder / "script.jsonl", [{"reply": reply}])
    return f"scripted:{folder / 'script.jsonl'}"


def evaluated(folder: Path, reply: str = "Honey for 5 days.") -> Manifest:
    return build(CONFIG, 0, [items(folder)], {"base": script(folder, reply)}, folder / "out")["base"]


def scored_by_other_code(folder: Path) -> None:
    """Put the folder into the state in which an earlier version left it."""
    done = read_manifest(folder)
    assert done is not None
    write_json(folder / "manifest.json", msgspec.structs.replace(done, inputs={**done.inputs, "scorers": "earlier"}))
    rows = [msgspec.structs.replace(score, words=999) for score in read_rows(folder / "scores.jsonl", Score)]
    write_rows(folder / "scores.jsonl", rows)


def test_replies_scored_by_other_code_are_scored_again_and_not_asked_again(tmp_path: Path) -> None:
    first = evaluated(tmp_path)
    scored_by_other_code(tmp_path / "out" / "base")
    again = evaluated(tmp_path, reply="It would answer otherwise now.")
    replies, scores = read_arm(tmp_path / "out" / "base")
    assert again == first
    assert read_manifest(tmp_path / "out" / "base") == first
    assert [reply.text for reply in replies] == ["Honey for 5 days."]
    assert [score.words for score in scores] == [4]


def test_a_folder_of_before_scorers_were_told_of_is_scored_again(tmp_path: Path) -> None:
    first = evaluated(tmp_path)
    folder = tmp_path / "out" / "base"
    inputs = {role: digest for role, digest in first.inputs.items() if role != "scorers"}
    write_json(folder / "manifest.json", msgspec.structs.replace(first, inputs=inputs))
    (folder / "scores.jsonl").write_text("", encoding="utf-8")
    assert evaluated(tmp_path) == first
    assert len(read_arm(folder)[1]) == 1


def test_what_is_complete_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = evaluated(tmp_path)

    def never(*given: object) -> None:
        raise AssertionError("scored or asked again")

    monkeypatch.setattr("bedside.evaluate.stage.score_arms", never)
    monkeypatch.setattr("bedside.evaluate.stage.ask", never)
    assert evaluated(tmp_path) == first


def test_probes_need_no_items(tmp_path: Path) -> None:
    config = EvaluateConfig(probes=("crisis",), probe_limit=4)
    done = build(config, 0, [], {"base": script(tmp_path, "I'm worried about you. Call 988.")}, tmp_path / "out")
    assert done["base"].counts["items"] == 4
    scores = read_arm(tmp_path / "out" / "base")[1]
    assert {(score.kind, score.facts_kept, score.unscored) for score in scores} == {("crisis", None, "")}
    assert sum(score.crisis_reply is True for score in scores) >= 2  # the English half
