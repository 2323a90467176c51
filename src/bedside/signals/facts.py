"""Critical medical facts in a text, with their places and a comparable form. Pure: text in, facts out; `en` and `zh`.

Equivalent wordings share one `norm`: quantities as in `quantities`, drugs and tests by the lexicons' normal forms
(brand and generic names, `data/drugs.yaml`, `data/tests.yaml`).

Read are: dose, frequency, duration, age, number, drug, test,
prohibition, urgency. Not read: diagnoses, certainty, conditions, laterality; those stay for a later reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Language, Severity
from bedside.signals.quantities import readers, spoken_numbers

__all__ = ["SEVERITY", "Fact", "FactKind", "extract", "spoken_numbers"]

FactKind = Literal["dose", "frequency", "duration", "age", "number", "drug", "test", "prohibition", "urgency"]
SEVERITY: dict[FactKind, Severity] = {
    "dose": "critical", "frequency": "critical", "drug": "critical", "prohibition": "critical", "urgency": "critical",
    "duration": "major", "test": "major", "number": "major", "age": "major",
}  # fmt: skip
LATIN_WORD = re.compile(r"[A-Za-z0-9]+(?:['’-][A-Za-z0-9]+)*")


class Fact(msgspec.Struct, frozen=True):
    """A fact as it stands at `text[start:end]`, and its comparable form."""

    kind: FactKind
    text: str
    norm: str
    start: int
    end: int


class Lexicon(msgspec.Struct, frozen=True):
    """Names of drugs or tests, for a longest match.

    `norms` gives each name's normal form, `first_words` how many words a name may have by its first, `lengths` the
    lengths of Chinese names by their first two characters, the longest first.
    """

    norms: dict[str, str]
    first_words: dict[str, int]
    lengths: dict[str, tuple[int, ...]]


class Advice(msgspec.Struct, frozen=True):
    """How urgency and prohibition are said."""

    urgency: dict[str, re.Pattern[str]]
    prohibition: re.Pattern[str]
    soothing: re.Pattern[str]
    empty: frozenset[str]


def extract(text: str, language: Language) -> tuple[Fact, ...]:
    """The facts of a text in order of place; a stretch of text belongs to one quantity only."""
    facts = [*_quantities(text), *_names(text, "drug", language), *_names(text, "test", language)]
    facts += _prohibitions(text, language)
    for level, pattern in _advice().urgency.items():
        facts += [_fact("urgency", m, level) for m in pattern.finditer(text)]
    return tuple(sorted(facts, key=lambda f: (f.start, f.end)))


def _quantities(text: str) -> list[Fact]:
    taken: list[tuple[int, int]] = []
    facts = []
    for kind, pattern, norm in readers():
        for match in pattern.finditer(text):
            value = norm(match)
            if value and not any(match.start() < end and start < match.end() for start, end in taken):
                taken.append(match.span())
                facts.append(_fact(kind, match, value))
    return facts


def _fact(kind: FactKind, match: re.Match[str], norm: str) -> Fact:
    return Fact(kind, match[0].strip(), norm, match.start(), match.end())


def _names(text: str, kind: Literal["drug", "test"], language: Language) -> list[Fact]:
    """Names of the lexicon, the longest at each place; Chinese names are looked for in Chinese text only."""
    lexicon = _lexicon(kind)
    found = list(_chinese_names(text, lexicon)) if language == "zh" else []
    # The Latin part of a mixed name (头颅MRI) is not a second one.
    found += [(a, b) for a, b in _latin_names(text, lexicon) if not any(c <= a < d for c, d in found)]
    return [Fact(kind, text[a:b], lexicon.norms[_lower(text[a:b])], a, b) for a, b in found]


def _latin_names(text: str, lexicon: Lexicon) -> Iterator[tuple[int, int]]:
    words = [m.span() for m in LATIN_WORD.finditer(text)]
    lower, place = _lower(text), 0
    while place < len(words):
        start = words[place][0]
        longest = lexicon.first_words.get(lower[slice(*words[place])], 0)
        for last in range(min(place + longest, len(words)) - 1, place - 1, -1):
            if lower[start : words[last][1]] in lexicon.norms:
                yield start, words[last][1]
                place = last
                break
        place += 1


def _chinese_names(text: str, lexicon: Lexicon) -> Iterator[tuple[int, int]]:
    lower, place = _lower(text), 0
    while place < len(text) - 1:
        for length in lexicon.lengths.get(lower[place : place + 2], ()):
            if place + length <= len(text) and lower[place : place + length] in lexicon.norms:
                yield place, place + length
                place += length - 1
                break
        place += 1


def _lower(text: str) -> str:
    """Lower case of the same length, so that places stay true ("İ" would become two characters)."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


@cache
def _lexicon(kind: Literal["drug", "test"]) -> Lexicon:
    entries: dict[str, list[str]] = load_yaml(f"signals/data/{kind}s.yaml")
    norms = {str(name).lower(): str(norm) for norm, names in entries.items() for name in (norm, *names)}
    first_words: dict[str, int] = {}
    lengths: dict[str, set[int]] = {}
    for name in norms:
        words = LATIN_WORD.findall(name)
        if name.isascii() and words:
            first_words[words[0]] = max(first_words.get(words[0], 0), len(words))
        elif not name.isascii():
            lengths.setdefault(name[:2], set()).add(len(name))
    return Lexicon(norms, first_words, {head: tuple(sorted(s, reverse=True)) for head, s in lengths.items()})


def _prohibitions(text: str, language: Language) -> list[Fact]:
    facts, advice = [], _advice()
    for match in advice.prohibition.finditer(text):
        what = next(group for group in match.groups() if group).strip()
        if advice.soothing.match(what):
            continue
        words = (
            [w for w in re.findall(r"[\w'’-]+", what.lower()) if w not in advice.empty] if language == "en" else [what]
        )
        if words:
            facts.append(_fact("prohibition", match, " ".join(words)))
    return facts


@cache
def _advice() -> Advice:
    data: dict[str, Any] = load_yaml("signals/data/advice.yaml")
    flags = re.IGNORECASE | re.MULTILINE
    return Advice(
        urgency={level: re.compile("|".join(patterns), flags) for level, patterns in data["urgency"].items()},
        prohibition=re.compile("|".join(data["prohibition"]), flags),
        soothing=re.compile(data["soothing"], flags),
        empty=frozenset(data["empty"].split()),
    )
