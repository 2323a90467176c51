"""How well surface features tell chosen answers from rejected ones: words, words but for the broken place, form, edges.

Each figure is the area under the ROC curve of a linear classifier on pairs that it has not seen (mean of 5 folds; both
sides of a pair, and all pairs of one conversation, in one fold): 0.5 is chance, 1.0 knows every verdict. It is fitted
on at most 200 pairs, so that the figure says how *soon* the sides can be told apart and does not grow with the set:
given thousands of pairs, a bag of words learns any stock of wordings (`auc_all`). The method is that of partial-input
baselines for annotation artefacts (Gururangan et al. 2018, arXiv 1803.02324). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from bedside.core.records import Preference
from bedside.core.text import word_count

__all__ = ["Sides", "edge_auc", "form_auc", "length_auc", "sides_of", "word_figures"]

# A Chinese character is a word; marks and case are no words (they are form).
WORD = r"(?u)[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+"
TOKEN = re.compile(WORD)
MARKS = (".", ",", ";", ":", "!", "?", "…", "(", '"', "-", "*", "\n", "。", "，", "！", "？", "；", "“")
# Words at a text's beginning, and as many at its end, that are read with their place; words that are told.
EDGE, TOLD = 3, 8
FOLDS, FITTED, SEED = 5, 200, 20_240_607
# Form is slow to read, and its figure needs no more.
FORM_READ = 500


class Sides(NamedTuple):
    """The answers of pairs: better, worse, what differs where that is known, and each pair's conversation."""

    chosen: list[str]
    rejected: list[str]
    right: list[str]
    wrong: list[str]
    ids: list[str]


def sides_of(made: Sequence[Preference]) -> Sides:
    """The last message of each side."""
    return Sides(
        [p.chosen[-1].content for p in made],
        [p.rejected[-1].content for p in made],
        [p.right for p in made],
        [p.wrong for p in made],
        [p.id.partition("/")[0] for p in made],
    )


def word_figures(sides: Sides) -> dict[str, Any]:
    """AUC of a bag of words, with and without what was broken, the words that tell most, and the best single word."""
    import numpy as np
    from sklearn.feature_extraction.text import CountVectorizer

    reader = CountVectorizer(token_pattern=WORD, min_df=2, dtype=np.float64)
    try:
        counts = reader.fit_transform([*sides.chosen, *sides.rejected])
    except ValueError:  # no word stands in two texts
        return {
            "auc": 0.5,
            "auc_all": 0.5,
            "auc_masked": None,
            "tell_tale": {"chosen": [], "rejected": []},
            "one_word": None,
        }
    words, bags = reader.get_feature_names_out(), (counts > 0).astype(np.float64)
    masked = None
    if all(one or other for one, other in zip(sides.right, sides.wrong, strict=True)):
        left = counts - reader.transform([*sides.right, *sides.wrong])
        masked = _auc((left > 0).astype(np.float64), sides.ids)
    return {
        "auc": _auc(bags, sides.ids),
        "auc_all": _auc(bags, sides.ids, fitted=len(sides.ids)),
        "auc_masked": masked,
        "tell_tale": _tell_tale(bags, words, len(sides.chosen)),
        "one_word": _one_word(bags, words, len(sides.chosen)),
    }


def form_auc(sides: Sides) -> float:
    """AUC of marks, digits, capitals and line breaks for each word, and of how the text opens and ends."""
    import numpy as np

    chosen, rejected = sides.chosen[:FORM_READ], sides.rejected[:FORM_READ]
    return _auc(np.array([_form(t) for t in (*chosen, *rejected)]), sides.ids[:FORM_READ], scaled=True)


def edge_auc(sides: Sides) -> float:
    """AUC of the first and the last words with their places: what stands where, such as comfort that always opens."""
    from sklearn.feature_extraction.text import CountVectorizer

    reader = CountVectorizer(analyzer=_edges, min_df=2)
    try:
        return _auc(reader.fit_transform([*sides.chosen, *sides.rejected]), sides.ids)
    except ValueError:  # every text opens and ends in its own words
        return 0.5


