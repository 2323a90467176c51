from __future__ import annotations

import os

import pytest

from bedside.core.processes import in_order


def squared(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def broken(number: int) -> int:
    raise ValueError(f"no {number}")


def test_results_come_in_the_order_of_the_pieces_from_other_processes() -> None:
    done = list(in_order(squared, range(50), 2))
    assert [value for value, _ in done] == [n * n for n in range(50)]
    assert os.getpid() not in {process for _, process in done}


def test_one_worker_is_this_process() -> None:
    assert {process for _, process in in_order(squared, range(3), 1)} == {os.getpid()}


def test_what_a_worker_raises_is_raised_here() -> None:
    with pytest.raises(ValueError, match="no 0"):
        list(in_order(broken, range(5), 2))
