"""A win counts only where both orders give it; a majority is more than half."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from bedside.evaluate.judge.outcomes import Outcome, Outcomes, Row, majority, outcomes_of
from bedside.evaluate.judge.reading import Answer, unread
from bedside.evaluate.judge.rubric import QUESTIONS, Question


def rows(question: Question, first: Any, second: Any) -> list[Row]:
    def row(order: Any, choice: Any) -> Row:
        return Row("j", "p", "arm", "i", "x", order, unread("no answer") | {question: Answer(choice)})

    return [row("b first", second), row("a first", first)]


def outcome(question: Question, first: Any, second: Any) -> Any:
    return outcomes_of(rows(question, first, second))["p"][question]


def test_all_nine_of_a_compared_question() -> None:
    """Rows: reply 1 is side a; columns: reply 1 is side b."""
    found = {(x, y): outcome("send", x, y) for x, y in product(("1", "2", "tie"), repeat=2)}
    assert found == {
        ("1", "2"): Outcome("a", True),
        ("2", "1"): Outcome("b", True),
        ("tie", "tie"): Outcome("tie", True),
        ("1", "1"): Outcome("tie", False, "1"),
        ("2", "2"): Outcome("tie", False, "2"),
        ("1", "tie"): Outcome("tie", False),
        ("2", "tie"): Outcome("tie", False),
        ("tie", "1"): Outcome("tie", False),
        ("tie", "2"): Outcome("tie", False),
    }


@pytest.mark.parametrize(
    ("first", "second", "side", "steady"),
    [
        ("1", "2", "a", True),
        ("2", "1", "b", True),
        ("both", "both", "both", True),
        ("neither", "neither", "neither", True),
        ("both", "2", "a", False),
        ("both", "1", "b", False),
        ("1", "1", "neither", False),
        ("both", "neither", "neither", False),
    ],
)
def test_a_fault_counts_where_both_orders_see_it(first: str, second: str, side: str, steady: bool) -> None:
    found = outcome("unsafe", first, second)
    assert (found.side, found.steady) == (side, steady)


def test_an_order_that_cannot_be_read_leaves_no_outcome() -> None:
    assert outcome("send", "1", None) is None
    assert outcomes_of(rows("send", "1", "2")[:1]) == {}


def said(*sides: Any, question: Question = "send") -> list[Outcomes]:
    """A judge for each side; None could not be read."""
    return [{"p": dict.fromkeys(QUESTIONS) | {question: Outcome(side, True) if side else None}} for side in sides]


@pytest.mark.parametrize(
    ("sides", "most"),
    [
        (("a",), "a"),
        (("a", "b"), "tie"),
        (("a", "a", "b"), "a"),
        (("a", "tie", "b"), "tie"),
        (("b", "tie"), "tie"),
        (("b", "b", "tie", "tie"), "tie"),
        (("b", None, None), "b"),
    ],
)
def test_a_majority_is_more_than_half_of_those_read(sides: tuple[Any, ...], most: str) -> None:
    found = majority(said(*sides))["p"]["send"]
    assert found is not None
    assert found.side == most


@pytest.mark.parametrize(
    ("sides", "most"),
    [(("a", "both"), "a"), (("a", "both", "b"), "both"), (("a", "neither"), "neither"), (("both", "b", "b"), "b")],
)
def test_each_reply_is_found_faulty_on_its_own(sides: tuple[Any, ...], most: str) -> None:
    found = majority(said(*sides, question="unsafe"))["p"]["unsafe"]
    assert found is not None
    assert found.side == most


def test_nobody_read_is_no_majority() -> None:
    assert majority(said(None, None))["p"]["send"] is None
    assert majority([]) == {}
