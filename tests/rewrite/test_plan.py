"""The plan meets its shares exactly, is balanced over emotions, and depends on the seed alone."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.config import PlanConfig, RewriteConfig
from bedside.core.records import EMOTIONS, PlannedEmotion
from bedside.rewrite.plan import NEUTRAL, make_plan, make_recipes

LEVEL = {0: "neutral", 1: "implicit", 2: "explicit_2", 3: "explicit_3"}
SHARES = st.lists(st.integers(0, 20), min_size=4, max_size=4).filter(any)


def levels(planned: list[PlannedEmotion]) -> dict[str, int]:
    found = Counter(LEVEL[p.intensity] for p in planned)
    return {name: found[name] for name in LEVEL.values()}


def test_shares_that_divide_are_met_exactly() -> None:
    planned = make_plan(440, PlanConfig(neutral=0.25, implicit=0.35, explicit_2=0.30, explicit_3=0.10), seed=1)
    assert levels(planned) == {"neutral": 110, "implicit": 154, "explicit_2": 132, "explicit_3": 44}


def test_what_is_left_over_goes_to_the_largest_remainders() -> None:
    # 7 x (.25, .35, .30, .10) = 1.75, 2.45, 2.1, 0.7: one place left for .75, one for .7.
    planned = make_plan(7, PlanConfig(neutral=0.25, implicit=0.35, explicit_2=0.30, explicit_3=0.10), seed=1)
    assert levels(planned) == {"neutral": 2, "implicit": 2, "explicit_2": 2, "explicit_3": 1}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 300), SHARES, st.integers(0, 5))
def test_every_dialogue_is_planned_and_each_level_is_within_one_of_its_share(
    count: int, weights: list[int], seed: int
) -> None:
    shares = {name: weight / sum(weights) for name, weight in zip(LEVEL.values(), weights, strict=True)}
    found = levels(make_plan(count, PlanConfig.model_validate(shares), seed))
    assert sum(found.values()) == count
    assert all(abs(found[name] - count * share) < 1 for name, share in shares.items())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 300), SHARES, st.integers(0, 5))
def test_emotions_are_balanced_overall_and_at_each_level(count: int, weights: list[int], seed: int) -> None:
    shares = {name: weight / sum(weights) for name, weight in zip(LEVEL.values(), weights, strict=True)}
    planned = make_plan(count, PlanConfig.model_validate(shares), seed)
    for chosen in ({1, 2, 3}, {1}, {2}, {3}):
        counts = Counter(p.emotion for p in planned if p.intensity in chosen)
        numbers = [counts[emotion] for emotion in EMOTIONS]
        assert max(numbers) - min(numbers) <= 1


@pytest.mark.parametrize(
    ("intensity", "mode"), [(0, "none"), (1, "implicit cue"), (2, "explicit concern"), (3, "explicit concern")]
)
def test_mode_follows_intensity(intensity: int, mode: str) -> None:
    planned = [p for p in make_plan(200, PlanConfig(), seed=2) if p.intensity == intensity]
    assert len(planned) >= 20
    assert {p.mode for p in planned} == {mode}
    assert all((p == NEUTRAL) == (intensity == 0) for p in planned)


def test_same_seed_same_plan_and_another_seed_another() -> None:
    assert make_plan(100, PlanConfig(), 3) == make_plan(100, PlanConfig(), 3)
    assert make_plan(100, PlanConfig(), 3) != make_plan(100, PlanConfig(), 4)


def test_levels_are_mixed_not_in_blocks() -> None:
    first_half = make_plan(200, PlanConfig(), 5)[:100]
    assert all(number > 0 for number in levels(first_half).values())


def test_corrective_rows_are_a_share_of_all_taken_from_each_level_alike() -> None:
    config = PlanConfig(neutral=0.25, implicit=0.35, explicit_2=0.30, explicit_3=0.10, corrective=0.15)
    made = make_recipes(440, config, 1, "distressed query")
    # 440 x .15 = 66, shared out as 154 : 132 : 44 of 330.
    assert Counter(recipe for _, recipe in made) == {"neutral control": 110, "corrective": 66, "distressed query": 264}
    found = Counter(planned.intensity for planned, recipe in made if recipe == "corrective")
    assert found == {1: round(66 * 154 / 330), 2: round(66 * 132 / 330), 3: round(66 * 44 / 330)}
    for level in (1, 2, 3):
        emotions = Counter(p.emotion for p, recipe in made if recipe == "corrective" and p.intensity == level)
        assert max(emotions.values()) - min(emotions[e] for e in EMOTIONS) <= 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 200), SHARES, st.floats(0, 1), st.integers(0, 5))
def test_a_corrective_share_changes_no_emotion(count: int, weights: list[int], part: float, seed: int) -> None:
    shares = {name: weight / sum(weights) for name, weight in zip(LEVEL.values(), weights, strict=True)}
    share = part * (1 - shares["neutral"])
    made = make_recipes(count, PlanConfig.model_validate(shares | {"corrective": share}), seed, "comforting answer")
    assert [planned for planned, _ in made] == make_plan(count, PlanConfig.model_validate(shares), seed)
    recipes = Counter(recipe for _, recipe in made)
    assert recipes["corrective"] == min(round(count * share), count - recipes["neutral control"])
    assert all((planned == NEUTRAL) == (recipe == "neutral control") for planned, recipe in made)


def test_no_corrective_rows_unless_asked_and_all_when_the_recipe_says_so() -> None:
    assert {r for _, r in make_recipes(40, PlanConfig(), 1, "distressed query")} == {
        "neutral control",
        "distressed query",
    }
    assert {r for _, r in make_recipes(40, PlanConfig(), 1, "corrective")} == {"neutral control", "corrective"}


def test_more_false_beliefs_than_distressed_patients_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match=r"only 0\.75"):
        PlanConfig(corrective=0.8)


@pytest.mark.parametrize("asked", [{"recipe": "corrective"}, {"plan": {"corrective": 0.1}}])
def test_the_phrasebook_makes_up_no_belief(asked: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="phrasebook cannot"):
        RewriteConfig.model_validate(asked)
    assert RewriteConfig.model_validate(asked | {"model": "openai:any"})