def length_auc(sides: Sides) -> float:
    """AUC of the number of words alone, whichever side is the longer."""
    from sklearn.metrics import roc_auc_score

    words = [word_count(t) for t in (*sides.chosen, *sides.rejected)]
    auc = float(roc_auc_score(_verdicts(len(sides.ids)), words))
    return round(max(auc, 1 - auc), 3)


def _auc(features: Any, ids: list[str], scaled: bool = False, fitted: int = FITTED) -> float:
    """Mean AUC over the folds of a logistic regression that is fitted on `fitted` of the other folds' pairs."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model: Any = LogisticRegression(solver="liblinear", max_iter=200)
    model = make_pipeline(StandardScaler(), model) if scaled else model
    pairs, verdicts = len(ids), _verdicts(len(ids))
    # Which fold each conversation is in is drawn, so that the order of the file does not matter.
    places = np.unique(ids, return_inverse=True)[1]
    drawn = np.random.default_rng(SEED).permutation(places.max() + 1)[places]
    folds, found = min(FOLDS, len(set(ids))), []
    if folds < 2:
        return 0.5
    for fold in range(folds):
        inside = np.flatnonzero(drawn % folds == fold)
        outside = np.flatnonzero(drawn % folds != fold)
        outside = outside[np.argsort(drawn[outside], kind="stable")][:fitted]
        seen, unseen = (np.concatenate([part, part + pairs]) for part in (outside, inside))
        model.fit(features[seen], verdicts[seen])
        found.append(roc_auc_score(verdicts[unseen], model.decision_function(features[unseen])))
    return round(float(np.mean(found)), 3)


def _verdicts(pairs: int) -> Any:
    import numpy as np

    return np.repeat([1, 0], pairs)


def _tell_tale(bags: Any, words: Any, pairs: int) -> dict[str, list[dict[str, Any]]]:
    """The words with the largest weights towards each side, with the share of each side's answers that hold them."""
    from sklearn.linear_model import LogisticRegression

    weights = LogisticRegression(solver="liblinear", max_iter=200).fit(bags, _verdicts(pairs)).coef_[0]
    order, shares = weights.argsort(), _shares(bags, pairs)

    def told(places: Any) -> list[dict[str, Any]]:
        return [
            {"word": str(words[i]), "weight": round(float(weights[i]), 2),
             "chosen": round(float(shares[0][i]), 3), "rejected": round(float(shares[1][i]), 3)}
            for i in places if abs(weights[i]) > 0.01
        ]  # fmt: skip

    return {"chosen": told(order[::-1][:TOLD]), "rejected": told(order[:TOLD])}


def _one_word(bags: Any, words: Any, pairs: int) -> dict[str, Any]:
    """For each side the word whose share of its answers is furthest above its share of the other side's."""
    chosen, rejected = _shares(bags, pairs)
    best = {}
    for side, gap in (("chosen", chosen - rejected), ("rejected", rejected - chosen)):
        best[side] = {"word": str(words[gap.argmax()]), "gap": round(float(gap.max()), 3)}
    return best


def _shares(bags: Any, pairs: int) -> tuple[Any, Any]:
    import numpy as np

    return np.asarray(bags[:pairs].mean(axis=0)).ravel(), np.asarray(bags[pairs:].mean(axis=0)).ravel()


def _form(text: str) -> list[float]:
    words, last = max(1, word_count(text)), text.rstrip()[-1:]
    capitals, digits = (sum(map(is_kind, text)) / words for is_kind in (str.isupper, str.isdigit))
    shouted = sum(w.isupper() and len(w) > 1 for w in text.split()) / words
    opening = [float(text[:1].islower()), float(text != text.strip()), text.count("  ") / words]
    return [*(text.count(mark) / words for mark in MARKS), capitals, digits, shouted, *opening,
            *(float(last == mark) for mark in MARKS)]  # fmt: skip


def _edges(text: str) -> list[str]:
    words = TOKEN.findall(text.lower())
    first = [f"{i}:{w}" for i, w in enumerate(words[:EDGE])]
    return [*first, *(f"-{i}:{w}" for i, w in enumerate(words[: -EDGE - 1 : -1], start=1))]
