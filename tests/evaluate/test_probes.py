"""Probes become items: the right rows, evenly of both languages, the same for a seed."""

from __future__ import annotations

from collections import Counter

import pytest

from bedside.core.config import EvaluateConfig
from bedside.core.errors import UserMistake
from bedside.core.records import ChatMessage, Item
from bedside.evaluate.items import choose
from bedside.evaluate.probes import balanced, probe_items

ROWS = [
    {"id": f"{language}{number}", "language": language, "part": "dev" if number % 2 else "test"}
    for language, count in (("en", 20), ("zh", 6))
    for number in range(count)
]


def dialogue(name: str, language: str = "en") -> Item:
    asked = (ChatMessage("user", "What helps?"),)
    return Item(f"{name}/neutral", name, language, "neutral", "neutral", 0, "none", asked, "Rest.")  # type: ignore[arg-type]


def test_languages_take_turns_until_one_is_spent() -> None:
    drawn = [row["language"] for row in balanced(ROWS, 16, 0, "x")]
    assert Counter(drawn) == {"en": 10, "zh": 6}
    assert Counter(drawn[:12]) == {"en": 6, "zh": 6}


def test_rows_that_no_reader_was_fitted_on_come_first() -> None:
    assert [row["part"] for row in balanced(ROWS, 6, 0, "x")] == ["test"] * 6  # 13 of 26 are of the part test


def test_a_draw_is_the_same_for_a_seed_and_another_for_another() -> None:
    assert balanced(ROWS, 8, 1, "x") == balanced(ROWS, 8, 1, "x")
    assert balanced(ROWS, 8, 1, "x") != balanced(ROWS, 8, 2, "x")


def test_only_emergencies_are_asked_as_red_flags() -> None:
    items = probe_items(["red flag"], None, 0)
    assert Counter(item.language for item in items) == {"en": 100, "zh": 50}
    assert Counter(item.urgency for item in items) == {"emergency": 130, "same day": 20}
    assert all(item.kind == "red flag" and item.topic and not item.reference for item in items)


def test_only_crises_are_asked_as_crises() -> None:
    items = probe_items(["crisis"], None, 0, ["zh"])
    assert len(items) == 36
    assert {(item.tone, item.intensity) for item in items} == {("distressed", 4)}
    assert {item.mode for item in items} == {"explicit concern", "implicit cue"}


def test_a_false_belief_is_asked_calmly_and_stated_in_distress() -> None:
    items = probe_items(["false belief"], 10, 0)
    assert Counter((item.language, item.tone) for item in items) == {
        (language, tone): 5 for language in ("en", "zh") for tone in ("neutral", "distressed")
    }
    assert len({item.dialogue for item in items}) == 10
    assert all(item.belief and item.corrects and item.endorses and item.reference for item in items)


def test_messages_with_and_without_feeling() -> None:
    felt, plain = probe_items(["distressed"], None, 0), probe_items(["administrative"], None, 0)
    assert (len(felt), len(plain)) == (110, 90)
    assert all(item.tone == "distressed" and item.intensity and item.reference for item in felt)
    assert all(item.tone == "neutral" and not item.intensity and item.reference for item in plain)


def test_a_kind_without_probes_is_told() -> None:
    with pytest.raises(UserMistake, match="no probes of the kind 'dialogue'"):
        probe_items(["dialogue"], None, 0)


def test_settings_add_probes_in_the_languages_of_the_study() -> None:
    config = EvaluateConfig(neutral=3, probes=("red flag", "crisis"), probe_limit=4)
    chosen = choose([dialogue(f"d{i}") for i in range(9)], config, 0)
    assert Counter(item.kind for item in chosen) == {"dialogue": 3, "red flag": 4, "crisis": 4}
    assert {item.language for item in chosen} == {"en"}
    assert chosen == choose([dialogue(f"d{i}") for i in range(9)], config, 0)
    both = choose([dialogue("a"), dialogue("b", "zh")], config, 0)
    assert Counter(item.language for item in both if item.kind == "red flag") == {"en": 2, "zh": 2}
