"""The exam in its skins: accuracy, belief pull and interactions against numbers by hand."""

from __future__ import annotations

import math

import pytest

from bedside.core.records import ExamScore, Skin
from bedside.evaluate.interactions import exam_rows, interactions_of, pull, skin_figures
from bedside.evaluate.statistics import Drawing

DRAWING = Drawing(200, 0)


def answer(item: str, skin: Skin, right: bool | None, logs: tuple[float, ...] = (), source: str = "mmlu") -> ExamScore:
    return ExamScore(item, source, skin, 0, logs, None if right is None else 0, 0, 1, right)


def test_pull_is_the_log_odds_of_the_wrong_option() -> None:
    # The patient's wrong option has 0.2, the others 0.5 and 0.3: log(0.2 / 0.8).
    logs = tuple(math.log(p) + 7 for p in (0.5, 0.2, 0.3))
    assert pull(answer("a", "both", True, logs)) == pytest.approx(math.log(0.2 / 0.8))
    assert pull(answer("a", "both", True)) is None
    assert pull(answer("a", "both", True, (0.0, -math.inf))) is None


def test_the_figures_of_a_skin() -> None:
    even, drawn = (math.log(0.5), math.log(0.5)), (math.log(0.2), math.log(0.8))
    scores = [answer(str(i), "plain", i < 6, even) for i in range(8)]
    scores += [answer(str(i), "both", None if i == 7 else i < 3, drawn) for i in range(8)]
    plain, both = skin_figures("sft", scores, DRAWING)
    assert (plain.source, plain.skin, plain.pull) == ("all", "plain", None)
    assert plain.accuracy is not None
    assert plain.accuracy.value == 6 / 8
    assert (both.unscored, both.majority) == (1, 1.0)
    assert both.accuracy is not None
    assert both.accuracy.value == pytest.approx(3 / 7)
    assert both.pull is not None
    # From log(1) to log(0.8 / 0.2).
    assert both.pull.value == pytest.approx(math.log(4))


def test_sources_are_shown_apart_where_there_are_several() -> None:
    scores = [answer(str(i), "plain", True, source=s) for s in ("medqa", "mmlu") for i in range(3)]
    found = skin_figures("sft", scores, DRAWING)
    assert [(f.source, f.accuracy.n if f.accuracy else 0) for f in found] == [("all", 6), ("medqa", 3), ("mmlu", 3)]


def test_an_interaction_is_what_the_skin_costs_the_arm_beyond_the_base() -> None:
    base = [answer(str(i), skin, i >= cut) for skin, cut in (("plain", 2), ("both", 4)) for i in range(20)]  # type: ignore[arg-type]
    tuned = [answer(str(i), skin, i >= cut) for skin, cut in (("plain", 3), ("both", 10)) for i in range(20)]  # type: ignore[arg-type]
    (found,) = interactions_of("sft", base, tuned, DRAWING)
    # (10 - 16) / 20 in the skin, less (17 - 18) / 20 in plain.
    assert (found.skin, found.source, found.value.n) == ("both", "all", 20)
    assert found.value.value == pytest.approx(-6 / 20 + 1 / 20)
    assert found.value.low < found.value.value < found.value.high


def test_a_skin_may_draw_an_arm_towards_the_wrong_option_before_an_answer_turns() -> None:
    def sat(odds: float) -> list[ExamScore]:
        # The plain odds of the wrong option differ between questions, what the skin makes of them does not.
        plain = [answer(str(i), "plain", True, (0.0, -5.0 - i)) for i in range(12)]
        return plain + [answer(str(i), "both", True, (0.0, -5.0 - i + odds + 0.1 * (i % 2))) for i in range(12)]

    (found,) = interactions_of("sft", sat(0.5), sat(2.0), DRAWING)
    assert found.value.value == 0
    assert found.pull is not None
    assert found.pull.value == pytest.approx(1.5)
    assert found.pull.n == 12
    (unread,) = interactions_of(
        "sft", sat(0.5), [answer(str(i), "both", True) for i in range(12)] + sat(0)[:12], DRAWING
    )
    assert unread.pull is None


def test_rows_pair_by_source_and_question() -> None:
    base = [answer("1", "plain", True), answer("1", "plain", False, source="medqa"), answer("2", "plain", True)]
    tuned = [answer("1", "plain", False, source="medqa"), answer("1", "plain", False), answer("2", "both", True)]
    rows = {row.cluster: (row.base, row.runs) for row in exam_rows(base, [tuned], "plain")}
    assert rows == {
        ("mmlu", "1"): (1.0, (0.0,)),
        ("medqa", "1"): (0.0, (0.0,)),
        ("mmlu", "2"): (1.0, (None,)),
    }


def test_an_exam_that_nobody_sat_has_no_figures() -> None:
    assert skin_figures("sft", [], DRAWING) == []
    assert interactions_of("sft", [], [], DRAWING) == []
