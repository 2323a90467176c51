"""In which order a reviewer sees the cases, and which reply stands first: random, but the same for the same name."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Hashable, Sequence

from bedside.serve.review.records import Task

__all__ = ["order_of"]


def order_of(subjects: Sequence[Hashable], reviewer: str, seed: int) -> list[Task]:
    """A task for each case; `subjects` says which cases are about the same consultation.

    Cases of one consultation share the base's reply, so that two of them close together would show which it is: they
    come in rounds, each consultation once a round. Half of the cases have their sides changed.
    """
    rng = random.Random(f"review {seed} {reviewer}")
    by_subject: dict[Hashable, list[int]] = defaultdict(list)
    for case, subject in enumerate(subjects):
        by_subject[subject].append(case)
    for cases in by_subject.values():
        rng.shuffle(cases)
    order: list[int] = []
    for number in range(max(map(len, by_subject.values()), default=0)):
        round_ = [cases[number] for cases in by_subject.values() if number < len(cases)]
        rng.shuffle(round_)
        order += round_
    flipped = [place % 2 == 0 for place in range(len(order))]
    rng.shuffle(flipped)
    return [Task(case, flip) for case, flip in zip(order, flipped, strict=True)]
