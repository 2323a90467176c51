"""The methods that bench/statistics.py compares with are scipy's; its studies lose what they say."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from scipy import stats

from bedside.core.groups import grouped
from bedside.evaluate.bootstrap import drawn_counts
from bedside.evaluate.statistics import DIFFERENCE, Drawing, Sample, estimate
from statistics_parts.methods import accelerated, passes
from statistics_parts.studies import KINDS, Kind, Truth, study
from statistics_parts.whole import EQUAL, ONE_BAD, whole_study


def test_the_standard_librarys_module_is_the_standard_librarys() -> None:
    assert statistics.median([3, 1, 2]) == 2
    assert "bench" not in str(statistics.__file__)


def test_percentile_and_accelerated_bounds_are_scipys() -> None:
    values = np.random.default_rng(1).choice([-1.0, -0.25, 0.0, 0.0, 0.25, 0.5], 150)
    groups = grouped(values, range(150))
    means = np.concatenate([(c @ groups.sums) / (c @ groups.sizes) for c in drawn_counts(groups, 20_000, 0)])
    theirs = {
        method: stats.bootstrap((values,), np.mean, n_resamples=20_000, method=method, rng=np.random.default_rng(2))
        for method in ("percentile", "bca")
    }
    # A quantile of 20,000 means with standard error 0.04 is sure to 0.0008.
    assert np.quantile(means, 0.025) == pytest.approx(theirs["percentile"].confidence_interval.low, abs=0.004)
    assert accelerated(groups, means) == pytest.approx(theirs["bca"].confidence_interval.low, abs=0.004)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("churn", [0.0, 0.5])
def test_studies_lose_what_they_say(kind: Kind, churn: float) -> None:
    groups = study(np.random.default_rng(0), Truth(kind, 0.9, 0.03, churn), 300_000)
    # Standard error of a mean of 300,000 differences of variance below 0.2, in clusters of three: 0.0013.
    assert groups.mean == pytest.approx(-0.03, abs=0.004)
    assert groups.values == 300_000
    assert groups.usual_size == (3 if kind == "clusters of 3" else 1)


def test_a_study_passes_by_the_rule_of_the_claims() -> None:
    rng, seen = np.random.default_rng(0), set()
    for number in range(40):
        groups = study(rng, Truth("yes or no", 0.9, 0.0, 0.1), 200)
        found = estimate(Sample(groups, DIFFERENCE), Drawing(100, number))
        assert found is not None
        assert passes(groups, -0.03, number, ["score"])["score"] == (found.low > -0.03)
        seen.add(found.low > -0.03)
    assert seen == {True, False}


def test_whole_studies_reach_pass_and_not() -> None:
    rng = np.random.default_rng(0)
    assert whole_study(rng, EQUAL, 800) == "PASS"
    assert whole_study(rng, ONE_BAD._replace(facts_distressed=0.2), 300) == "FAIL"
