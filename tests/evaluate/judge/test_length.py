"""The win rate at equal length is the one that a logistic regression reads there."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from bedside.evaluate.judge.length import RIDGE, length_controlled, same_length


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def clusters(count: int) -> list[str]:
    return [f"d{n}" for n in range(count)]


def test_two_lengths_meet_half_way_on_the_logit_scale() -> None:
    """With differences of +10 and -10 words the model is saturated: it passes through both shares."""
    longer, shorter = [1.0] * 800 + [0.0] * 200, [1.0] * 400 + [0.0] * 600
    wins, by = np.array(longer + shorter), np.array([10.0] * 1000 + [-10.0] * 1000)
    found = length_controlled(wins, by, clusters(2000), 100, 0)
    assert found is not None
    assert found.value == pytest.approx(sigmoid((logit(0.8) + logit(0.4)) / 2), abs=1e-4)  # 0.6202
    assert found.low < found.value < found.high
    assert found.n == 2000


def test_a_preference_for_length_alone_is_no_preference() -> None:
    """Preferences that follow the length alone, of an arm that is mostly longer: 1/2 at equal length."""
    by = np.linspace(-10.0, 50.0, 61)
    wins = 1 / (1 + np.exp(-2 * np.tanh(by / by.std())))
    found = length_controlled(wins, by, clusters(61), 100, 0)
    assert wins.mean() > 0.7
    assert found is not None
    assert found.value == pytest.approx(0.5, abs=0.002)


def test_it_is_the_penalised_fit_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    by, wins = rng.normal(5, 20, 120), (rng.random(120) < 0.6).astype(float)
    design = np.stack([np.ones(120), np.tanh(by / by.std())], axis=1)
    other = LogisticRegression(C=1 / RIDGE, fit_intercept=False, tol=1e-10, max_iter=1000).fit(design, wins)
    found = length_controlled(wins, by, clusters(120), 100, 0)
    assert found is not None
    assert found.value == pytest.approx(sigmoid(other.coef_[0][0]), abs=1e-5)


def test_ties_are_halves_and_sides_change_places() -> None:
    rng = np.random.default_rng(2)
    by, wins = rng.normal(3, 8, 90), rng.choice([0.0, 0.5, 1.0], 90)
    one = length_controlled(wins, by, clusters(90), 100, 0)
    two = length_controlled(1 - wins, -by, clusters(90), 100, 0)
    assert one is not None and two is not None
    assert one.value == pytest.approx(1 - two.value, abs=1e-9)


def test_one_side_that_wins_all_stays_finite() -> None:
    found = length_controlled(np.ones(50), np.linspace(-5.0, 5.0, 50), clusters(50), 100, 0)
    assert found is not None
    assert 0.998 < found.value < 1.0
    assert 0.997 < found.low <= found.high < 1.0


def test_what_cannot_be_told_is_not_told() -> None:
    assert length_controlled(np.array([]), np.array([]), [], 100, 0) is None
    for longer in (np.full(5, 7.0), np.arange(1.0, 6.0), -np.arange(1.0, 6.0)):
        assert length_controlled(np.ones(5), longer, clusters(5), 100, 0) is None
    assert length_controlled(np.ones(5), np.arange(0.0, 5.0), clusters(5), 100, 0) is not None
    equal = length_controlled(np.array([1.0, 0.0, 1.0, 0.5]), np.zeros(4), clusters(4), 100, 0)
    assert equal is not None
    assert equal.value == pytest.approx(0.625, abs=0.002)


def test_consultations_are_resampled_whole() -> None:
    """Twenty copies of five consultations are no more certain than the five."""
    wins, by = np.array([1.0, 0.0, 1.0, 0.5, 1.0]), np.array([-2.0, 1.0, 3.0, 0.0, -1.0])
    names = clusters(5)
    few = length_controlled(wins, by, names, 500, 3)
    many = length_controlled(np.tile(wins, 20), np.tile(by, 20), names * 20, 500, 3)
    loose = length_controlled(np.tile(wins, 20), np.tile(by, 20), clusters(100), 500, 3)
    assert few is not None and many is not None and loose is not None
    assert many.high - many.low == pytest.approx(few.high - few.low, abs=0.15)
    assert loose.high - loose.low < 0.5 * (many.high - many.low)


@pytest.mark.parametrize(("one", "two", "same"), [(100, 90, True), (90, 100, True), (100, 89, False), (0, 0, True)])
def test_a_tenth_of_the_longer(one: int, two: int, same: bool) -> None:
    assert same_length(one, two) is same
