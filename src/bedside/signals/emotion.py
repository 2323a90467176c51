"""Which emotion a patient's words carry, how strongly, whether said or hinted at; and whether it calls for comfort.

Taxonomy and scale are those of `core.records`: intensity 0-3, `explicit concern` where the writer names a feeling of
their own, `implicit cue` where it only shows (after VR-CoDES). English reads word lists and a linear model trained on
GoEmotions, Chinese word lists alone. Irony, feelings told as a story without any of the listed words, and feelings
that sit in the medicine itself ("they found a shadow") are not seen. Crisis is not read here.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Emotion, Language, Mode
from bedside.core.text import sentences
from bedside.signals.comfort import Finding, emotion_words, without_terms
from bedside.signals.linear import load
from bedside.signals.terms import lower

__all__ = ["MAPPED", "EmotionReading", "comfort_need", "emotion_of", "labels_of"]

# GoEmotions' labels that name an emotion of the taxonomy. The others, and hopelessness, loneliness, distrust and
# exhaustion, have no counterpart.
MAPPED: dict[str, Emotion] = {
    "nervousness": "anxiety",
    "fear": "fear",
    "sadness": "sadness",
    "grief": "sadness",
    "disappointment": "sadness",
    "anger": "anger",
    "annoyance": "anger",
    "embarrassment": "shame",
    "remorse": "guilt",
    "confusion": "confusion",
}
# Labels that a sentence of a consultation gets only when it carries the feeling; "I don't know what this is" already
# scores for confusion, and a complaint for disappointment or annoyance.
TRUSTED = frozenset({"nervousness", "fear", "sadness", "grief", "anger", "embarrassment", "remorse"})
# A hint read by the model alone must be this much clearer (log-odds) than on GoEmotions itself.
MARGIN = 0.5
BEFORE, AFTER = 60, 60  # characters around a word in which its degree and its denial are looked for
# Chinese has no data to learn the need for comfort from: a fixed value for each intensity.
NEED_BY_INTENSITY = (0.2, 0.6, 0.8, 0.95)


class EmotionReading(msgspec.Struct, frozen=True):
    """The leading emotion; `findings` are the places that show it and others, each labelled with its emotion."""

    emotion: Emotion
    intensity: int
    mode: Mode
    findings: tuple[Finding, ...]


class Rules(msgspec.Struct, frozen=True):
    cues: dict[Emotion, re.Pattern[str]]
    strong: re.Pattern[str]
    named: dict[Emotion, re.Pattern[str]]
    booster_before: re.Pattern[str]
    booster_after: re.Pattern[str]
    understated: re.Pattern[str]
    softener: re.Pattern[str]
    negation: re.Pattern[str]
    not_denied: re.Pattern[str]
    needs_denial: re.Pattern[str]
    other_person: re.Pattern[str]
    other_sense: re.Pattern[str]
    somatic: re.Pattern[str]


class Degree(msgspec.Struct, frozen=True):
    """A finding with its intensity, and whether the writer names the feeling as their own."""

    finding: Finding
    intensity: int
    own: bool


def emotion_of(text: str, language: Language) -> EmotionReading:
    """The emotion of a patient's text; neutral, 0 and mode `none` where there is none."""
    low = lower(text).replace("’", "'")
    found = [*_named(low, language), *_hinted(low, language)]
    if language == "en" and not emotion_words(low, "en"):  # the model does not hear a denial
        found += _modelled(without_terms(low, "en"))
    if not found:
        return EmotionReading("neutral", 0, "none", ())
    weights: dict[str, float] = {}
    for degree in found:
        weights[degree.finding.label] = weights.get(degree.finding.label, 0.0) + 3.0**degree.intensity
    leading: Any = max(weights, key=weights.__getitem__)
    mine = [degree for degree in found if degree.finding.label == leading]
    mode: Mode = "explicit concern" if any(degree.own for degree in mine) else "implicit cue"
    places = sorted({(d.finding.start, d.finding.end, d.finding.label) for d in found})
    findings = tuple(Finding("emotion", start, end, text[start:end], label) for start, end, label in places)
    return EmotionReading(leading, max(degree.intensity for degree in mine), mode, findings)


