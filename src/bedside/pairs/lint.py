"""The shortcut lint: can surface words tell chosen answers from rejected? Then a model may learn only those words.

Plain answers differ from comforting ones by their comforting words: that is the lesson. So each kind of rejected answer
is read apart, and only the warm-but-wrong kinds are held to the bars.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from bedside.core.records import Preference
from bedside.core.text import word_count

__all__ = ["lint"]

# Above this AUC a bag of words nearly knows the verdict; below, the model has to read.
MAX_AUC, MAX_LENGTH_GAP, MIN_PAIRS = 0.9, 0.25, 20


def lint(made: list[Preference]) -> dict[str, Any]:
    """Figures for each kind: pairs, bag-of-words AUC (5-fold, pairs kept together), length gap, most common opener."""
    kinds = sorted({_family(p.kind) for p in made})
    return {kind: _figures([p for p in made if _family(p.kind) == kind], kind) for kind in kinds}


def _family(kind: str) -> str:
    return kind.partition(":")[0]


def _figures(made: list[Preference], kind: str) -> dict[str, Any]:
    chosen, rejected = ([p.chosen[0].content for p in made], [p.rejected[0].content for p in made])
    words = [sum(word_count(t) for t in side) / len(side) for side in (chosen, rejected)]
    openers = Counter(" ".join(text.split()[:4]) for text in rejected)
    figures: dict[str, Any] = {
        "pairs": len(made),
        "words_chosen": round(words[0], 1),
        "words_rejected": round(words[1], 1),
        "length_gap": round(abs(words[0] - words[1]) / max(words[0], 1), 3),
        "commonest_opener_share": round(openers.most_common(1)[0][1] / len(made), 3),
        "bag_of_words_auc": _auc(chosen, rejected) if len(made) >= MIN_PAIRS else None,
    }
    figures["verdict"] = _verdict(figures, kind)
    return figures


def _auc(chosen: list[str], rejected: list[str]) -> float:
    import numpy as np
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict

    bags = CountVectorizer(binary=True, token_pattern=r"(?u)[\u3400-\u9fff]|\b\w+\b", min_df=2).fit_transform(
        [*chosen, *rejected]
    )
    verdicts = np.repeat([1, 0], len(chosen))
    pairs = np.tile(np.arange(len(chosen)), 2)
    scores = cross_val_predict(
        LogisticRegression(max_iter=1000),
        bags,
        verdicts,
        groups=pairs,
        cv=GroupKFold(5),
        method="decision_function",
    )
    return round(float(roc_auc_score(verdicts, scores)), 3)


def _verdict(figures: dict[str, Any], kind: str) -> str:
    if kind in ("plain", "unneeded comfort"):
        return "differs by comfort, as meant"
    if figures["bag_of_words_auc"] is None:
        return f"too few pairs to tell (fewer than {MIN_PAIRS})"
    if figures["bag_of_words_auc"] > MAX_AUC:
        return f"shortcut: words alone tell the sides apart (AUC above {MAX_AUC})"
    if figures["length_gap"] > MAX_LENGTH_GAP:
        return f"shortcut: length alone tells the sides apart (gap above {MAX_LENGTH_GAP:.0%})"
    return "acceptable"
