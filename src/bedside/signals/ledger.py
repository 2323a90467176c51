"""The fact ledger: what became of each critical fact of an original in its rewrite.

A fact is `kept` when the rewrite states its equivalent; `changed` when the rewrite states another of the same kind that
the original does not, or turns it round (negation, certainty, the opposite word); otherwise `lost`. What only the
rewrite states is `added`. Besides facts that have a name or a number, whole statements and questions are followed by
their words. Comfort sentences state no facts, and what the doctor repeats of the patient's words is not added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache


from bedside.core.phrases import load_yaml
from bedside.core.records import Language, LedgerEntry, Outcome, Role, Severity
from bedside.signals.comfort import comfort_acts
from bedside.signals.facts import SEVERITY, Fact, FactKind
from bedside.signals.reading import Reading, read_text
from bedside.signals.statements import asserted, complaints, statements
from bedside.signals.terms import lower

__all__ = ["compare"]

LEFT_OUT: dict[Role, frozenset[str]] = {
    # A patient forbids nothing and orders no urgency; a doctor's answer may leave out who the patient spoke of.
    "patient": frozenset({"prohibition", "urgency"}),
    "doctor": frozenset({"relation"}),
}
NUMBERED = frozenset({"number", "age", "dose", "lab value", "frequency", "duration"})
NAMED = frozenset({"drug", "diagnosis", "symptom", "test", "timing", "laterality"})
# Who a patient need not name again.
ACQUAINTANCES = frozenset({"friend", "colleague", "neighbour", "roommate"})
# 其父, 妈: one character names the person.
SHORT_RELATIONS = {"father": "父", "mother": "母", "husband": "夫", "wife": "妻", "child": "娃"}
# Whom a wider or narrower word may mean.
RELATED = {"child": ("son", "daughter"), "son": ("child",), "daughter": ("child",), "partner": ("husband", "wife"),
           "husband": ("partner",), "wife": ("partner",)}  # fmt: skip
# Characters from a medicine to what is said of how it is taken.
DOSED_WITHIN = 60
SLIGHT = frozenset({"a", "an", "one", "every", "each", "half", "once", "some", "many", "一天", "每天", "每日", "一个", "半天"})
SEVERITIES: dict[str, Severity] = {
    **SEVERITY, "referral": "critical", "statement": "major", "question": "major", "negation": "critical", "certainty": "critical",
    "direction": "critical",
}  # fmt: skip


def compare(
    original: str, rewrite: str, language: Language, side: Role, context: str = ""
) -> tuple[LedgerEntry, ...]:
    """The ledger of one side's words; facts of the original come first, in order of place.

    `context` is what else the writer of the rewrite may speak of: for the doctor, the patient's words.
    """
    before, after = read_text(original, language), read_text(rewrite, language)
    known = read_text(context, language) if context else None
    return (*_facts(before, after, known, side), *_statements(before, after, known, side, (original, rewrite)))


def _facts(before: Reading, after: Reading, known: Reading | None, side: Role) -> Iterator[LedgerEntry]:
    old, new = _told(before, side), _told(after, side)
    replaced = {f.kind for f in new if f.kind in NUMBERED and f not in before.facts and not _amounts_in(f, before)}
    gone = {f for f in old if not _stated(f, after, exactly=f.kind in replaced) and not (_slight(f, before.language, side) and not _dosed(f, old))}
    added = [f for f in new if not _slight(f, after.language, side) and not _counted(f, new) and not _vague(f, side) and not _stated(f, before) and not (known and _stated(f, known))]
    replaced, changed = {f.kind for f in added}, {f.kind for f in gone}
    for fact in _once(old):
        yield _entry(fact, side, "kept" if fact not in gone else "changed" if fact.kind in replaced else "lost")
    # A fact that replaced another is told of as `changed` once, at the original's place.
    for fact in _once(added):
        if fact.kind not in changed:
            yield _entry(fact, side, "added")


def _dosed(fact: Fact, facts: tuple[Fact, ...]) -> bool:
    """Whether a quantity belongs to a medicine: a drug or dose stands shortly before it."""
    return fact.kind == "prohibition" or any(
        f.kind in ("drug", "dose") and 0 <= fact.start - f.end < DOSED_WITHIN for f in facts
    )


def _slight(fact: Fact, language: Language, side: Role) -> bool:
    """Whether a fact may be a way of speaking ("every day", "do not blame yourself"), so that to add it says nothing."""
    if fact.kind == "prohibition":
        return not any(word in fact.norm.split() if language == "en" else word in fact.norm for word in _activities(language))
    if fact.kind in ("symptom", "diagnosis", "test", "timing"):
        return fact.norm in _everyday(side) or lower(fact.text) in _everyday(side)
    if fact.kind == "frequency" and fact.norm.endswith(" times"):
        return True
    return fact.kind in NUMBERED and fact.text.split(" ")[0].lower() in SLIGHT


def _counted(fact: Fact, facts: tuple[Fact, ...]) -> bool:
    """Whether "two tablets" and the like are spoken of where no medicine is given."""
    return fact.kind == "dose" and fact.text[0].isalpha() and not _dosed(fact, tuple(f for f in facts if f != fact))


def _vague(fact: Fact, side: Role) -> bool:
    """Whether a span of time is a way of speaking (一天天), or the doctor's "some weeks": that adds no fact."""
    return fact.kind == "duration" and (fact.text[0] == "一" or (side == "doctor" and fact.norm.startswith("some ")))


