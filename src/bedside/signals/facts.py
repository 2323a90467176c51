"""Critical medical facts in a text, with their places and a comparable form. Pure: text in, facts out; `en` and `zh`.

Equivalent wordings share one `norm`: quantities as in `quantities`, names as in `terms`. Diagnoses and symptoms are
those of the word lists; what is said in other words is compared clause by clause in `ledger`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Language, Severity
from bedside.signals.look import Look, leftmost
from bedside.signals.numbers import spoken_numbers
from bedside.signals.quantities import quantities
from bedside.signals.terms import Term, lower, terms

__all__ = ["SEVERITY", "Fact", "FactKind", "extract", "spoken_numbers"]

FactKind = Literal[
    "dose", "lab value", "frequency", "duration", "age", "number", "timing", "drug", "test", "diagnosis", "symptom",
    "relation", "laterality", "prohibition", "urgency",
]  # fmt: skip
SEVERITY: dict[FactKind, Severity] = {
    "dose": "critical", "frequency": "critical", "drug": "critical", "prohibition": "critical", "urgency": "critical",
    "laterality": "critical", "lab value": "critical", "duration": "major", "timing": "major", "test": "major",
    "number": "major", "age": "major", "diagnosis": "major", "symptom": "major", "relation": "major",
}  # fmt: skip


class Fact(msgspec.Struct, frozen=True, gc=False):
    """A fact as it stands at `text[start:end]`, and its comparable form."""

    kind: FactKind
    text: str
    norm: str
    start: int
    end: int
    amounts: tuple[str, ...] = ()


class Advice(msgspec.Struct, frozen=True):
    """How prohibition and each level of urgency are said, what follows "do not" in comfort, and words of no content.

    `look` tells which of `patterns` may match, `places` where those of a kind stand among them.
    """

    look: Look
    patterns: tuple[re.Pattern[str], ...]
    places: dict[str, range]
    soothing: re.Pattern[str]
    empty: frozenset[str]


def extract(text: str, language: Language, names: tuple[Term, ...] | None = None) -> tuple[Fact, ...]:
    """The facts of a text in order of place; a stretch of text belongs to one quantity only.

    `names` are its terms, where they are known already.
    """
    named = terms(text, language) if names is None else names
    counted = quantities(text)
    places = {place for t in named for place in range(t.start, t.end)} if counted else ()
    facts = [
        Fact(q.kind, text[q.start : q.end].strip(), q.norm, q.start, q.end, q.amounts)
        for q in counted
        if q.start not in places
    ]
    facts += [Fact(t.kind, text[t.start : t.end], t.norm, t.start, t.end) for t in named]
    facts += _advised(text, language)
    facts.sort(key=lambda f: (f.start, f.end))
    return tuple(facts)


def _advised(text: str, language: Language) -> list[Fact]:
    """What is forbidden, and what must be done soon."""
    advice, facts = _advice(language), []
    small = lower(text)
    tried = advice.look.tried(advice.look.mask(small), small)
    for kind, places in advice.places.items() if tried else ():
        patterns = [advice.patterns[n] for n in tried if n in places]
        if kind == "prohibition":
            facts += _prohibitions(text, language, leftmost(patterns, small))
        else:
            spans = [m.span() for m in leftmost(patterns, small)]
            facts += [Fact("urgency", text[a:b].strip(), kind, a, b) for a, b in spans]
    return facts


def _prohibitions(text: str, language: Language, matches: Iterator[re.Match[str]]) -> list[Fact]:
    facts, advice = [], _advice(language)
    for match in matches:
        what = text[slice(*match.span(1))].strip()
        if advice.soothing.match(what):
            continue
        words = (
            [w for w in re.findall(r"[\w'’-]+", lower(what)) if w not in advice.empty] if language == "en" else [what]
        )
        if words:
            facts.append(
                Fact("prohibition", text[slice(*match.span())].strip(), " ".join(words), match.start(), match.end())
            )
    return facts


@cache
def _advice(language: Language) -> Advice:
    data: dict[str, Any] = load_yaml("signals/data/advice.yaml")
    chinese = re.compile("[\u3400-\u9fff]")
    sources: list[str] = []
    places = {}
    for kind, patterns in {"prohibition": data["prohibition"], **data["urgency"]}.items():
        own = [p for p in patterns if (chinese.search(p) is not None) == (language == "zh")]
        places[kind] = range(len(sources), len(sources) + len(own))
        sources += own
    return Advice(
        look=Look(sources, language),
        patterns=tuple(re.compile(p, re.MULTILINE) for p in sources),
        places=places,
        soothing=re.compile(data["soothing"], re.IGNORECASE | re.MULTILINE),
        empty=frozenset(data["empty"].split()),
    )
