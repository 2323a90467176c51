"""The emotion plan: which emotion, how strong and how shown, for each dialogue. Seeded and balanced.

Shares are met exactly (largest remainder), every emotion comes up equally often at each level, and the order is
shuffled by the seed alone.
"""

from __future__ import annotations

import random
from itertools import cycle

from bedside.core.config import PlanConfig
from bedside.core.records import EMOTIONS, Mode, PlannedEmotion, Recipe

__all__ = ["NEUTRAL", "make_plan", "make_recipes"]

NEUTRAL = PlannedEmotion("neutral", 0, "none")
LEVELS: dict[str, tuple[int, Mode]] = {
    "implicit": (1, "implicit cue"),
    "explicit_2": (2, "explicit concern"),
    "explicit_3": (3, "explicit concern"),
}


def make_plan(count: int, config: PlanConfig, seed: int) -> list[PlannedEmotion]:
    """One planned emotion for each of `count` dialogues."""
    return [planned for planned, _ in make_recipes(count, config, seed, "distressed query")]


def make_recipes(count: int, config: PlanConfig, seed: int, recipe: Recipe) -> list[tuple[PlannedEmotion, Recipe]]:
    """One planned emotion and recipe for each of `count` dialogues; `recipe` is that of the distressed."""
    shares = config.model_dump(exclude={"corrective"})
    numbers = _apportion(count, shares)
    correcting = _corrective(count, config.corrective, {level: numbers[level] for level in LEVELS})
    rng = random.Random(f"plan {seed}")
    planned: list[tuple[PlannedEmotion, Recipe]] = [(NEUTRAL, "neutral control")] * numbers["neutral"]
    turns = cycle(rng.sample(EMOTIONS, len(EMOTIONS)))
    for level, (intensity, mode) in LEVELS.items():
        # The emotions take turns, so the first so many of a level are balanced too.
        planned += [
            (PlannedEmotion(next(turns), intensity, mode), "corrective" if number < correcting[level] else recipe)
            for number in range(numbers[level])
        ]
    rng.shuffle(planned)
    return planned


def _corrective(count: int, share: float, distressed: dict[str, int]) -> dict[str, int]:
    """How many of each level are corrective: the share of all dialogues, of each level alike."""
    total = sum(distressed.values())
    wanted = min(round(count * share), total)
    return (
        _apportion(wanted, {level: n / total for level, n in distressed.items()})
        if wanted
        else dict.fromkeys(LEVELS, 0)
    )


def _apportion(count: int, shares: dict[str, float]) -> dict[str, int]:
    """Whole numbers that add up to `count`, as near to the shares as can be (Hamilton's method)."""
    numbers = {name: int(count * share) for name, share in shares.items()}
    by_remainder = sorted(shares, key=lambda name: count * shares[name] - numbers[name], reverse=True)
    for name in by_remainder[: count - sum(numbers.values())]:
        numbers[name] += 1
    return numbers
