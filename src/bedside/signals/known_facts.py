"""Does a text state a fact that is known exactly? Literal, apart from letter case, spacing and dashes."""

from __future__ import annotations

from bedside.core.records import KnownFact

__all__ = ["flat", "states"]

DASHES = str.maketrans({"‐": "-", "‑": "-", "–": "-", "’": "'"})


def flat(text: str) -> str:
    """Lower case, single spaces, plain dashes and apostrophes."""
    return " ".join(text.translate(DASHES).lower().split())


def states(flat_text: str, fact: KnownFact) -> bool:
    """Whether every key of the fact occurs in a text that `flat` has prepared."""
    return all(flat(key) in flat_text for key in fact.keys)
