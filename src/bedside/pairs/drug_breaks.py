"""A drug turned into another real one of a different class. Pure; the classes are known to `signals`."""

from __future__ import annotations

import random
import re
from functools import cache

from bedside.core.records import Language
from bedside.pairs.edits import Break, data, pattern
from bedside.signals import extract
from bedside.signals.drug_classes import drug_class

__all__ = ["drug_breaks"]


def drug_breaks(text: str, language: Language, rng: random.Random) -> list[Break]:
    """Each drug of a known class turned into one of another class that the text does not name.

    A cream becomes a cream. What is not given (allergy to it, its level, a test of it) stays, and so do names of whole
    classes. Where a drug is named once it is taken first: the answer then stays of one piece.
    """
    facts = [f for f in extract(text, language) if f.kind == "drug"]
    norms = [f.norm for f in facts]
    once: list[Break] = []
    again: list[Break] = []
    for fact in facts:
        own, after = drug_class(fact.norm), text[fact.end : fact.end + 24]
        formed = pattern(language, "form_after").match(after)
        if own is None:
            continue
        if (
            fact.norm in data("en")["not_swapped"]
            or pattern(language, "spoken_of").search(text[max(0, fact.start - 40) : fact.start])
            or (formed and not _spread(formed[0]))
        ):
            continue
        others = [n for n, norm in _names(language, bool(formed)) if norm not in norms and drug_class(norm) != own]
        stood = text[fact.start : fact.end].rstrip()
        if others:
            place = Break(fact.start, fact.start + len(stood), rng.choice(others))
            (once if norms.count(fact.norm) == 1 else again).append(place)
    return once or again


def _spread(form: str) -> bool:
    """Whether a form is put on the skin."""
    return re.search(r"cream|ointment|gel|lotion|软膏|乳膏|凝胶|霜|外用|涂", form, re.IGNORECASE) is not None


@cache
def _names(language: Language, topical: bool) -> tuple[tuple[str, str], ...]:
    names = data(language)["drugs_topical" if topical else "drugs"]
    read = [(name, [f.norm for f in extract(name, language) if f.kind == "drug"]) for name in names]
    return tuple((name, norms[0]) for name, norms in read if norms)
