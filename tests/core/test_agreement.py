"""Agreement beyond chance, against published worked examples and by hand."""

from __future__ import annotations

import random

import pytest

from bedside.core.agreement import alpha, quadratic_kappa

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C: 4 observers, 12 units, 41 values.
OBSERVERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
UNITS = [[int(v) for v in column if v != "."] for column in zip(*(row.split() for row in OBSERVERS), strict=True)]


def test_krippendorffs_example() -> None:
    assert sum(map(len, UNITS)) == 41
    assert alpha(UNITS, "nominal") == pytest.approx(0.743, abs=5e-4)
    assert alpha(UNITS, "ordinal") == pytest.approx(0.815, abs=5e-4)


def test_two_observers_of_the_same_paper() -> None:
    """Section A (binary data, two observers, 10 units): alpha is 0.095."""
    one, two = (0, 1, 0, 0, 0, 0, 0, 0, 1, 0), (1, 1, 1, 0, 0, 1, 0, 0, 0, 0)
    assert alpha(list(zip(one, two, strict=True)), "nominal") == pytest.approx(0.095, abs=5e-4)


def test_agreement_is_one_and_chance_is_nought() -> None:
    assert alpha([[0, 0], [1, 1], [2, 2]], "ordinal") == 1.0
    rng = random.Random(0)
    guessed = [[rng.randrange(3), rng.randrange(3)] for _ in range(4000)]
    assert alpha(guessed, "nominal") == pytest.approx(0.0, abs=0.05)
    assert alpha(guessed, "ordinal") == pytest.approx(0.0, abs=0.05)


def test_near_misses_weigh_less_on_an_ordered_scale() -> None:
    near, far = [[0, 1], [1, 1], [2, 2], [0, 0]], [[0, 2], [1, 1], [2, 2], [0, 0]]
    close, wide = alpha(near, "ordinal"), alpha(far, "ordinal")
    assert close is not None and wide is not None
    assert close > wide


def test_where_it_is_not_defined_there_is_none() -> None:
    assert alpha([], "nominal") is None
    assert alpha([[1], [2]], "nominal") is None
    assert alpha([[1, 1], [1, 1]], "ordinal") is None
    assert quadratic_kappa([], [], (0, 1, 2)) is None
    assert quadratic_kappa([1, 1], [1, 1], (0, 1, 2)) is None


def test_quadratic_kappa_by_hand() -> None:
    """Observed squared distances 1 + 1 = 2; expected by the margins (1, 1, 2) and (1, 1, 2): 22 / 4 = 5.5."""
    assert quadratic_kappa([0, 1, 2, 2], [0, 2, 2, 1], (0, 1, 2)) == pytest.approx(1 - 2 / 5.5)
