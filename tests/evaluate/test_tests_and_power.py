"""McNemar and Holm against statsmodels; the items that a claim needs against a formula and a simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from bedside.core.groups import grouped
from bedside.evaluate.holm import holm
from bedside.evaluate.mcnemar import mcnemar_exact
from bedside.evaluate.power import items_needed
from bedside.evaluate.statistics import DIFFERENCE, Drawing, Sample, one_sided_p


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_statsmodels(gained: int, lost: int) -> None:
    theirs = mcnemar([[5, gained], [lost, 5]], exact=True).pvalue if gained + lost else 1.0
    assert mcnemar_exact(gained, lost) == pytest.approx(theirs)


def test_mcnemar_by_hand() -> None:
    # Five changes, all one way: 2 / 2^5.
    assert mcnemar_exact(5, 0) == pytest.approx(0.0625)
    assert mcnemar_exact(0, 0) == 1.0


# statsmodels takes 50 ms a call.
@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(list(multipletests(p_values, method="holm")[1]))


def test_holm_of_nothing() -> None:
    assert holm([]) == []


def changes(share: float, items: int) -> Sample:
    each = round(share * items / 2)
    return Sample(grouped([1.0] * each + [-1.0] * each + [0.0] * (items - 2 * each), range(items)), DIFFERENCE)


def test_items_needed_follow_the_variance_over_the_squared_margin() -> None:
    # A tenth differs: variance 0.1; (1.96 + 1.28)^2 * 0.1 / 0.03^2, a little more for the spread under the margin.
    plain = (stats.norm.ppf(0.975) + stats.norm.ppf(0.9)) ** 2 * 0.1 / 0.03**2
    found = items_needed(changes(0.1, 100_000), -0.03, True, 0.0)
    assert found is not None
    assert plain < found < 1.05 * plain


def test_half_an_item_at_each_end_keeps_a_small_sample_from_promising_too_much() -> None:
    large, small = (items_needed(changes(0.0, n), -0.02, True, 0.0) for n in (100_000, 50))
    # Nothing changed and nothing ever will: z^2 (1 - margin) / margin = 188 items, and a trace of the added ones.
    assert large == pytest.approx(stats.norm.ppf(0.975) ** 2 * 0.98 / 0.02, rel=0.08)
    assert small is not None
    assert large is not None
    assert small > 2 * large


def test_so_many_items_pass_in_nine_of_ten_studies() -> None:
    items = items_needed(changes(0.05, 100_000), -0.03, True, 0.0)
    assert items is not None
    rng, passed = np.random.default_rng(0), 0
    for _ in range(400):
        drawn = rng.choice([-1.0, 0.0, 1.0], items, p=[0.025, 0.95, 0.025])
        p = one_sided_p(Sample(grouped(drawn, range(items)), DIFFERENCE), -0.03, True, Drawing(100, 0))
        passed += p is not None and p < 0.025
    # 90 % of 400 is 360; three Monte-Carlo standard errors are 18.
    assert passed >= 342


def test_clusters_of_equal_items_need_as_many_clusters() -> None:
    values = np.random.default_rng(1).choice([-1.0, 0.0, 0.0, 0.0, 1.0], 3000)
    alone = items_needed(Sample(grouped(values, range(3000)), DIFFERENCE), -0.03, True, 0.0)
    copies = grouped(np.repeat(values, 3), np.repeat(range(3000), 3).tolist())
    tripled = items_needed(Sample(copies, DIFFERENCE), -0.03, True, 0.0)
    assert alone is not None
    assert tripled == pytest.approx(3 * alone, rel=0.01)


def test_no_number_of_items_shows_what_is_not_true() -> None:
    assert items_needed(changes(0.1, 100), 0.0, True) is None
    assert items_needed(changes(0.1, 100), 0.1, True, 0.0) is None


def test_a_ratio_needs_the_textbooks_number() -> None:
    values = np.random.default_rng(1).normal(1.2, 0.4, 5000)
    found = items_needed(Sample(grouped(values, range(5000)), None), 1.5, False)
    reach = (stats.norm.ppf(0.975) + stats.norm.ppf(0.9)) * values.std() / (1.5 - values.mean())
    assert found == math.ceil(reach**2)
