"""The corpus stage over many rows: parallel or not, copies, evaluation items, private things, the card."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from bedside.core.config import CorpusConfig
from bedside.core.files import read_rows, sha256
from bedside.core.records import Dialogue, Rejected
from bedside.corpus import build
from bedside.corpus.parallel import ALONE

ASKS = ["my knee hurts", "i have a cough", "the rash itches", "my back aches", "i feel dizzy", "my ear rings"]
SINCE = ["since monday", "for two weeks now", "after a long walk", "mostly at night", "when i climb stairs"]
DOES = ["Rest the joint", "Drink enough", "Keep the skin dry", "Stay in motion", "Get up slowly", "Avoid loud noise"]


def rows(count: int) -> list[dict[str, str]]:
    rng = random.Random(5)
    made = []
    for i in range(count):
        numbers = " ".join(f"mark{rng.randrange(10**6)}" for _ in range(30))
        made.append(
            {
                "id": f"r{i}",
                "patient": f"Hello, {rng.choice(ASKS)} {rng.choice(SINCE)}, with the marks {numbers}.",
                "doctor": f"{rng.choice(DOES)} and take ibuprofen 400 mg twice a day for {rng.randrange(2, 9)} days. "
                "Regards, Dr. Rao",
            }
        )
    return made


def source(folder: Path, made: list[Any], name: str = "rows.jsonl") -> str:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
    return f"jsonl:{path}"


def test_parallel_and_alone_write_the_same_bytes(tmp_path: Path) -> None:
    given = source(tmp_path, rows(ALONE + 700))
    for workers in (1, 2):
        build(CorpusConfig(sources=(given,), workers=workers), 0, tmp_path / str(workers))
    for name in ("dialogues.jsonl", "rejected.jsonl", "README.md"):
        assert sha256(tmp_path / "1" / name) == sha256(tmp_path / "2" / name), name
    assert sum(1 for _ in read_rows(tmp_path / "1" / "dialogues.jsonl", Dialogue)) == ALONE + 700


def test_copies_go_the_first_stays_and_all_add_up(tmp_path: Path) -> None:
    made = rows(50)
    same = dict(made[3], id="same")
    near = dict(made[4], id="near", patient=made[4]["patient"].replace("Hello", "Good morning"))
    manifest = build(CorpusConfig(sources=(source(tmp_path, [*made, same, near]),)), 0, tmp_path / "out")
    rejected = {r.reason: r for r in read_rows(tmp_path / "out" / "rejected.jsonl", Rejected)}
    assert manifest.counts["read"] == 52
    assert manifest.counts["accepted"] == 50
    assert rejected["duplicate"].where.endswith(":51")
    assert rejected["near_duplicate"].where.endswith(":52")
    assert rejected["near_duplicate"].detail.endswith("r4")


def test_near_duplicates_can_be_kept(tmp_path: Path) -> None:
    made = rows(5)
    near = dict(made[4], id="near", patient=made[4]["patient"].replace("Hello", "Good morning"))
    given = source(tmp_path, [*made, near])
    assert build(CorpusConfig(sources=(given,), near_duplicates=None), 0, tmp_path / "out").counts["accepted"] == 6


def test_what_an_evaluation_asks_is_left_out(tmp_path: Path) -> None:
    made = rows(30)
    item = {"messages": [{"role": "user", "content": made[7]["patient"].replace("Hello", "Hi there")}]}
    config = CorpusConfig(sources=(source(tmp_path, made),), against=(source(tmp_path, [item], "items.jsonl"),))
    manifest = build(config, 0, tmp_path / "out")
    assert manifest.counts["rejected: in_evaluation"] == 1
    assert "r7" not in {d.id for d in read_rows(tmp_path / "out" / "dialogues.jsonl", Dialogue)}


def test_names_become_placeholders_and_doses_stay(tmp_path: Path) -> None:
    manifest = build(CorpusConfig(sources=(source(tmp_path, rows(20)),)), 0, tmp_path / "out")
    said = [d.messages[1].content for d in read_rows(tmp_path / "out" / "dialogues.jsonl", Dialogue)]
    assert len(said) == 20
    assert all("Rao" not in text and "[NAME]" in text and "400 mg twice a day" in text for text in said)
    assert manifest.counts["private: NAME"] == 20


def test_splits_stay_when_data_is_added(tmp_path: Path) -> None:
    made = rows(200)
    build(CorpusConfig(sources=(source(tmp_path, made[:120]),), test_share=0.3), 0, tmp_path / "a")
    build(CorpusConfig(sources=(source(tmp_path, made, "more.jsonl"),), test_share=0.3), 0, tmp_path / "b")
    before = {d.id: d.split for d in read_rows(tmp_path / "a" / "dialogues.jsonl", Dialogue)}
    after = {d.id: d.split for d in read_rows(tmp_path / "b" / "dialogues.jsonl", Dialogue)}
    assert len(before) == 120
    assert {name: after[name] for name in before} == before
    assert set(before.values()) == {"train", "test"}


def test_bedsides_own_dialogues_are_compared_word_for_word_only(tmp_path: Path) -> None:
    build(CorpusConfig(sources=(source(tmp_path, rows(3)),)), 0, tmp_path / "out")
    own = list(read_rows(tmp_path / "out" / "dialogues.jsonl", Dialogue))
    made = [json.loads((tmp_path / "out" / "dialogues.jsonl").read_text(encoding="utf-8").splitlines()[0])]
    near = json.loads(json.dumps(made[0]).replace("Hello", "Good evening"))
    manifest = build(CorpusConfig(sources=(source(tmp_path, [*made, near], "own.jsonl"),)), 0, tmp_path / "again")
    assert len(own) == 3
    assert manifest.counts["accepted"] == 2


def test_a_failed_stage_leaves_no_waiting_file(tmp_path: Path) -> None:
    from bedside.core.errors import UserMistake

    given = source(tmp_path, [{"patient": "hi", "doctor": "no"}])
    with pytest.raises(UserMistake, match="none of the 1 rows"):
        build(CorpusConfig(sources=(given,)), 0, tmp_path / "out")
    assert {p.name for p in (tmp_path / "out").iterdir()} <= {".started.json"}
