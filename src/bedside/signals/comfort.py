"""Comfort acts and anti-acts in a doctor's words, with their places. Pure: text in, findings out.

Acts (after NURSE: Back, Arnold & Tulsky 2009): `names` the feeling, `legitimises` it, `respects` what the patient did,
`supports` beyond the facts, `explores` by inviting more. Anti-acts: `false_reassurance` (unconditional, unexplained),
`minimises`, `claims_experience`, `formulaic` (a stock opener). At most one finding of a kind a sentence. Rules are data
(`data/comfort_*.yaml`). Irony, and comfort in words that the rules do not know, are not seen.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.core.text import sentences
from bedside.signals.reassurance import false_reassurance

__all__ = [
    "ACTS",
    "ANTI_ACTS",
    "COMFORTING",
    "Finding",
    "anti_acts",
    "comfort_acts",
    "comforts",
    "emotion_words",
    "lowered",
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


# Stands for each letter of a feeling word while the rules are matched, so that a rule need not spell out all of them.
MARK = "\u01c2"


class Finding(msgspec.Struct, frozen=True):
    """What was read at `text[start:end]`; `label` says more where there is more to say (the emotion's name)."""

    kind: Kind
    start: int
    end: int
    text: str
    label: str = ""


class Rules(msgspec.Struct, frozen=True):
    clinical: re.Pattern[str]
    feeling: re.Pattern[str]
    answers_none: re.Pattern[str]
    conditional: re.Pattern[str]
    kinds: dict[str, re.Pattern[str]]
    emotions: dict[str, re.Pattern[str]]


def comfort_acts(text: str, language: Language) -> tuple[Finding, ...]:
    """The comfort acts of a doctor's text, in order of place."""
    return tuple(_findings(text, _rules(language), ACTS))


def anti_acts(text: str, language: Language) -> tuple[Finding, ...]:
    """What only looks like comfort, in order of place; a conditional or explained reassurance is not false."""
    found = _findings(text, _rules(language), OTHER_ANTI_ACTS)
    found += [Finding("false_reassurance", f.start, f.end, f.text) for f in false_reassurance(text, language)]
    return tuple(sorted(found, key=lambda f: (f.start, f.end)))


def comforts(text: str, language: Language) -> bool:
    """Whether a text answers a feeling: it names or legitimises it, or respects what the patient did."""
    return any(finding.kind in COMFORTING for finding in comfort_acts(text, language))


def emotion_words(text: str, language: Language) -> tuple[Finding, ...]:
    """Where the writer of a text names a feeling of their own, labelled with the emotion.

    Medical terms (anxiety disorder) are not feelings.
    """
    rules = _rules(language)
    bare = _without_clinical(lowered(text), rules)
    found = [
        Finding("emotion", m.start(), m.end(), text[m.start() : m.end()], emotion)
        for emotion, pattern in rules.emotions.items()
        for m in pattern.finditer(bare)
    ]
    return tuple(sorted(found, key=lambda f: (f.start, f.end)))


def lowered(text: str) -> str:
    """In lower case, each character at its place: rules are read three times as fast where case is settled."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(small if len(small := character.lower()) == 1 else character for character in text)  # İ is two


def without_terms(text: str, language: Language) -> str:
    """A lower-case text with its medical terms (anxiety disorder) blanked out; all else stays at its place."""
    return _without_clinical(text, _rules(language))


def _findings(text: str, rules: Rules, kinds: tuple[Kind, ...]) -> list[Finding]:
    found, start = [], 0
    for sentence in sentences(text):
        bare = _without_clinical(lowered(sentence), rules)
        marked = rules.feeling.sub(_marked, _blanked(bare, rules.answers_none))
        reassured = rules.kinds["false_reassurance"].search(bare)
        for kind in kinds:
            if reassured and kind in COMFORTING:
                continue  # "there is nothing to worry about" holds a feeling word, but does not answer the feeling
            match = rules.kinds[kind].search(marked if kind in ACTS else bare)
            if match:
                span = (start + match.start(), start + match.end())
                found.append(Finding(kind, *span, text[slice(*span)]))
        start += len(sentence)
    return found


def _without_clinical(text: str, rules: Rules) -> str:
    """The text with medical terms blanked out, at the same length so that places stay true."""
    return _blanked(text, rules.clinical)


def _blanked(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda m: "#" * len(m[0]), text)


def _marked(match: re.Match[str]) -> str:
    return MARK * len(match[0])


@cache
def _rules(language: Language) -> Rules:
    emotions: dict[str, dict[str, list[str]]] = load_yaml(f"signals/data/emotions_{language}.yaml")
    rules = load_yaml(f"signals/data/comfort_{language}.yaml")
    edge = r"\b" if language == "en" else ""
    feelings = _any([word for lists in emotions.values() for word in lists["words"]], edge)
    return Rules(
        clinical=_compiled(rules["clinical"]),
        feeling=_compiled([feelings]),
        answers_none=_compiled(rules["answers_none"]),
        conditional=_compiled([rules["conditional"]]),
        kinds={
            kind: _compiled([r.replace("{emotion}", f"{MARK}{{1,40}}") for r in rules[kind]])
            for kind in (*ACTS, *ANTI_ACTS)
        },
        emotions={name: _compiled([_any(lists["words"] + lists["told"], edge)]) for name, lists in emotions.items()},
    )


def _any(words: list[str], edge: str) -> str:
    return f"{edge}(?:{'|'.join(words)}){edge}"


def _compiled(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns))
