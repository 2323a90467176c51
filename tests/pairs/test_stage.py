"""The pairs stage uses accepted rewrites of the training split only, and its counts add up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedside.core.config import PairsConfig
from bedside.core.errors import InputFileError, UserMistake
from bedside.core.files import read_rows, write_rows
from bedside.core.records import Label, LeftOut, Message, Preference, Rewrite, SftExample, chat_messages
from bedside.pairs.stage import build
from tests.pairs.rewrites import row, rows


def written(folder: Path, rewrites: list[Rewrite]) -> Path:
    write_rows(folder / "rewrites.jsonl", rewrites)
    return folder


def test_files_and_counts(tmp_path: Path) -> None:
    source, out = written(tmp_path / "rewrite", rows(9, 3)), tmp_path / "out"
    counts = build(PairsConfig(), 1, source, out).counts
    sft, pairs = (
        list(read_rows(out / "sft.jsonl", SftExample)),
        list(read_rows(out / "preferences.jsonl", Preference)),
    )
    found = list(read_rows(out / "labels.jsonl", Label))
    assert (counts["read"], counts["used"], counts["held out"], counts["not accepted"]) == (12, 12, 0, 0)
    assert (counts["unusable"], counts["without preference"], counts["mid-conversation"]) == (0, 0, 0)
    assert counts["sft"] == len(sft) == 18
    assert counts["preferences"] == len(pairs) == 12
    assert counts["labels"] == len(found) == 2 * len(pairs)
    assert sum(n for name, n in counts.items() if name.startswith("sft: ")) == len(sft)
    assert sum(n for name, n in counts.items() if name.startswith("preferences: ")) == len(pairs)
    assert (counts["labels: wanted"], counts["labels: unwanted"]) == (len(pairs), len(pairs))
    assert sum(label.label for label in found) == counts["labels: wanted"]
    lint = json.loads((out / "lint.json").read_text("utf-8"))
    assert sum(figures["pairs"] for figures in lint["kinds"].values()) == len(pairs)
    assert (out / "rejected.jsonl").read_bytes() == b""


def turns(count: int) -> tuple[Message, ...]:
    return tuple(Message("patient" if n % 2 == 0 else "doctor", f"Turn {n} of them.") for n in range(count))


def test_rows_that_make_no_example_are_written_with_their_reason_and_counts_add_up(tmp_path: Path) -> None:
    long = (*turns(3), Message("doctor", "Rest well, " * 30))
    mixed = [
        *rows(6, 2),
        row(20, original=turns(3), rewritten=turns(3)),
        row(21, original=turns(4)[1:], rewritten=turns(4)[1:]),
        row(22, original=long, rewritten=long),
        row(23, original=turns(4), rewritten=turns(4)),
        row(24, split="test"),
        row(25, status="rejected"),
    ]
    out = tmp_path / "out"
    config = PairsConfig(max_words=60, rejected=("plain", "fact broken"), breaks=("dose x10",))
    counts = build(config, 1, written(tmp_path / "rewrite", mixed), out).counts
    assert counts["read"] == 14 == sum(counts[n] for n in ("used", "held out", "not accepted", "unusable"))
    assert (counts["used"], counts["held out"], counts["not accepted"], counts["unusable"]) == (9, 1, 1, 3)
    assert counts["used"] == counts["preferences"] + counts["without preference"]
    # The two calm ones, and the one whose rewrite is its original with nothing to break.
    assert (counts["preferences"], counts["without preference"]) == (6, 3)
    left = {row.id: (row.file, row.reason) for row in read_rows(out / "rejected.jsonl", LeftOut)}
    assert left == {
        "r20": ("all", "ends_with_patient"),
        "r21": ("all", "doctor_first"),
        "r22": ("all", "too_long"),
        "r6": ("preferences", "no_kind_for_calm"),
        "r7": ("preferences", "no_kind_for_calm"),
        "r23": ("preferences", left["r23"][1]),
    }
    assert left["r23"][1] in ("sides_equal", "nothing_to_break")
    assert sum(n for name, n in counts.items() if name.startswith("left out: ")) == len(left)
    ids = {e.id for e in read_rows(out / "sft.jsonl", SftExample)}
    assert not ids & {"r20", "r21", "r22"}


def test_conversations_of_many_turns_are_whole_and_what_comes_after_an_answer_is_counted(tmp_path: Path) -> None:
    before = turns(6)
    after = (*before[:3], Message("doctor", "I can hear how worried you are. Turn 3 of them."), *before[4:])
    out = tmp_path / "out"
    source = written(tmp_path / "rewrite", [row(1, original=before, rewritten=after)])
    counts = build(PairsConfig(rejected=("plain",), neutral_share=0), 1, source, out).counts
    (example,) = read_rows(out / "sft.jsonl", SftExample)
    (pair,) = read_rows(out / "preferences.jsonl", Preference)
    assert example.messages == chat_messages(after)
    assert (pair.prompt, counts["mid-conversation"]) == (chat_messages(after[:3]), 1)


def test_nothing_that_can_be_told_is_the_users_to_mend(tmp_path: Path) -> None:
    source = written(tmp_path / "rewrite", [row(1, original=turns(3), rewritten=turns(3))])
    with pytest.raises(UserMistake, match=r"can be told as a chat \(ends_with_patient\)"):
        build(PairsConfig(), 1, source, tmp_path / "out")


def test_only_accepted_rewrites_of_the_training_split_are_used(tmp_path: Path) -> None:
    mixed = [
        row(0),
        row(1, split="test"),
        row(2, split="dev"),
        row(3, status="rejected"),
        row(4, status="failed", rewritten=()),
        row(5, split="test", status="rejected"),
        row(6, "neutral"),
    ]
    out = tmp_path / "out"
    counts = build(PairsConfig(), 1, written(tmp_path / "rewrite", mixed), out).counts
    assert (counts["read"], counts["used"], counts["held out"], counts["not accepted"]) == (7, 2, 3, 2)
    assert counts["read"] == counts["used"] + counts["held out"] + counts["not accepted"]
    ids = {e.id for e in read_rows(out / "sft.jsonl", SftExample)}
    ids |= {p.id for p in read_rows(out / "preferences.jsonl", Preference)}
    ids |= {label.id.partition("/")[0] for label in read_rows(out / "labels.jsonl", Label)}
    assert ids == {"r0", "r6"}


def test_nothing_to_learn_from_is_the_users_to_mend(tmp_path: Path) -> None:
    source = written(tmp_path / "rewrite", [row(0, split="test"), row(1, status="rejected")])
    with pytest.raises(UserMistake, match="no accepted rewrite of the training split") as caught:
        build(PairsConfig(), 1, source, tmp_path / "out")
    assert caught.value.where == str(source / "rewrites.jsonl")
    assert not (tmp_path / "out" / "sft.jsonl").exists()


def test_a_folder_and_its_file_give_the_same(tmp_path: Path) -> None:
    source = written(tmp_path / "rewrite", rows(8, 2))
    build(PairsConfig(), 1, source, tmp_path / "a")
    build(PairsConfig(), 1, source / "rewrites.jsonl", tmp_path / "b")
    names = ["sft.jsonl", "preferences.jsonl", "labels.jsonl", "lint.json", "README.md", "dataset_info.json"]
    assert [(tmp_path / "a" / n).read_bytes() for n in names] == [(tmp_path / "b" / n).read_bytes() for n in names]


def test_a_finished_stage_is_not_done_again_and_new_settings_are(tmp_path: Path) -> None:
    source, out = written(tmp_path / "rewrite", rows(8, 2)), tmp_path / "out"
    first = build(PairsConfig(), 1, source, out)
    before = (out / "sft.jsonl").stat().st_mtime_ns
    assert build(PairsConfig(), 1, source, out) == first
    assert (out / "sft.jsonl").stat().st_mtime_ns == before
    assert build(PairsConfig(neutral_share=0), 1, source, out).counts["sft"] == 8


def test_a_missing_source_is_the_users_to_mend(tmp_path: Path) -> None:
    with pytest.raises(InputFileError):
        build(PairsConfig(), 1, tmp_path / "absent.jsonl", tmp_path / "out")
