"""Items are made of held-out rewrites only, calm twin and distressed twin from the same consultation."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedside.core.config import EvaluateConfig
from bedside.core.errors import InputFileError, UserMistake
from bedside.core.files import write_rows
from bedside.core.records import Emotion, Message, Reason, Rewrite, Split
from bedside.evaluate.items import choose, read_items


def rewrite(name: str, split: Split = "test", emotion: Emotion = "fear", reasons: tuple[Reason, ...] = ()) -> Rewrite:
    before = (Message("patient", f"I cough, {name}."), Message("doctor", "Drink water."))
    after = (Message("patient", f"I cough, {name}. I am afraid."), Message("doctor", "It is frightening. Drink water."))
    status = "rejected" if reasons else "accepted"
    strength = 0 if emotion == "neutral" else 2
    mode = "none" if emotion == "neutral" else "explicit concern"
    recipe = "neutral control" if emotion == "neutral" else "distressed query"
    return Rewrite(name, "x", "en", split, status, recipe, emotion, strength, mode, before, after, reasons)  # type: ignore[arg-type]


def items_of(tmp_path: Path, rows: list[Rewrite]) -> list[tuple[str, str]]:
    write_rows(tmp_path / "rewrites.jsonl", rows)
    return [(i.id, i.messages[-1].content) for i in read_items([tmp_path / "rewrites.jsonl"])]


def test_a_distressed_rewrite_gives_both_twins(tmp_path: Path) -> None:
    assert items_of(tmp_path, [rewrite("a")]) == [
        ("a/distressed", "I cough, a. I am afraid."),
        ("a/neutral", "I cough, a."),
    ]


def test_training_rows_and_unfair_rows_give_none(tmp_path: Path) -> None:
    lost = Reason("facts", "patient", "critical", "lost number")
    missed = Reason("comfort", "doctor", "major", "no comfort")
    rows = [rewrite("a", split="train"), rewrite("b", reasons=(lost,)), rewrite("c", reasons=(missed,))]
    assert [name for name, _ in items_of(tmp_path, rows)] == ["c/distressed", "c/neutral"]


def test_neutral_rows_are_asked_once(tmp_path: Path) -> None:
    assert [name for name, _ in items_of(tmp_path, [rewrite("a", emotion="neutral")])] == ["a/neutral"]


def test_no_item_is_told(tmp_path: Path) -> None:
    write_rows(tmp_path / "rewrites.jsonl", [rewrite("a", split="train")])
    with pytest.raises(UserMistake, match="no item of the test split"):
        read_items([tmp_path / "rewrites.jsonl"])


def test_a_broken_row_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text('{"id": 1}\n', encoding="utf-8")
    with pytest.raises(InputFileError, match=r"items.jsonl:1: neither an item nor a rewrite"):
        read_items([path])


def test_two_items_of_one_id_are_refused(tmp_path: Path) -> None:
    write_rows(tmp_path / "rewrites.jsonl", [rewrite("a"), rewrite("a")])
    with pytest.raises(UserMistake, match="share an id"):
        read_items([tmp_path / "rewrites.jsonl"])


def test_twins_are_chosen_together(tmp_path: Path) -> None:
    write_rows(tmp_path / "r.jsonl", [rewrite(f"d{i}") for i in range(30)])
    chosen = choose(read_items([tmp_path / "r.jsonl"]), EvaluateConfig(distressed=10, neutral=10), 0)
    by_tone = {t: {i.dialogue for i in chosen if i.tone == t} for t in ("distressed", "neutral")}
    assert len(chosen) == 20
    assert by_tone["distressed"] == by_tone["neutral"]
