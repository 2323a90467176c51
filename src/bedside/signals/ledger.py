"""The fact ledger: what became of each critical fact of an original in its rewrite.

A fact is `kept` when the rewrite states its equivalent; `changed` when the rewrite states another of the same kind that
the original does not, or turns it round (negation, certainty, the opposite word); otherwise `lost`. What only the
rewrite states is `added`. Besides facts that have a name or a number, whole statements and questions are followed by
their words. What the doctor repeats of the patient's words is not added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedside.core.records import Language, LedgerEntry, Outcome, Role, Severity
from bedside.signals.alignment import Change
from bedside.signals.equivalents import NUMBERED, amounts_in, dosed, slight, slightly_added, stated
from bedside.signals.facts import SEVERITY, Fact
from bedside.signals.reading import Reading, read_text
from bedside.signals.statements import departures, statements

__all__ = ["compare"]

LEFT_OUT: dict[Role, frozenset[str]] = {
    # A patient forbids nothing and orders no urgency; a doctor's answer may leave out who the patient spoke of.
    "patient": frozenset({"prohibition", "urgency"}),
    "doctor": frozenset({"relation"}),
}
SEVERITIES: dict[str, Severity] = {
    **{str(kind): severity for kind, severity in SEVERITY.items()},
    "referral": "critical", "statement": "major", "question": "major", "negation": "critical", "certainty": "critical",
    "direction": "critical",
}  # fmt: skip


def compare(
    original: str, rewrite: str, language: Language, side: Role, context: tuple[str, ...] = ()
) -> tuple[LedgerEntry, ...]:
    """The ledger of one side's words; facts of the original come first, in order of place.

    `context` is what else the writer of the rewrite may speak of: for the doctor, the patient's words.
    """
    before, after = read_text(original, language), read_text(rewrite, language)
    known = tuple(read_text(text, language) for text in context)
    entries = (
        *_facts(before, after, known, side),
        *_statements(before, after, statements(before, after, known, side), side),
    )
    if side == "doctor" and all(entry.outcome == "kept" for entry in entries):
        # Nothing that has a name: then what else departs from a copied text.
        entries += tuple(_statements(before, after, departures(before, after), side))
    return entries


def _facts(before: Reading, after: Reading, known: tuple[Reading, ...], side: Role) -> Iterator[LedgerEntry]:
    gone, new = _gone(before, after, side), _new(before, after, known, side)
    added = [f for f in new if not slightly_added(f, _told(after, side), after.language, side)]
    replaced, changed = {f.kind for f in new} | _otherwise_urgent(before, after), {f.kind for f in gone}
    for fact in _once(_told(before, side)):
        yield _entry(fact, side, "kept" if fact not in gone else "changed" if fact.kind in replaced else "lost")
    # A fact that replaced another is told of as `changed` once, at the original's place.
    for fact in _once(added):
        if fact.kind not in changed:
            yield _entry(fact, side, "added")


def _gone(before: Reading, after: Reading, side: Role) -> set[Fact]:
    """The original's facts that the rewrite does not state."""
    told = _told(before, side)
    new = {f.kind for f in after.facts if f.kind in NUMBERED and not amounts_in(f, before)}
    gone = {f for f in told if not stated(f, after, exactly=f.kind in new)}
    return {f for f in gone if dosed(f, told) or not slight(f, before.language, side)}


def _otherwise_urgent(before: Reading, after: Reading) -> set[str]:
    """Whether the rewrite sends the patient at another speed: what is less urgent is no new fact, but changes one."""
    return {f.kind for f in after.facts if f.kind == "urgency" and (f.kind, f.norm) not in before.norms}


def _new(before: Reading, after: Reading, known: tuple[Reading, ...], side: Role) -> list[Fact]:
    """The rewrite's facts that neither the original nor `known` states, ways of speaking among them."""
    return [f for f in _told(after, side) if not any(stated(f, text) for text in (before, *known))]


def _told(reading: Reading, side: Role) -> tuple[Fact, ...]:
    return tuple(f for f in reading.facts if f.kind not in LEFT_OUT[side])


def _statements(before: Reading, after: Reading, changes: Iterable[Change], side: Role) -> Iterator[LedgerEntry]:
    for change in changes:
        text = before if change.outcome == "lost" or change.kind == "statement" else after
        words = text.text[change.start : change.end].strip(" ,.;，。；、")
        yield LedgerEntry(change.kind, side, words, "", change.outcome, SEVERITIES[change.kind])


def _once(facts: Iterable[Fact]) -> list[Fact]:
    """Each (kind, norm) once, at its first place."""
    return list({(f.kind, f.norm): f for f in reversed(list(facts))}.values())[::-1]


def _entry(fact: Fact, side: Role, outcome: Outcome) -> LedgerEntry:
    # To send a patient sooner than the original did harms little.
    severity = "minor" if (fact.kind, outcome) == ("urgency", "added") else SEVERITY[fact.kind]
    return LedgerEntry(fact.kind, side, fact.text, fact.norm, outcome, severity)
