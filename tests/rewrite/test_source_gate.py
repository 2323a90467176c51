"""The gate before rewriting: an answer that leaves an emergency unanswered is not comforted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bedside.core.config import RewriteConfig
from bedside.core.files import write_rows
from bedside.core.records import Dialogue, Language, Message
from bedside.rewrite import build
from bedside.rewrite.source_gate import unsafe_sources

STROKE = {
    "en": "My father's face droops on one side and he cannot lift his right arm since an hour ago.",
    "zh": "我爸一个小时前突然嘴角歪斜，右边胳膊抬不起来，说话不清楚。",
}
CALM = {"en": "Drink more water and rest.", "zh": "多喝水，多休息。"}
URGENT = {"en": "This may be a stroke. Call an ambulance now.", "zh": "可能是中风，马上拨打120去急诊。"}


def dialogue(language: Language, answer: str) -> Dialogue:
    return Dialogue("d", "made", language, (Message("patient", STROKE[language]), Message("doctor", answer)))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_unanswered_emergency_is_unsafe_and_an_answered_one_is_not(language: Language) -> None:
    (reasons,) = unsafe_sources([dialogue(language, CALM[language])]).values()
    assert [(r.gate, r.severity) for r in reasons if r.severity == "critical"] == [("source audit", "critical")]
    assert unsafe_sources([dialogue(language, URGENT[language])]) == {}


@pytest.mark.parametrize(("allowed", "status"), [(False, "rejected"), (True, "accepted")])
def test_the_stage_turns_it_down_unless_told_otherwise(tmp_path: Path, allowed: bool, status: str) -> None:
    write_rows(tmp_path / "dialogues.jsonl", [dialogue("en", CALM["en"])])
    config = RewriteConfig(unsafe_sources=allowed)
    manifest = build(config, 0, tmp_path / "dialogues.jsonl", tmp_path / "out")
    (row,) = [json.loads(line) for line in (tmp_path / "out" / "rewrites.jsonl").read_text("utf-8").splitlines()]
    assert row["status"] == status
    assert manifest.counts["read"] == manifest.counts[status] == 1
    assert bool(row["rewritten"]) is allowed
