"""Which words of a reply to mark, with their places in code points, and why."""

from __future__ import annotations

from typing import NamedTuple

from bedside.core.records import Item, Score
from bedside.signals import anti_acts, comfort_acts
from bedside.signals.urgency import urgent_advice

__all__ = ["Span", "all_spans", "belief_spans", "comfort_spans", "reference_spans"]

# Scores tell a fact as `kind: words`; a changed one may name what it became after an arrow.
ARROWS = (" -> ", " → ")


class Span(NamedTuple):
    """`text[start:end]`, and what it is: an act, an anti-act, `endorses`, `corrects`, `severe`, `urgent`."""

    start: int
    end: int
    kind: str


def all_spans(item: Item, score: Score, text: str) -> list[Span]:
    """All that is marked in a reply, in order of place."""
    return sorted({*comfort_spans(item, score, text), *belief_spans(item, text)})


def comfort_spans(item: Item, score: Score, text: str) -> list[Span]:
    """Acts, anti-acts (read only where the score has one, for the reader is slow), errors, and late urgent advice."""
    found = [Span(f.start, f.end, f.kind) for f in comfort_acts(text, item.language)] if score.acts else []
    if score.anti_acts:
        found += [Span(f.start, f.end, f.kind) for f in anti_acts(text, item.language)]
    found += [span for error in score.severe_errors for span in _places(_words(error), text, "severe")]
    if item.kind == "red flag":
        advice = urgent_advice(text, item.language)
        found += [Span(a.start, a.end, "urgent") for a in advice if a.level != "routine review"]
    return found


def belief_spans(item: Item, text: str) -> list[Span]:
    """Where the reply bears out or corrects the belief in the very words that the item knows."""
    return [*_places(item.endorses, text, "endorses"), *_places(item.corrects, text, "corrects")]


def reference_spans(item: Item, score: Score) -> list[Span]:
    """Where the reference states what the reply leaves out or states otherwise."""
    words = [word for told in (*score.facts_lost, *score.severe_errors) for word in _words(told)]
    return sorted(set(_places(words, item.reference, "lost")))


def _words(told: str) -> list[str]:
    """The words of a fact: `treatment: ibuprofen, 400 mg` and `dose: 400 mg -> 800 mg` tell two each."""
    words = told.split(": ", 1)[-1]
    for arrow in ARROWS:
        words = words.replace(arrow, ", ")
    return [part for part in dict.fromkeys([words, *words.split(", ")]) if len(part) > 1]


def _places(phrases: list[str] | tuple[str, ...], text: str, kind: str) -> list[Span]:
    """The first place of each phrase, letter case aside."""
    small = text.lower()
    # A letter whose lower case is longer (İ) would move what follows it.
    small = small if len(small) == len(text) else text
    found = [(small.find(phrase.lower()), len(phrase)) for phrase in phrases if phrase]
    return [Span(start, start + length, kind) for start, length in found if start >= 0]
