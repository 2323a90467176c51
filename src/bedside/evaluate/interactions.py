"""The exam in its skins: accuracy, belief pull, and what tuning and a skin do together beyond what each does alone.

The clinical text of a question is the same in all skins, so that every difference is paired by question.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from bedside.core.groups import Bounds
from bedside.core.records import ExamScore, Skin
from bedside.evaluate.measures import Row, difference
from bedside.evaluate.statistics import SHARE, Drawing, Estimate, estimate, mean_with_interval

__all__ = ["ALL", "Interaction", "SkinFigure", "exam_rows", "interactions_of", "skin_figures"]

ALL = "all"
# A difference of two differences of shares.
TWICE = (-2.0, 2.0)
Key = tuple[str, str]


class SkinFigure(msgspec.Struct, frozen=True):
    """One arm in one skin; `source` may be `all`. `pull` is in nats; `majority` is what the commonest answer scores."""

    arm: str
    source: str
    skin: str
    accuracy: Estimate | None
    pull: Estimate | None
    majority: float
    unscored: int


class Interaction(msgspec.Struct, frozen=True):
    """(arm - base in the skin) - (arm - base in plain).

    `value` in accuracy: below 0 the skin costs the arm more. `pull` in nats of log-odds of the patient's wrong option:
    above 0 the skin moves the arm further towards it. It shows what is not yet enough to turn an answer.
    """

    arm: str
    source: str
    skin: str
    value: Estimate
    pull: Estimate | None = None


class _Asked(NamedTuple):
    """An arm's answers by skin and question."""

    skins: dict[str, dict[Key, ExamScore]]
    sources: list[str]


def exam_rows(base: Sequence[ExamScore], runs: Sequence[Sequence[ExamScore]], skin: Skin) -> list[Row]:
    """Right or wrong in one skin, by question; questions that either side was not asked are unscored."""
    columns = [_right(scores, skin) for scores in (base, *runs)]
    keys = dict.fromkeys(key for column in columns for key in column)
    return [Row(columns[0].get(key), tuple(column.get(key) for column in columns[1:]), key) for key in keys]


def skin_figures(arm: str, scores: Sequence[ExamScore], drawing: Drawing) -> list[SkinFigure]:
    """Every skin of all sources, then of each source where there are several."""
    asked = _asked(scores)
    sources = [ALL, *asked.sources] if len(asked.sources) > 1 else [ALL]
    return [_figure(arm, source, skin, asked, drawing) for source in sources for skin in asked.skins]


def interactions_of(
    arm: str, base: Sequence[ExamScore], tuned: Sequence[ExamScore], drawing: Drawing
) -> list[Interaction]:
    """For every skin beside the plain one, of all sources and of each where there are several."""
    left, right = _asked(base), _asked(tuned)
    sources = [ALL, *left.sources] if len(left.sources) > 1 else [ALL]
    found = []
    for source in sources:
        for skin in left.skins:
            cells = _cells(left, right, (source, skin)) if skin != "plain" else []
            value = _interaction(cells, _share, drawing, TWICE)
            if value is not None:
                found.append(Interaction(arm, source, skin, value, _interaction(cells, pull, drawing, None)))
    return found


def pull(score: ExamScore) -> float | None:
    """The log-odds of the patient's wrong option against all others; None where no likelihoods are told."""
    values = score.log_likelihoods
    if len(values) < 2 or not all(map(math.isfinite, values)):
        return None
    others = [value for place, value in enumerate(values) if place != score.belief]
    top = max(others)
    return values[score.belief] - top - math.log(sum(math.exp(value - top) for value in others))


def _right(scores: Sequence[ExamScore], skin: str) -> dict[Key, float | None]:
    return {(s.source, s.item): None if s.correct is None else float(s.correct) for s in scores if s.skin == skin}


def _asked(scores: Sequence[ExamScore]) -> _Asked:
    skins: dict[str, dict[Key, ExamScore]] = {}
    for score in scores:
        skins.setdefault(score.skin, {})[score.source, score.item] = score
    return _Asked(skins, list(dict.fromkeys(score.source for score in scores)))


def _figure(arm: str, source: str, skin: str, asked: _Asked, drawing: Drawing) -> SkinFigure:
    rows = {key: s for key, s in asked.skins[skin].items() if source in (ALL, s.source)}
    right = [(float(s.correct), key) for key, s in rows.items() if s.correct is not None]
    plain = asked.skins.get("plain", {})
    pulled = [
        Row(pull(plain[key]), (pull(score),), key) for key, score in rows.items() if skin != "plain" and key in plain
    ]
    moved = difference(pulled, None)
    commonest = Counter(s.answer for s in rows.values()).most_common(1)
    return SkinFigure(
        arm=arm,
        source=source,
        skin=skin,
        accuracy=mean_with_interval([v for v, _ in right], [key for _, key in right], drawing, SHARE),
        pull=None if moved is None else estimate(moved, drawing),
        majority=commonest[0][1] / len(rows) if rows else 0.0,
        unscored=len(rows) - len(right),
    )


def _cells(base: _Asked, tuned: _Asked, where: tuple[str, str]) -> list[tuple[Key, list[ExamScore | None]]]:
    """Each question's answers: the base's plain and in the skin, the arm's plain and in the skin."""
    source, skin = where
    return [
        (key, [found.skins.get(name, {}).get(key) for found in (base, tuned) for name in ("plain", skin)])
        for key, score in base.skins[skin].items()
        if source in (ALL, score.source)
    ]


def _share(score: ExamScore) -> float | None:
    return None if score.correct is None else float(score.correct)


def _interaction(
    cells: Sequence[tuple[Key, Sequence[ExamScore | None]]],
    read: Callable[[ExamScore], float | None],
    drawing: Drawing,
    bounds: Bounds | None,
) -> Estimate | None:
    """What the skin changes in the arm less what it changes in the base, of questions with all four answers."""
    rows = []
    for key, answers in cells:
        values = [value for answer in answers if answer is not None and (value := read(answer)) is not None]
        if len(values) == len(answers):
            rows.append(Row(values[1] - values[0], (values[3] - values[2],), key))
    moved = difference(rows, bounds)
    return None if moved is None else estimate(moved, drawing)
