"""Comfort acts and anti-acts in a doctor's words, with their places. Pure: text in, findings out.

Acts (after NURSE: Back, Arnold & Tulsky 2009): `names` the feeling, `legitimises` it, `respects` what the patient did,
`supports` beyond the facts, `explores` by inviting more. Anti-acts: `false_reassurance` (unconditional, unexplained),
`minimises`, `claims_experience`, `formulaic` (a stock opener). At most one finding of a kind a sentence. Rules are data
(`data/comfort_*.yaml`). Irony, and comfort in words that the rules do not know, are not seen.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.core.text import sentences
from bedside.signals.literals import MARK
from bedside.signals.look import Look, leftmost
from bedside.signals.reassurance import false_reassurance
from bedside.signals.terms import lower

__all__ = [
    "ACTS",
    "ANTI_ACTS",
    "COMFORTING",
    "Finding",
    "Kind",
    "anti_acts",
    "comfort_acts",
    "comforts",
    "doctor_acts",
    "emotion_words",
    "without_terms",
]

Kind = Literal[
    "names", "legitimises", "respects", "supports", "explores",
    "false_reassurance", "minimises", "claims_experience", "formulaic", "emotion",
]  # fmt: skip
ACTS: tuple[Kind, ...] = ("names", "legitimises", "respects", "supports", "explores")
ANTI_ACTS: tuple[Kind, ...] = ("false_reassurance", "minimises", "claims_experience", "formulaic")
OTHER_ANTI_ACTS: tuple[Kind, ...] = ("minimises", "claims_experience", "formulaic")
# Acts that answer a feeling. To support and to explore alone is also what a plain doctor does ("come back if ...").
COMFORTING: tuple[Kind, ...] = ("names", "legitimises", "respects")


class Finding(msgspec.Struct, frozen=True):
    """What was read at `text[start:end]`; `label` says more where there is more to say (the emotion's name)."""

    kind: Kind
    start: int
    end: int
    text: str
    label: str = ""


class Rules(msgspec.Struct, frozen=True):
    """`look` tells which of `patterns` may match, `places` where the patterns of a kind stand among them,
    `kinds` the kind of each.

    `clinical` is the look of the first of them, the clinical ones. `emotions` and `names` are the patterns of feelings
    that are told, each with its emotion; `told` is their look.
    """

    look: Look
    clinical: Look
    patterns: tuple[re.Pattern[str], ...]
    places: dict[str, range]
    kinds: tuple[Kind, ...]
    marked: int
    told: Look
    emotions: tuple[re.Pattern[str], ...]
    names: dict[str, range]


def comfort_acts(text: str, language: Language) -> tuple[Finding, ...]:
    """The comfort acts of a doctor's text, in order of place."""
    return tuple(_findings(text, _rules(language), ACTS))


def anti_acts(text: str, language: Language) -> tuple[Finding, ...]:
    """What only looks like comfort, in order of place; a conditional or explained reassurance is not false."""
    found = _findings(text, _rules(language), OTHER_ANTI_ACTS)
    found += [Finding("false_reassurance", f.start, f.end, f.text) for f in false_reassurance(text, language)]
    return tuple(sorted(found, key=lambda f: (f.start, f.end)))


def doctor_acts(text: str, language: Language) -> tuple[Finding, ...]:
    """The comfort acts and the anti-acts of a doctor's text in one reading; anti-acts in order of place."""
    found = _findings(text, _rules(language), (*ACTS, *OTHER_ANTI_ACTS))
    found += [Finding("false_reassurance", f.start, f.end, f.text) for f in false_reassurance(text, language)]
    return tuple(sorted(found, key=lambda f: (f.start, f.end)))


def comforts(text: str, language: Language) -> bool:
    """Whether a text answers a feeling: it names or legitimises it, or respects what the patient did."""
    return any(finding.kind in COMFORTING for finding in comfort_acts(text, language))


def emotion_words(text: str, language: Language) -> tuple[Finding, ...]:
    """Where the writer of a text names a feeling of their own, labelled with the emotion.

    Medical terms (anxiety disorder) are not feelings.
    """
    rules, bare = _rules(language), lower(text)
    tried = rules.told.tried(rules.told.mask(bare), bare)
    if not tried:
        return ()
    whole, bare = bare, without_terms(bare, language)
    if bare is not whole:
        tried = rules.told.tried(rules.told.mask(bare), bare)
    found = [
        Finding("emotion", m.start(), m.end(), text[m.start() : m.end()], emotion)
        for emotion, places in rules.names.items()
        for m in leftmost([rules.emotions[n] for n in _inside(tried, places)], bare)
    ]
    return tuple(sorted(found, key=lambda f: (f.start, f.end)))


def without_terms(text: str, language: Language) -> str:
    """A lower-case text with its medical terms (anxiety disorder) blanked out; all else stays at its place."""
    rules = _rules(language)
    return _blanked(text, [rules.patterns[n] for n in rules.clinical.tried(rules.clinical.mask(text), text)])


def _findings(text: str, rules: Rules, kinds: tuple[Kind, ...]) -> list[Finding]:
    found, start = [], 0
    for sentence in sentences(text):
        small = lower(sentence)
        found += [
            Finding(kind, start + low, start + high, text[start + low : start + high])
            for kind, low, high in _in_sentence(small, rules, kinds)
        ]
        start += len(sentence)
    return found


def _in_sentence(small: str, rules: Rules, kinds: tuple[Kind, ...]) -> list[tuple[Kind, int, int]]:
    """The kinds found in one sentence, with their places."""
    look = rules.look
    mask = look.mask(small)
    tried = look.tried(mask | (rules.marked if MARK in small else 0), small)
    if not tried:
        return []
    bare = _blanked(small, _chosen(rules, tried, "clinical"))
    plain = tried if bare is small else look.tried(look.mask(bare), bare)
    marked = _blanked(bare, _chosen(rules, tried, "answers_none"))
    marked = _blanked(marked, _chosen(rules, tried, "feeling"), MARK)
    plain = look.tried(mask, bare)
    felt = plain if marked is bare else look.tried(look.mask(marked) | (rules.marked if MARK in marked else 0), marked)
    spans = _firsts(marked, felt, rules, frozenset(kinds).intersection(ACTS))
    spans |= _firsts(bare, plain, rules, frozenset(kinds).difference(ACTS))
    found = [(kind, *spans[kind]) for kind in kinds if kind in spans]
    # "there is nothing to worry about" holds a feeling word, but does not answer the feeling
    if any(kind in COMFORTING for kind, _, _ in found) and any(
        pattern.search(bare) for pattern in _chosen(rules, plain, "false_reassurance")
    ):
        found = [place for place in found if place[0] not in COMFORTING]
    return found


def _firsts(text: str, tried: Sequence[int], rules: Rules, kinds: frozenset[Kind]) -> dict[Kind, tuple[int, int]]:
    """The first place of each kind that is found."""
    spans: dict[Kind, tuple[int, int]] = {}
    for number in tried:
        kind = rules.kinds[number]
        match = rules.patterns[number].search(text) if kind in kinds else None
        if match and (kind not in spans or match.start() < spans[kind][0]):
            spans[kind] = match.span()
    return spans


def _chosen(rules: Rules, tried: Sequence[int], kind: str) -> list[re.Pattern[str]]:
    """The patterns of a kind that are worth trying."""
    return [rules.patterns[n] for n in _inside(tried, rules.places[kind])]


def _inside(tried: Sequence[int], places: range) -> Sequence[int]:
    """Those of the sorted numbers that are in a range."""
    first = bisect_left(tried, places.start)
    return tried[first : bisect_left(tried, places.stop, first)]


def _blanked(text: str, patterns: Sequence[re.Pattern[str]], mark: str = "#") -> str:
    """The text with what the patterns find put out, at the same length so that places stay true."""
    if not patterns:
        return text
    parts, done = [], 0
    for match in leftmost(patterns, text):
        parts += [text[done : match.start()], mark * len(match[0])]
        done = match.end()
    return "".join([*parts, text[done:]]) if done else text


@cache
def _rules(language: Language) -> Rules:
    emotions: dict[str, dict[str, list[str]]] = load_yaml(f"signals/data/emotions_{language}.yaml")
    rules = load_yaml(f"signals/data/comfort_{language}.yaml")
    edge = r"\b" if language == "en" else ""
    rules["feeling"] = [f"{edge}(?:{word}){edge}" for lists in emotions.values() for word in lists["words"]]
    sources, places = _numbered(
        {kind: rules[kind] for kind in ("clinical", "answers_none", "feeling", *ACTS, *ANTI_ACTS)}
    )
    sources = [source.replace("{emotion}", f"{MARK}{{1,40}}") for source in sources]
    told, names = _numbered(
        {name: [f"{edge}(?:{w}){edge}" for w in lists["words"] + lists["told"]] for name, lists in emotions.items()}
    )
    look = Look(sources, language)
    return Rules(
        look=look,
        clinical=Look([sources[n] for n in places["clinical"]], language),
        patterns=tuple(map(re.compile, sources)),
        places=places,
        kinds=tuple(kind for kind, own in places.items() for _ in own),  # type: ignore[misc]  # the data's own names
        marked=look.bits.get(MARK, 0),
        told=Look(told, language),
        emotions=tuple(map(re.compile, told)),
        names=names,
    )


def _numbered(lists: Mapping[str, Sequence[str]]) -> tuple[list[str], dict[str, range]]:
    """All patterns in one list, and where those of each name stand in it."""
    sources: list[str] = []
    places = {}
    for name, patterns in lists.items():
        places[name] = range(len(sources), len(sources) + len(patterns))
        sources += patterns
    return sources, places
