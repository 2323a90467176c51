"""Estimates against derived values and scipy's bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bedside.evaluate.statistics import mean_with_interval, paired_difference


def test_the_mean_is_the_mean() -> None:
    estimate = mean_with_interval([1.0, 0.0, 1.0, 0.0], list("abcd"), 500, 0)
    assert estimate is not None
    assert estimate.value == 0.5
    assert estimate.n == 4
    assert estimate.low < 0.5 < estimate.high


def test_no_value_gives_no_estimate() -> None:
    assert mean_with_interval([], [], 500, 0) is None
    assert paired_difference([None, 1.0], [1.0, None], ["a", "b"], 500, 0) is None


def test_one_cluster_has_no_spread() -> None:
    estimate = mean_with_interval([0.2, 0.4], ["a", "a"], 500, 0)
    assert estimate is not None
    assert estimate.low == pytest.approx(0.3)
    assert estimate.high == pytest.approx(0.3)


def test_interval_agrees_with_scipy() -> None:
    values = np.random.default_rng(1).normal(0.3, 1.0, 200)
    ours = mean_with_interval(list(values), [str(i) for i in range(200)], 20_000, 0)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    assert ours is not None
    # Monte-Carlo error of a 2.5 % quantile of 20,000 means with standard error 0.07 is about 0.001.
    assert ours.low == pytest.approx(theirs.low, abs=0.006)
    assert ours.high == pytest.approx(theirs.high, abs=0.006)


def test_copies_in_one_cluster_do_not_narrow_the_interval() -> None:
    values = list(np.random.default_rng(3).normal(0, 1, 60))
    names = [str(i) for i in range(60)]
    alone = mean_with_interval(values, names, 4000, 0)
    copied = mean_with_interval(values * 5, names * 5, 4000, 0)
    ignored = mean_with_interval(values * 5, [str(i) for i in range(300)], 4000, 0)
    assert alone is not None
    assert copied is not None
    assert ignored is not None
    assert copied.high - copied.low == pytest.approx(alone.high - alone.low, rel=0.05)
    # Five copies as if they were independent would look sqrt(5) = 2.24 times as sure.
    assert (alone.high - alone.low) / (ignored.high - ignored.low) == pytest.approx(5**0.5, rel=0.15)


def test_difference_is_paired() -> None:
    base, arm = [0.0, 1.0, 0.5, None], [0.5, 1.0, 1.0, 1.0]
    estimate = paired_difference(base, arm, list("abcd"), 500, 0)
    assert estimate is not None
    assert estimate.n == 3
    assert estimate.value == pytest.approx((0.5 + 0 + 0.5) / 3)
    same = paired_difference([0.1, 0.9] * 30, [0.1, 0.9] * 30, [str(i) for i in range(60)], 500, 0)
    assert same is not None
    assert (same.low, same.high) == (0.0, 0.0)


def test_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng, inside = np.random.default_rng(5), 0
    for study in range(400):
        values = list(rng.binomial(1, 0.7, 80).astype(float))
        estimate = mean_with_interval(values, [str(i) for i in range(80)], 400, study)
        assert estimate is not None
        inside += estimate.low <= 0.7 <= estimate.high
    # 95 % of 400 is 380; three Monte-Carlo standard errors (4.4) and the percentile method's small optimism below.
    assert 360 <= inside <= 396
