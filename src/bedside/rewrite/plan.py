"""The emotion plan: which emotion, how strong and how shown, for each dialogue. Seeded and balanced.

Shares are met exactly (largest remainder), every emotion comes up equally often at each level, and the order is
shuffled by the seed alone.
"""

from __future__ import annotations

import random
from itertools import cycle

from bedside.core.config import PlanConfig
from bedside.core.records import EMOTIONS, Mode, PlannedEmotion

__all__ = ["NEUTRAL", "make_plan"]

NEUTRAL = PlannedEmotion("neutral", 0, "none")
LEVELS: dict[str, tuple[int, Mode]] = {
    "implicit": (1, "implicit cue"),
    "explicit_2": (2, "explicit concern"),
    "explicit_3": (3, "explicit concern"),
}


def make_plan(count: int, config: PlanConfig, seed: int) -> list[PlannedEmotion]:
    """One planned emotion for each of `count` dialogues."""
    shares = config.model_dump()
    numbers = _apportion(count, shares)
    rng = random.Random(f"plan {seed}")
    planned = [NEUTRAL] * numbers["neutral"]
    turns = cycle(rng.sample(EMOTIONS, len(EMOTIONS)))
    for level, (intensity, mode) in LEVELS.items():
        planned += [PlannedEmotion(next(turns), intensity, mode) for _ in range(numbers[level])]
    rng.shuffle(planned)
    return planned


def _apportion(count: int, shares: dict[str, float]) -> dict[str, int]:
    """Whole numbers that add up to `count`, as near to the shares as can be (Hamilton's method)."""
    numbers = {name: int(count * share) for name, share in shares.items()}
    by_remainder = sorted(shares, key=lambda name: count * shares[name] - numbers[name], reverse=True)
    for name in by_remainder[: count - sum(numbers.values())]:
        numbers[name] += 1
    return numbers
