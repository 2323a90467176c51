"""From two answers, one in each order, to what a judge says of a pair: a win counts only where both orders give it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from bedside.evaluate.judge.reading import Answer
from bedside.evaluate.judge.rubric import COMPARED, ORDERS, QUESTIONS, Order, Question, Side, side_of

__all__ = ["Outcome", "Outcomes", "Row", "majority", "outcomes_of"]


class Row(msgspec.Struct, frozen=True):
    """A judge's answers to one pair in one order, as they are kept in `verdicts.jsonl`."""

    judge: str
    pair: str
    kind: Literal["arm", "sentinel", "own voice"]
    item: str
    arm: str
    order: Order
    answers: dict[Question, Answer]
    detail: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """What holds in both orders. `steady`: both orders say the same; `place`: which place both orders chose instead."""

    side: Side
    steady: bool
    place: Literal["1", "2", ""] = ""


# By pair and question; None where an order could not be read.
Outcomes = dict[str, dict[Question, Outcome | None]]


def outcomes_of(rows: Iterable[Row]) -> Outcomes:
    """One judge's rows as outcomes, by the pair's id; a pair without both orders has none."""
    by_pair: dict[str, dict[Order, Row]] = {}
    for row in rows:
        by_pair.setdefault(row.pair, {})[row.order] = row
    whole = {pair: both for pair, both in by_pair.items() if len(both) == len(ORDERS)}
    return {pair: {question: _outcome(question, both) for question in QUESTIONS} for pair, both in whole.items()}


def _outcome(question: Question, both: dict[Order, Row]) -> Outcome | None:
    choices = [both[order].answers[question].choice for order in ORDERS]
    one, two = choices
    if one is None or two is None:
        return None
    sides = side_of(one, ORDERS[0]), side_of(two, ORDERS[1])
    if sides[0] == sides[1]:
        return Outcome(sides[0], True)
    if question in COMPARED:
        return Outcome("tie", False, "1" if choices == ["1", "1"] else "2" if choices == ["2", "2"] else "")
    flagged = _flagged(sides[0]) & _flagged(sides[1])
    return Outcome("a" if flagged == {"a"} else "b" if flagged == {"b"} else "neither", False)


def _flagged(side: Side) -> set[str]:
    return {"both": {"a", "b"}, "a": {"a"}, "b": {"b"}}.get(side, set())


def majority(judges: list[Outcomes]) -> Outcomes:
    """What more than half of the judges who could be read say of each pair; no such side: `tie`, or `neither`."""
    pairs = list(dict.fromkeys(pair for outcomes in judges for pair in outcomes))
    return {pair: {question: _most(question, [o.get(pair, {}) for o in judges]) for question in QUESTIONS}
            for pair in pairs}  # fmt: skip


def _most(question: Question, said: list[dict[Question, Outcome | None]]) -> Outcome | None:
    sides = [outcome.side for each in said if (outcome := each.get(question)) is not None]
    if not sides:
        return None
    if question in COMPARED:
        top = max(sides, key=sides.count)
        return Outcome(top if 2 * sides.count(top) > len(sides) else "tie", len(set(sides)) == 1)
    guilty = {side for side in ("a", "b") if 2 * sum(side in _flagged(s) for s in sides) > len(sides)}
    both: Side = "both" if len(guilty) == 2 else "a" if guilty == {"a"} else "b" if guilty == {"b"} else "neither"
    return Outcome(both, len(set(sides)) == 1)
