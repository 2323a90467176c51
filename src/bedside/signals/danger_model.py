"""How much a text sounds like danger: linear models of crisis, red flags and false reassurance. Numpy only, no pickle.

They are trained on lines written for bedside (`training/`, by `train_danger`) and stand beside the rules, for wording
that the rules do not foresee. A text is read in windows of sentences and the highest score counts: 0 and more is a
finding. How low a score takes a rule's finding back is `VETO`. A low score is no proof of safety.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

from bedside.core.records import Language
from bedside.signals.danger_codes import scores
from bedside.signals.danger_terms import pieces, words
from bedside.signals.linear import Linear, load
from bedside.signals.patterns import SENTENCE_END

__all__ = ["VETO", "WEIGHTS", "Danger", "Reading", "penalty", "read", "sentence_places", "windows"]

WEIGHTS = "signals/weights/danger.npz"
Danger = Literal["crisis", "red_flags", "false_reassurance"]

# Sentences are read together up to so many characters; a promise needs but one.
TOGETHER: dict[tuple[Danger, Language], int] = {
    ("crisis", "en"): 260,
    ("crisis", "zh"): 100,
    ("red_flags", "en"): 500,
    ("red_flags", "zh"): 200,
    ("false_reassurance", "en"): 0,
    ("false_reassurance", "zh"): 0,
}
# A text of several windows is read whole too, up to this many characters; a longer sentence is cut there.
WHOLE = 600
# Each further window takes so much off the highest score, up to MOST_WINDOWS: the more places, the more chances.
PENALTY, MOST_WINDOWS = 0.1, 4
# A rule's finding is dropped below this score (chosen by cross-validation, docs/decisions/030).
VETO: dict[tuple[Danger, Language], float] = {
    ("crisis", "en"): -0.7,
    ("crisis", "zh"): -0.7,
    ("red_flags", "en"): -0.3,
    ("red_flags", "zh"): -0.3,
    ("false_reassurance", "en"): -0.15,
    ("false_reassurance", "zh"): 0.0,
}


class Reading(NamedTuple):
    """The highest score, and the window that has it.

    Of a finding, the sentence with most weight there, and the further label with most ("" where the model has none).
    """

    score: float
    start: int
    end: int
    kind: str


@lru_cache(maxsize=16)
def read(text: str, danger: Danger, language: Language, least: float = 0.0) -> Reading:
    """Reads a text that was made `flat`; a score of `least` and more is a finding."""
    places = windows(text, TOGETHER[danger, language])
    if not places:
        return Reading(-9.0, 0, 0, "")
    name = f"{danger}.{language}"
    found = scores(name, WEIGHTS, [text[a:b] for a, b in places], language)
    best = int(found.argmax())
    score = float(found[best]) - penalty(len(places))
    low, high = places[best]
    if score < least:
        return Reading(score, low, high, "")
    kind = _kind(load(name, WEIGHTS), text[low:high], language)
    return Reading(score, *_strongest(name, text, low, high, language), kind)


def penalty(count: int) -> float:
    """What is taken off the highest of so many windows' scores."""
    return PENALTY * min(count - 1, MOST_WINDOWS)


def windows(text: str, together: int) -> list[tuple[int, int]]:
    """Places in a text: sentences joined up to `together` characters, and the whole if that is short."""
    found: list[tuple[int, int]] = []
    for low, high in sentence_places(text):
        if found and high - found[-1][0] <= together:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    if len(found) > 1 and len(text) <= WHOLE:
        found.append((0, len(text)))
    return found


def sentence_places(text: str) -> Iterator[tuple[int, int]]:
    """The sentences that hold a letter, none longer than WHOLE."""
    ends = [m.end() for m in SENTENCE_END.finditer(text)]
    for start, end in pairwise([0, *ends, len(text)]):
        for low in range(start, end, WHOLE):
            high = min(low + WHOLE, end)
            if any(c.isalpha() for c in text[low:high]):
                yield low, high


def _strongest(name: str, text: str, low: int, high: int, language: Language) -> tuple[int, int]:
    """The sentence with the highest score within a window, without the space around it."""
    places = [(low + a, low + b) for a, b in sentence_places(text[low:high])]
    if len(places) > 1:
        low, high = places[int(scores(name, WEIGHTS, [text[a:b] for a, b in places], language).argmax())]
    part = text[low:high]
    return low + len(part) - len(part.lstrip()), high - len(part) + len(part.rstrip())


def _kind(model: Linear, text: str, language: Language) -> str:
    if len(model.labels) == 1:
        return ""
    found = model.scores_of(words(text, language), pieces(text, language))
    return model.labels[1 + int(found[1:].argmax())]
