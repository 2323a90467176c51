"""Which pairs and rewrites are put before reviewers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bedside.core.errors import UserMistake
from bedside.core.files import read_rows, write_rows
from bedside.core.records import Item, Reply, Rewrite
from bedside.evaluate.judge.pairs import draw as judges_draw
from bedside.serve.review.draw import draw_pairs, draw_rewrites, drawn_from
from bedside.serve.review.records import Compared, Settings
from tests.serve.review.studies import ARMS, MODEL, evaluate, rewrites

ALL = ("base", "warmarm", "otherarm")


def test_every_arm_is_rated_on_the_same_items(tmp_path: Path) -> None:
    pairs = [
        p
        for p in draw_pairs(evaluate(tmp_path, 6, ALL) / "evaluate", Settings(limit=8)).cases
        if isinstance(p, Compared)
    ]
    assert len(pairs) == 8, "4 items of 2 arms"
    assert Counter(pair.arm for pair in pairs) == {"warmarm": 4, "otherarm": 4}
    by_arm = [{pair.item for pair in pairs if pair.arm == arm} for arm in ("warmarm", "otherarm")]
    assert by_arm[0] == by_arm[1]
    assert all(pair.base_reply.startswith(ARMS["base"]) and pair.arm_reply.startswith(ARMS[pair.arm]) for pair in pairs)


def test_judges_draw_the_same_pairs_in_the_same_order(tmp_path: Path) -> None:
    folder = evaluate(tmp_path, 9, ALL) / "evaluate"
    replies = {arm: list(read_rows(folder / arm / "replies.jsonl", Reply)) for arm in sorted(ALL)}
    for seed in (0, 7):
        judged = judges_draw(list(read_rows(folder / "items.jsonl", Item)), replies, "base", None, seed).pairs
        drawn = draw_pairs(folder, Settings(limit=10, seed=seed)).cases
        assert [(p.item, p.arm) for p in judged[:10]] == [(p.item, p.arm) for p in drawn if isinstance(p, Compared)]


def test_equal_failed_and_empty_replies_are_counted_not_asked(tmp_path: Path) -> None:
    folder = evaluate(tmp_path, 5) / "evaluate"
    ids = [item.id for item in read_rows(folder / "items.jsonl", Item)]
    base = [reply.text for reply in read_rows(folder / "base" / "replies.jsonl", Reply)]
    said = [
        (base[0].replace(" ", "  "), "stop"),
        ("", "stop"),
        ("Yes.", "error: timeout"),
        ("Fine.", "stop"),
        ("Go.", "stop"),
    ]
    write_rows(folder / "warmarm" / "replies.jsonl", [Reply(i, t, f, 1) for i, (t, f) in zip(ids, said, strict=True)])
    drawn = draw_pairs(folder, Settings())
    assert len(drawn.cases) == 2
    assert drawn.same == {"warmarm": 1}
    assert drawn.left_out == {"empty reply": 1, "no reply": 1}


def test_items_without_a_reference_are_asked_only_by_number(tmp_path: Path) -> None:
    folder = evaluate(tmp_path, 3, probes=4) / "evaluate"
    without = draw_pairs(folder, Settings()).cases
    assert [bool(p.reference) for p in without if isinstance(p, Compared)] == [True] * 3
    some = draw_pairs(folder, Settings(probes=2)).cases
    assert [bool(p.reference) for p in some if isinstance(p, Compared)] == [False, False, True, True, True]


def test_system_prompts_are_no_part_of_a_pair(tmp_path: Path) -> None:
    pairs = draw_pairs(evaluate(tmp_path) / "evaluate", Settings()).cases
    assert [m.role for p in pairs if isinstance(p, Compared) for m in p.messages] == ["user"] * 4


@pytest.mark.parametrize("arms", [("base",), ("warmarm",)])
def test_nothing_to_compare_is_told_with_what_to_do(tmp_path: Path, arms: tuple[str, ...]) -> None:
    with pytest.raises(UserMistake, match=f"finished here: {arms[0]}.*\n.*bedside evaluate --arm base="):
        draw_pairs(evaluate(tmp_path, arms=arms) / "evaluate", Settings())


def test_an_unknown_arm_is_told_with_the_nearest(tmp_path: Path) -> None:
    folder = evaluate(tmp_path) / "evaluate"
    with pytest.raises(UserMistake, match="Did you mean 'warmarm'"):
        draw_pairs(folder, Settings(arms=("warmram",)))
    with pytest.raises(UserMistake, match="holds the base already"):
        draw_pairs(folder, Settings(arms=("base",)))


def test_an_arm_that_was_asked_other_items_is_refused(tmp_path: Path) -> None:
    folder = evaluate(tmp_path) / "evaluate"
    write_rows(folder / "warmarm" / "replies.jsonl", [Reply("other", "Yes.", "stop", 1)])
    with pytest.raises(UserMistake, match="other items"):
        draw_pairs(folder, Settings())


@pytest.mark.parametrize(
    ("accepted", "rejected", "limit", "expected"),
    [(9, 9, 6, (3, 3)), (9, 1, 6, (5, 1)), (1, 9, 6, (1, 5)), (2, 2, 6, (2, 2)), (9, 0, 5, (5, 0)), (9, 9, 5, (3, 2))],
)
def test_rewrites_are_half_accepted_half_rejected(
    tmp_path: Path, accepted: int, rejected: int, limit: int, expected: tuple[int, int]
) -> None:
    statuses = (*["accepted"] * accepted, *["rejected"] * rejected, "failed")
    rows = draw_rewrites(rewrites(tmp_path, statuses) / "rewrite" / "rewrites.jsonl", Settings(limit=limit)).cases
    found = Counter(row.status for row in rows if isinstance(row, Rewrite))
    assert (found["accepted"], found["rejected"], found["failed"]) == (*expected, 0)


def test_the_digest_knows_a_changed_reply(tmp_path: Path) -> None:
    folder = evaluate(tmp_path) / "evaluate"
    before = drawn_from(folder)
    assert drawn_from(folder) == before
    evaluate(tmp_path, 3)
    assert drawn_from(folder) != before
    assert MODEL not in before
