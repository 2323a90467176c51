"""Estimates against derived values, closed forms, and the methods of scipy and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq
from statsmodels.stats.proportion import proportion_confint

from bedside.core.constrained import constrained, score_interval, score_statistic
from bedside.core.groups import Groups, grouped
from bedside.evaluate import bootstrap
from bedside.evaluate.bootstrap import standard_errors, studentised_interval
from bedside.evaluate.statistics import (
    DIFFERENCE,
    SHARE,
    Drawing,
    Estimate,
    Sample,
    estimate,
    mean_with_interval,
    one_sided_p,
    paired_difference,
)

Z = 1.959963984540054
DRAWING = Drawing(2000, 0)


def changes(lost: int, gained: int, items: int) -> Groups:
    return grouped([-1.0] * lost + [1.0] * gained + [0.0] * (items - lost - gained), range(items))


def tango(gained: int, lost: int, items: int) -> tuple[float, float]:
    """Tango (1998), with the closed form of the constrained estimate."""

    def statistic(tested: float) -> float:
        half = -gained - lost + (2 * items - gained + lost) * tested
        root = math.sqrt(max(0.0, half**2 + 8 * items * lost * tested * (1 - tested)))
        likely = (root - half) / (4 * items)
        return (gained - lost - items * tested) / math.sqrt(items * (2 * likely + tested * (1 - tested)))

    seen = (gained - lost) / items
    low = brentq(lambda tested: statistic(tested) - Z, -1 + 1e-9, seen - 1e-9)
    return low, brentq(lambda tested: statistic(tested) + Z, seen + 1e-9, 1 - 1e-9)


@pytest.mark.parametrize(("right", "items"), [(0, 100), (3, 50), (30, 60), (99, 100), (100, 100), (1, 2)])
def test_of_a_share_it_is_wilsons_interval(right: int, items: int) -> None:
    found = score_interval(grouped([1.0] * right + [0.0] * (items - right), range(items)), SHARE, Z)
    assert found == pytest.approx(proportion_confint(right, items, method="wilson"), abs=1e-7)


@pytest.mark.parametrize(("gained", "lost", "items"), [(12, 2, 50), (0, 0, 100), (1, 0, 100), (9, 4, 300), (0, 30, 40)])
def test_of_paired_answers_it_is_tangos_interval(gained: int, lost: int, items: int) -> None:
    found = score_interval(changes(lost, gained, items), DIFFERENCE, Z)
    assert found == pytest.approx(tango(gained, lost, items), abs=1e-6)


def test_without_a_margin_the_statistic_is_mcnemars() -> None:
    # (12 - 2) / sqrt(12 + 2)
    assert score_statistic(changes(2, 12, 50), 0.0, DIFFERENCE) == pytest.approx(10 / math.sqrt(14))


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), min_size=2, max_size=40), st.floats(-0.9, 0.9))
def test_the_constrained_weights_are_a_distribution_of_that_mean(values: list[float], mean: float) -> None:
    likely = constrained(grouped(values, range(len(values))), mean, DIFFERENCE)
    assert (likely.counts >= 0).all()
    assert likely.clusters == pytest.approx(1)
    assert likely.mean == pytest.approx(mean, abs=1e-6)


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0]), min_size=2, max_size=40))
def test_the_interval_holds_the_mean_and_what_the_test_does_not_reject(values: list[float]) -> None:
    groups = grouped(values, range(len(values)))
    low, high = score_interval(groups, DIFFERENCE, Z)
    assert -1 <= low <= groups.mean + 1e-9
    assert groups.mean - 1e-9 <= high <= 1
    for bound, way in ((low, 1), (high, -1)):
        if abs(bound) < 1:
            assert way * score_statistic(groups, bound, DIFFERENCE) == pytest.approx(Z, abs=1e-4)


def test_nothing_that_changed_is_not_certainty() -> None:
    # The score test of p against 0 seen of n rejects where n p / (1 - p) > t^2; for n = 100 from p = t^2 / (n + t^2).
    found = estimate(Sample(changes(0, 0, 100), DIFFERENCE), DRAWING)
    reach = stats.t.ppf(0.975, 99) ** 2
    assert found is not None
    assert found.low == pytest.approx(-reach / (100 + reach), abs=1e-6)
    assert found.high == -found.low


def test_one_consultation_tells_nothing() -> None:
    assert mean_with_interval([1.0, 1.0], ["a", "a"], DRAWING, SHARE) == Estimate(1.0, 0.0, 1.0, 2)
    assert mean_with_interval([30.0, 40.0], ["a", "a"], DRAWING) is None
    assert one_sided_p(Sample(grouped([1.0, 1.0], "aa"), DIFFERENCE), 0.0, True, DRAWING) is None


def test_no_value_gives_no_estimate() -> None:
    assert mean_with_interval([], [], DRAWING) is None
    assert paired_difference([None, 1.0], [1.0, None], ["a", "b"], DRAWING) is None


def test_difference_is_paired() -> None:
    found = paired_difference([0.0, 1.0, 0.5, None], [0.5, 1.0, 1.0, 1.0], list("abcd"), DRAWING)
    assert found is not None
    assert found.n == 3
    assert found.value == pytest.approx((0.5 + 0 + 0.5) / 3)


@pytest.mark.parametrize("bounds", [DIFFERENCE, None])
def test_copies_in_one_cluster_do_not_narrow_the_interval(bounds: tuple[float, float] | None) -> None:
    values = list(np.random.default_rng(3).uniform(-1, 1, 60))
    names = [str(i) for i in range(60)]
    alone = mean_with_interval(values, names, DRAWING, bounds)
    copied = mean_with_interval(values * 5, names * 5, DRAWING, bounds)
    ignored = mean_with_interval(values * 5, [str(i) for i in range(300)], DRAWING, bounds)
    assert alone is not None
    assert copied is not None
    assert ignored is not None
    assert copied[1:3] == pytest.approx(alone[1:3], rel=0.01)
    # Five copies as if they were independent would look sqrt(5) = 2.24 times as sure.
    assert (alone.high - alone.low) / (ignored.high - ignored.low) == pytest.approx(5**0.5, rel=0.1)


def test_the_standard_error_is_the_clustered_one_of_statsmodels() -> None:
    rng = np.random.default_rng(5)
    clusters = rng.integers(0, 40, 200)
    values = rng.normal(0.3, 1, 200) + rng.normal(0, 1, 40)[clusters]
    groups = grouped(values, clusters.tolist())
    ours = standard_errors(groups, groups.counts[None, :], np.array([groups.mean]))[0]
    fit = sm.OLS(values, np.ones(200)).fit(cov_type="cluster", cov_kwds={"groups": clusters})
    assert ours == pytest.approx(fit.bse[0], rel=1e-6)


def test_the_studentised_bootstrap_of_normal_values_is_students_interval() -> None:
    values = np.random.default_rng(1).normal(0.3, 1.0, 200)
    found = studentised_interval(grouped(values, range(200)), 40_000, 0, 0.025)
    theirs = stats.t.interval(0.95, 199, values.mean(), stats.sem(values))
    # Monte-Carlo error of a 2.5 % quantile of 40,000 distances is 0.013 standard errors of 0.07.
    assert found == pytest.approx(theirs, abs=0.01)


def test_clusters_drawn_by_kinds_and_one_by_one_give_the_same_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(3).poisson(4, 400).astype(float)
    groups = grouped(values, range(400))
    assert len(groups.counts) < 20
    alone = studentised_interval(groups, 40_000, 0, 0.025)
    monkeypatch.setattr(bootstrap, "ONE_BY_ONE", 0)
    assert studentised_interval(groups, 40_000, 0, 0.025) != alone
    # As above, twice the Monte-Carlo error of 0.013 standard errors of 0.1.
    assert studentised_interval(groups, 40_000, 0, 0.025) == pytest.approx(alone, abs=0.005)


def test_skewed_values_reach_further_to_the_long_side() -> None:
    values = np.random.default_rng(2).lognormal(0, 1, 60)
    found = mean_with_interval(values.tolist(), range(60), DRAWING)
    assert found is not None
    assert found.high - found.value > 1.3 * (found.value - found.low)


def test_the_p_value_is_below_a_fortieth_where_the_bound_is_beyond_the_margin() -> None:
    for bounds in (DIFFERENCE, None):
        sample = Sample(grouped(np.random.default_rng(4).uniform(-1, 1, 90), range(90)), bounds)
        found = estimate(sample, DRAWING)
        assert found is not None
        for margin, above in ((found.low, True), (found.high, False)):
            p = one_sided_p(sample, margin, above, DRAWING)
            assert p == pytest.approx(0.025, abs=0.001)


def test_runs_that_differ_make_the_interval_wider() -> None:
    groups = changes(5, 5, 200)
    alone = estimate(Sample(groups, DIFFERENCE), DRAWING)
    alike = estimate(Sample(groups, DIFFERENCE, (0.0, 0.0, 0.0)), DRAWING)
    apart = estimate(Sample(groups, DIFFERENCE, (-0.02, 0.0, 0.02)), DRAWING)
    assert alone is not None
    assert apart is not None
    assert alike == alone
    # Standard deviation 0.02 of three runs, Student's t of 2 degrees, added as squares.
    reach = stats.t.ppf(0.975, 2) * 0.02 / math.sqrt(3)
    assert apart.low == pytest.approx(-math.hypot(alone.low, reach))
    p = one_sided_p(Sample(groups, DIFFERENCE, (-0.02, 0.0, 0.02)), apart.low, True, DRAWING)
    assert p == pytest.approx(0.025, abs=1e-4)


def test_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng, inside = np.random.default_rng(5), 0
    for _ in range(400):
        found = mean_with_interval(rng.binomial(1, 0.95, 80).astype(float).tolist(), range(80), DRAWING, SHARE)
        assert found is not None
        inside += found.low <= 0.95 <= found.high
    # 95 % of 400 is 380; three Monte-Carlo standard errors are 13.
    assert 367 <= inside <= 393
