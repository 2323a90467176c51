"""The order that a reviewer sees: random, repeatable, each side first as often, one consultation's pairs apart."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.serve.review.order import order_of


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=40), st.text(max_size=5), st.integers(0, 3))
def test_every_case_once_and_half_of_them_turned(subjects: list[int], reviewer: str, seed: int) -> None:
    order = order_of(subjects, reviewer, seed)
    assert sorted(task.case for task in order) == list(range(len(subjects)))
    assert sum(task.flipped for task in order) == (len(subjects) + 1) // 2
    assert order == order_of(subjects, reviewer, seed)


def test_each_consultation_comes_once_before_any_comes_again() -> None:
    subjects = [talk for talk in range(20) for _ in range(3)]
    order = [subjects[task.case] for task in order_of(subjects, "anna", 0)]
    for start in (0, 20, 40):
        assert sorted(order[start : start + 20]) == list(range(20))


def test_reviewers_see_other_orders_and_sides() -> None:
    subjects = list(range(30))
    anna, ben = order_of(subjects, "anna", 0), order_of(subjects, "ben", 0)
    assert [task.case for task in anna] != [task.case for task in ben]
    turned = {task.case for task in anna if task.flipped}, {task.case for task in ben if task.flipped}
    assert turned[0] != turned[1]
    assert anna != order_of(subjects, "anna", 1)
    assert [task.case for task in anna] != subjects


def test_which_arm_comes_first_is_random_in_the_first_round() -> None:
    """Were an item's arms always in one order, the first round would tell the arm."""
    subjects = [talk for talk in range(30) for _ in range(2)]
    first = [task.case % 2 for task in order_of(subjects, "anna", 0)[:30]]
    assert 5 < sum(first) < 25
