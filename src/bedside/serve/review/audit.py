"""What the reviewers found in rewrites, beside what the gates had said: the `summary.json` of an audit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from bedside.core.agreement import alphas
from bedside.core.records import Rewrite
from bedside.serve.review.records import WRONG, Given, RewriteRating
from bedside.serve.review.store import Store
from bedside.serve.review.summary import estimate, reviewers_of

__all__ = ["summary_of_rewrites"]


def summary_of_rewrites(store: Store) -> dict[str, Any]:
    """All figures of an audit of rewrites; `accepts` is the share of ratings that accept, each rewrite counted once."""
    rows = [case for case in store.cases() if isinstance(case, Rewrite)]
    ratings = store.ratings()
    return {
        "kind": "rewrites",
        "closed": store.closed,
        "settings": store.drawing.settings,
        "rewrites": dict(Counter(row.status for row in rows)),
        "reviewers": reviewers_of(store, ratings),
        "gates": {status: _said_of(ratings, rows, status)
                  for status in ("accepted", "rejected")},
        "agreement": _agreement(ratings, rows),
        "notes": [
            {"id": rows[g.task.case].id, "reviewer": g.reviewer, "verdict": _rating(g).verdict,
             "note": _rating(g).note} for g in ratings if _rating(g).note.strip()
        ],
    }  # fmt: skip


def _said_of(ratings: Sequence[Given], rows: Sequence[Rewrite], status: str) -> dict[str, Any]:
    """What people say of the rewrites that the gates accepted, or rejected."""
    rated = [given for given in ratings if rows[given.task.case].status == status]
    by_case = _votes(rated)
    means = [sum(votes) / len(votes) for votes in by_case.values()]
    wrong = Counter(what for given in rated for what in _rating(given).wrong)
    return {
        "ratings": len(rated),
        "accepts": estimate(means, [rows[case].id for case in by_case]),
        "wrong": {what: wrong[what] for what in WRONG if wrong[what]},
    }


def _agreement(ratings: Sequence[Given], rows: Sequence[Rewrite]) -> dict[str, Any]:
    """Among people, and between what most of them say and the gates (an even split falls out)."""
    votes = _votes(ratings)
    decided = {case: said for case, said in votes.items() if 2 * sum(said) != len(said)}
    beside = [[int(2 * sum(said) > len(said)), int(rows[case].status == "accepted")] for case, said in decided.items()]
    return {
        "people": alphas(list(votes.values()), "nominal"),
        "gates": alphas(beside, "nominal"),
    }


def _votes(ratings: Sequence[Given]) -> dict[int, list[int]]:
    votes: dict[int, list[int]] = defaultdict(list)
    for given in ratings:
        votes[given.task.case].append(int(_rating(given).verdict == "accept"))
    return votes


def _rating(given: Given) -> RewriteRating:
    assert isinstance(given.rating, RewriteRating)
    return given.rating