@cache
def _everyday(side: Role) -> frozenset[str]:
    return frozenset(load_yaml("signals/data/everyday.yaml")[side])


@cache
def _activities(language: Language) -> frozenset[str]:
    return frozenset(load_yaml("signals/data/activities.yaml")[language].split())


def _told(reading: Reading, side: Role) -> tuple[Fact, ...]:
    return tuple(f for f in reading.facts if f.kind not in LEFT_OUT[side])


def _amounts_in(fact: Fact, other: Reading) -> bool:
    return (fact.kind, fact.norm) in other.norms or bool(fact.amounts) and other.amounts.issuperset(fact.amounts)


def _stated(fact: Fact, other: Reading, exactly: bool = False) -> bool:
    """Whether the other text states the fact's equivalent; `exactly`: a range as a range, since a new one stands there."""
    if (fact.kind, fact.norm) in other.norms:
        return True
    if fact.kind == "relation":
        return fact.norm in ACQUAINTANCES or SHORT_RELATIONS.get(fact.norm, "\0") in other.small or any(("relation", norm) in other.norms for norm in RELATED.get(fact.norm, ()))
    if fact.kind in NUMBERED:
        return not (exactly and len(fact.amounts) > 1) and _number_stated(fact, other)
    if fact.kind == "prohibition":
        return other.forbids(fact)
    if fact.kind == "urgency":
        return any(f.kind == "urgency" for f in other.facts) or other.hurries()
    return fact.kind in NAMED and (other.says_words(fact) or other.misspells(fact))


def _number_stated(fact: Fact, other: Reading) -> bool:
    """Numbers across wordings: "3 things" and "three things", "24 years old", "at 24", "2 to 3 days" and "every 2-3 days"."""
    if fact.amounts and all(amount in other.amounts for amount in fact.amounts):
        return True
    values = fact.norm.split()[0].split("-")
    if fact.kind in ("number", "age", "lab value") and all(v in other.numbers or other.writes(v) for v in values):
        return True
    return fact.kind == "duration" and len(values) == 2 and _apart(fact, values, other)


def _apart(fact: Fact, values: list[str], other: Reading) -> bool:
    """Whether a range stands as two numbers ("between two and three days")."""
    unit = fact.norm.partition(" ")[2]
    return f"{values[1]} {unit}" in other.amounts and values[0] in other.numbers


def _statements(before: Reading, after: Reading, known: Reading | None, side: Role, texts: tuple[str, str]) -> Iterator[LedgerEntry]:
    changes = [*statements(before, after, side)]
    if side == "doctor":
        diagnoses = frozenset(f.norm for f in after.facts if f.kind == "diagnosis")
        changes += asserted(before, after, known, diagnoses)
    else:
        changes += complaints(before, after)
    for change in changes:
        text = texts[change.outcome != "lost" and change.kind != "statement"][change.start : change.end].strip(" ,.;，。；、")
        yield LedgerEntry(change.kind, side, text, "", change.outcome, SEVERITIES[change.kind])


def _once(facts: Iterable[Fact]) -> list[Fact]:
    """Each (kind, norm) once, at its first place."""
    return list({(f.kind, f.norm): f for f in reversed(list(facts))}.values())[::-1]


def _entry(fact: Fact, side: Role, outcome: Outcome) -> LedgerEntry:
    # To send a patient sooner than the original did harms little.
    severity = "minor" if (fact.kind, outcome) == ("urgency", "added") else SEVERITY[fact.kind]
    return LedgerEntry(fact.kind, side, fact.text, fact.norm, outcome, severity)
