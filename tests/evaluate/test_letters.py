"""Reading which option an answer names: what counts, what does not."""

from __future__ import annotations

import pytest

from bedside.evaluate.letters import option_named

OPTIONS = ("Aspirin", "Warfarin.", "Vitamin A", "None of these")

NAMED = [
    ("B", 1), ("**B**", 1), ("(B)", 1), ("B.", 1), ("B) Warfarin", 1), ("B: Warfarin", 1), ("B、华法林", 1),
    ("B\n\nBecause of the INR.", 1), ("Answer: C", 2), ("The answer is D.", 3), ("The correct answer is **(B)**", 1),
    ("The best option is C", 2), ("The answer would be option A.", 0), ("I would choose B here", 1),
    ("After weighing it up, the answer is A because it thins the blood", 0), ("\\boxed{B}", 1), ("答案是B", 1),
    ("答案：C。", 2), ("正确答案为（D）", 3), ("我选B", 1), ("应选择A。", 0), ("Warfarin", 1), ("vitamin a", 2),
    ("B Warfarin", 1),
    ("The answer is B. So B it is: the answer is B.", 1), ("C - Vitamin A", 2),
]  # fmt: skip
NOTHING = [
    "", "I am so sorry that you have to decide this.", "A patient with this history should be seen.",
    "The answer is A patient must find with their doctor.", "The answer is A. No, the answer is B.",
    "The answer is A or B", "A, B", "B、C", "b",
    "Either A or B", "Option B is wrong.", "The answer is not B.", "答案不是B", "不选B", "E", "The answer is E.",
    "Vitamin",
    "Aspirin or Warfarin", "I think so too.", "B-cells make antibodies.", "A1c", "选项B不对",
]  # fmt: skip


@pytest.mark.parametrize(("text", "place"), NAMED)
def test_an_answer_that_names_one_option(text: str, place: int) -> None:
    assert option_named(text, OPTIONS) == place


@pytest.mark.parametrize("text", NOTHING)
def test_an_answer_that_names_none_or_several(text: str) -> None:
    assert option_named(text, OPTIONS) is None