def comfort_need(text: str, language: Language) -> float:
    """How likely a clinician would think a word of comfort called for, 0 to 1.

    English: a model trained on patient queries labelled by two people (empathy applicability, emotional reaction).
    Chinese: a fixed value for the intensity read by `emotion_of`, not validated on people's judgement.
    """
    if language == "zh":
        return NEED_BY_INTENSITY[emotion_of(text, "zh").intensity]
    return 1 / (1 + math.exp(-float(load("need").scores(text)[0])))


def labels_of(text: str) -> tuple[str, ...]:
    """GoEmotions' labels of an English text (27 emotions and neutral), those above their threshold."""
    model = load("emotions")
    return tuple(label for label, score in zip(model.labels, model.scores(text), strict=True) if score >= 0)


def _named(text: str, language: Language) -> list[Degree]:
    """Feelings that are named: the writer's own with their degree, another person's as a cue of intensity 1."""
    rules = _rules(language)
    other = _covered(text, rules.other_sense)
    found = [_degree(finding, text, rules) for finding in _outright(text, rules)]
    for finding in emotion_words(text, language):
        before = text[max(0, finding.start - BEFORE) : finding.start]
        if any(other[finding.start : finding.end]):
            continue
        if _denied(before, rules) == bool(rules.needs_denial.search(finding.text)):
            found.append(_degree(finding, text, rules))
    return found


def _covered(text: str, pattern: re.Pattern[str]) -> bytearray:
    """For each character 1 where the pattern holds."""
    covered = bytearray(len(text))
    for match in pattern.finditer(text):
        covered[match.start() : match.end()] = b"\1" * len(match[0])
    return covered


def _outright(text: str, rules: Rules) -> list[Finding]:
    return [
        Finding("emotion", match.start(), match.end(), match[0], emotion)
        for emotion, pattern in rules.named.items()
        for match in pattern.finditer(text)
    ]


def _degree(finding: Finding, text: str, rules: Rules) -> Degree:
    before, after = text[max(0, finding.start - BEFORE) : finding.start], text[finding.end : finding.end + AFTER]
    own = not rules.other_person.search(before)
    return Degree(finding, _intensity(finding.text, before, after, rules) if own else 1, own)


def _denied(before: str, rules: Rules) -> bool:
    match = rules.negation.search(before)
    return match is not None and not rules.not_denied.search(before[max(0, match.start() - 12) :])


def _intensity(word: str, before: str, after: str, rules: Rules) -> int:
    if rules.softener.search(before):
        return 1
    strong = rules.strong.search(word) or rules.booster_before.search(before) or rules.booster_after.search(after)
    return 3 if strong and not rules.understated.search(before) else 2


def _hinted(low: str, language: Language) -> list[Degree]:
    """Feelings that only show, by a listed cue."""
    return [
        Degree(Finding("emotion", match.start(), match.end(), match[0], emotion), 1, False)
        for emotion, pattern in _rules(language).cues.items()
        for match in pattern.finditer(low)
    ]


def _modelled(text: str) -> list[Degree]:
    """Feelings that only show, as the model reads them in a sentence."""
    model, somatic, found, start = load("emotions"), _rules("en").somatic, [], 0
    for sentence in sentences(text):
        scores = model.scores(sentence) if not somatic.search(sentence) else ()
        for label, score in zip(model.labels, scores, strict=False):
            if label in TRUSTED and score >= MARGIN:
                end = start + len(sentence.rstrip())
                finding = Finding("emotion", start, end, text[start:end], MAPPED[label])
                found.append(Degree(finding, 1, False))
        start += len(sentence)
    return found


@cache
def _rules(language: Language) -> Rules:
    data = load_yaml(f"signals/data/cues_{language}.yaml")
    cues, named = (
        {emotion: _compiled(patterns) for emotion, patterns in data.pop(part).items()} for part in ("cues", "named")
    )
    return Rules(cues=cues, named=named, **{name: _compiled(patterns) for name, patterns in data.items()})


def _compiled(patterns: str | list[str]) -> re.Pattern[str]:
    return re.compile("|".join([patterns] if isinstance(patterns, str) else patterns))
