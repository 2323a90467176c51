"""The simulation of judges runs through the real trial."""

from __future__ import annotations

import random

import judges
from bedside.evaluate.judge.pairs import sentinels


def test_a_faultless_judge_is_never_refused_and_a_whole_fault_always() -> None:
    assert judges.SIZES[3][0] == len(sentinels())
    for number in range(5):
        assert judges.one(random.Random(number), "none", 0.0, 0.0) == [False] * len(judges.SIZES)
        for fault in judges.FAULTS:
            assert all(judges.one(random.Random(number), fault, 1.0, 0.0)[3:]), fault
