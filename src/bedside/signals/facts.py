"""Critical medical facts in a text, with their places and a comparable form. Pure: text in, facts out; `en` and `zh`.

Equivalent wordings share one `norm`: quantities as in `quantities`, names as in `terms`. Diagnoses and symptoms are
those of the word lists; what is said in other words is compared clause by clause in `ledger`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Language, Severity
from bedside.signals.quantities import quantities, spoken_numbers
from bedside.signals.terms import lower, terms

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
    """How urgency and prohibition are said, what follows "do not" in comfort, and words that forbid nothing."""

    urgency: dict[str, re.Pattern[str]]
    prohibition: re.Pattern[str]
    soothing: re.Pattern[str]
    empty: frozenset[str]


def extract(text: str, language: Language) -> tuple[Fact, ...]:
    """The facts of a text in order of place; a stretch of text belongs to one quantity only."""
    named = terms(text, language)
    places = {place for t in named for place in range(t.start, t.end)}
    facts = [
        Fact(q.kind, text[q.start : q.end].strip(), q.norm, q.start, q.end, q.amounts)
        for q in quantities(text)
        if q.start not in places
    ]
    facts += [Fact(t.kind, text[t.start : t.end], t.norm, t.start, t.end) for t in named]
    facts += _prohibitions(text, language)
    for level, pattern in _advice(language).urgency.items():
        facts += [Fact("urgency", m[0].strip(), level, m.start(), m.end()) for m in pattern.finditer(text)]
    facts.sort(key=lambda f: (f.start, f.end))
    return tuple(facts)


def _prohibitions(text: str, language: Language) -> list[Fact]:
    facts, advice = [], _advice(language)
    for match in advice.prohibition.finditer(text):
        what = next(group for group in match.groups() if group).strip()
        if advice.soothing.match(what):
            continue
        words = (
            [w for w in re.findall(r"[\w'’-]+", lower(what)) if w not in advice.empty] if language == "en" else [what]
        )
        if words:
            facts.append(Fact("prohibition", match[0].strip(), " ".join(words), match.start(), match.end()))
    return facts


@cache
def _advice(language: Language) -> Advice:
    data: dict[str, Any] = load_yaml("signals/data/advice.yaml")
    flags = re.IGNORECASE | re.MULTILINE

    def spoken(patterns: list[str]) -> re.Pattern[str]:
        own = [p for p in patterns if re.search("[\u3400-\u9fff]", p) is not None]
        return re.compile("|".join(own if language == "zh" else [p for p in patterns if p not in own]), flags)

    return Advice(
        urgency={level: spoken(patterns) for level, patterns in data["urgency"].items()},
        prohibition=spoken(data["prohibition"]),
        soothing=re.compile(data["soothing"], flags),
        empty=frozenset(data["empty"].split()),
    )
