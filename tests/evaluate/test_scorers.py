"""Scores are numbers, or say why they are not."""

from __future__ import annotations

import pytest

from bedside.core.records import ChatMessage, Item, KnownFact, Reply
from bedside.evaluate.scorers import score

FACTS = (
    KnownFact("treatment", ("ibuprofen 400 mg", "three times a day")),
    KnownFact("red_flag", ("call an ambulance",)),
)


def item(facts: tuple[KnownFact, ...] = FACTS, reference: str = "Take ibuprofen 400 mg three times a day.") -> Item:
    asked = (ChatMessage("user", "What can be taken?"),)
    return Item("i", "d", "en", "distressed", "fear", 2, "explicit concern", asked, reference, facts)


def test_known_facts_are_checked_exactly() -> None:
    full = score(
        item(), Reply("i", "Take Ibuprofen  400 mg three times a day. Call an ambulance if it spreads.", "stop", 9)
    )
    assert (full.facts_total, full.facts_lost, full.facts_kept) == (2, (), 1.0)
    wrong = score(item(), Reply("i", "Take ibuprofen 800 mg three times a day. Call an ambulance.", "stop", 9))
    assert wrong.facts_kept == 0.5
    assert wrong.facts_lost == ("treatment: ibuprofen 400 mg, three times a day",)


def test_facts_are_read_where_they_are_not_known() -> None:
    kept = score(item(facts=()), Reply("i", "Ibuprofen 0.4 g thrice daily would help.", "stop", 9))
    assert kept.facts_kept == 1.0
    assert kept.facts_total == 3
    lost = score(item(facts=()), Reply("i", "Ibuprofen would help.", "stop", 9))
    assert lost.facts_kept == pytest.approx(1 / 3)


def test_comfort_is_read() -> None:
    warm = score(item(), Reply("i", "You sound frightened, and that is understandable. Take it.", "stop", 9))
    assert warm.comforted is True
    assert {"names", "legitimises"} <= set(warm.acts)
    assert score(item(), Reply("i", "Take it twice a day.", "stop", 9)).comforted is False
    false = score(item(), Reply("i", "There is nothing to worry about.", "stop", 9))
    assert "false_reassurance" in false.anti_acts


def test_an_error_is_unscored_not_zero() -> None:
    failed = score(item(), Reply("i", "", "error: no answer", 0))
    assert failed.comforted is None
    assert failed.facts_kept is None
    assert failed.unscored == "error: no answer"


def test_an_empty_reply_is_a_reply() -> None:
    empty = score(item(), Reply("i", "", "stop", 0))
    assert empty.comforted is False
    assert empty.facts_kept == 0.0


def test_a_reference_without_facts_leaves_facts_unscored() -> None:
    bare = score(item(facts=(), reference="It depends."), Reply("i", "It depends.", "stop", 3))
    assert bare.facts_kept is None
    assert "states none" in bare.unscored
    assert bare.comforted is False
