"""The card tells what was counted, and the Hub can read its head."""

from __future__ import annotations

from typing import get_args

import pytest
import yaml

from bedside.core.config import PairsConfig
from bedside.core.phrases import load_yaml
from bedside.core.records import LeftOutReason
from bedside.pairs.stage import build
from tests.pairs.rewrites import row, rows
from tests.pairs.test_stage import turns, written


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("card")
    mixed = [*rows(9, 3), row(20, original=turns(3), rewritten=turns(3)), row(21, split="test")]
    build(PairsConfig(), 1, written(folder / "rewrite", mixed), folder / "pairs")
    return (folder / "pairs" / "README.md").read_text(encoding="utf-8")


def test_the_head_names_the_three_files_and_not_the_rejected(card: str) -> None:
    head = yaml.safe_load(card.split("---\n")[1])
    assert [config["data_files"] for config in head["configs"]] == [
        "sft.jsonl",
        "preferences.jsonl",
        "labels.jsonl",
    ]
    assert (head["language"], head["license"], head["size_categories"]) == (["en"], "other", ["n<1K"])


def test_the_counts_are_told(card: str) -> None:
    assert "| `sft.jsonl` | distressed | a distressed patient, answered with comfort | 9 |" in card
    assert "| `labels.jsonl` | wanted | the chosen answers of `preferences.jsonl` | 12 |" in card
    assert "Of 14 rewrites 12 were used; 1 belong to another split, 0 were not accepted" in card
    assert "| the patient has the last word (`all, ends_with_patient`) | 1 |" in card
    assert "Verdict of the lint: **too few pairs**" in card
    assert "wrong on purpose" in card and "None of this is medical advice" in card


def test_every_reason_has_plain_words() -> None:
    assert set(load_yaml("pairs/data/card.yaml")["reasons"]) == set(get_args(LeftOutReason))
