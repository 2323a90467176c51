"""How much a text sounds like danger: linear models of crisis, red flags and false reassurance. Numpy only, no pickle.

They are trained on lines written for bedside (`training/`, by `train_danger`) and stand beside the rules, for wording
that the rules do not foresee. A text is read in windows of sentences and the highest score counts: 0 and more is a
finding. How low a score takes a rule's finding back is `VETO`. A low score is no proof of safety.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from bedside.core.records import Language
from bedside.signals.danger_codes import Place, label_scores, scores
from bedside.signals.linear import Floats, load
from bedside.signals.patterns import SENTENCE_END

__all__ = [
    "READ_TOGETHER",
    "TOGETHER",
    "VETO",
    "WEIGHTS",
    "Danger",
    "Reading",
    "penalty",
    "read",
    "sentence_places",
    "windows",
]

WEIGHTS = "signals/weights/danger.npz"
Danger = Literal["crisis", "red_flags", "false_reassurance"]

# Dangers of one kind of text: whoever reads one of them mostly reads the others too.
READ_TOGETHER: tuple[tuple[Danger, ...], ...] = (("crisis", "red_flags"), ("false_reassurance",))
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
    together = next(some for some in READ_TOGETHER if danger in some)
    places, found = _scored(text, together, language)[together.index(danger)]
    if not places:
        return Reading(-9.0, 0, 0, "")
    best = int(found.argmax())
    score = float(found[best]) - penalty(len(places))
    low, high = places[best]
    if score < least:
        return Reading(score, low, high, "")
    return Reading(score, *_strongest(text, danger, low, high, language), _kind(danger, text[low:high], language))


@lru_cache(maxsize=16)
def _scored(text: str, together: tuple[Danger, ...], language: Language) -> list[tuple[list[Place], Floats]]:
    """The windows of a text and their scores for each of the dangers that are read together."""
    sentences = list(sentence_places(text))
    if not sentences:
        return [([], np.zeros(0, dtype=np.float32)) for _ in together]
    cuts = [_windows(text, sentences, TOGETHER[danger, language]) for danger in together]
    names = tuple(f"{danger}.{language}" for danger in together)
    return list(zip(cuts, scores(names, WEIGHTS, text, cuts, language), strict=True))


def penalty(count: int) -> float:
    """What is taken off the highest of so many windows' scores."""
    return PENALTY * min(count - 1, MOST_WINDOWS)


def windows(text: str, together: int) -> list[Place]:
    """Places in a text: sentences joined up to `together` characters, and the whole if that is short."""
    return _windows(text, list(sentence_places(text)), together)


def _windows(text: str, sentences: Sequence[Place], together: int) -> list[Place]:
    found: list[Place] = []
    for low, high in sentences:
        if found and high - found[-1][0] <= together:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    if len(found) > 1 and len(text) <= WHOLE:
        found.append((0, len(text)))
    return found


def sentence_places(text: str) -> Iterator[Place]:
    """The sentences that hold a letter, none longer than WHOLE."""
    ends = [m.end() for m in SENTENCE_END.finditer(text)]
    for start, end in pairwise([0, *ends, len(text)]):
        for low in range(start, end, WHOLE):
            high = min(low + WHOLE, end)
            if any(map(str.isalpha, text[low:high])):
                yield low, high


def _strongest(text: str, danger: Danger, low: int, high: int, language: Language) -> Place:
    """The sentence with the highest score within a window, without the space around it."""
    part = text[low:high]
    places = list(sentence_places(part))
    if len(places) > 1:
        found = scores((f"{danger}.{language}",), WEIGHTS, part, [places], language)[0]
        start, end = places[int(found.argmax())]
        low, part = low + start, part[start:end]
    return low + len(part) - len(part.lstrip()), low + len(part.rstrip())


def _kind(danger: Danger, text: str, language: Language) -> str:
    name = f"{danger}.{language}"
    labels = load(name, WEIGHTS).labels
    return labels[1 + int(label_scores(name, WEIGHTS, text, language)[1:].argmax())] if len(labels) > 1 else ""
