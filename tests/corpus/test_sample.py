"""The audited sample is the same in whatever order the rows come, and counts consultations, not defects."""

from __future__ import annotations

import random

from bedside.core.records import Dialogue, Message
from bedside.corpus.sample import AUDITED, Sample


def dialogue(number: int, answer: str = "Drink water and rest well.") -> Dialogue:
    messages = (Message("patient", "My nose runs."), Message("doctor", answer))
    return Dialogue(f"d{number}", "made", "en", messages)


def kept(numbers: list[int]) -> set[str]:
    sample = Sample()
    for number in numbers:
        sample.offer(dialogue(number))
    return {dialogue.id for _, _, dialogue in sample._kept}


def test_order_does_not_matter_and_the_count_is_bounded() -> None:
    numbers = list(range(3 * AUDITED))
    shuffled = random.Random(1).sample(numbers, len(numbers))
    assert len(kept(numbers)) == AUDITED
    assert kept(numbers) == kept(shuffled)


def test_a_consultation_is_counted_once_for_a_kind() -> None:
    sample = Sample()
    sample.offer(dialogue(1, "I promise you will be perfectly fine. There is absolutely nothing to worry about."))
    sample.offer(dialogue(2))
    audited, defects = sample.defects()
    assert (audited, defects["false reassurance"], sum(defects.values())) == (2, 1, 1)
