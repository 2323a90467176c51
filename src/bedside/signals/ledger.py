"""The fact ledger: what became of each critical fact of an original in its rewrite.

A fact is `kept` when the rewrite states its equivalent; `changed` when the rewrite states another of the same kind that
the original does not, or turns it round (negation, certainty, the opposite word); otherwise `lost`. What only the
rewrite states is `added`. Besides facts that have a name or a number, whole statements and questions are followed by
their words. What the doctor repeats of the patient's words is not added. In a freely worded rewrite learnt decisions
(`losses`, `weighing`) judge what is lost; a finding that weighs too little is minor.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from bedside.core.records import Language, LedgerEntry, Outcome, Role, Severity
from bedside.signals.alignment import Change, by_fixed_shares
from bedside.signals.equivalents import NUMBERED, amounts_in, dosed, slight, slightly_added, stated
from bedside.signals.facts import SEVERITY, Fact
from bedside.signals.losses import Traces, losses, traces
from bedside.signals.reading import Reading, read_text
from bedside.signals.statements import departures, statements
from bedside.signals.weighing import Found, weighed

__all__ = ["Item", "compare", "doubted", "items"]

EDGES = " ,.;，。；、"
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
    found = items(before, after, tuple(read_text(text, language) for text in context), side)
    if by_fixed_shares(before, after):
        entries = tuple(_entries(found, (), before, after, side))
    else:
        there = traces(before, after)
        lost = _statements(before, after, losses(before, after, side, there), side)
        entries = (*_entries(found, _doubtful(found, before, after, side, there), before, after, side), *lost)
    if side == "doctor" and all(entry.outcome == "kept" or entry.severity == "minor" for entry in entries):
        # Nothing that has a name: then what else departs from a copied text.
        entries += tuple(_statements(before, after, departures(before, after), side))
    return entries


class Item(NamedTuple):
    """A fact or change, its outcome and place, and the norm of a fact."""

    kind: str
    outcome: Outcome
    start: int
    end: int
    norm: str


def items(before: Reading, after: Reading, known: tuple[Reading, ...], side: Role) -> list[Item]:
    """All that has a name and all that was turned round, before it is weighed."""
    changes = statements(before, after, known, side)
    return [*_facts(before, after, known, side), *(Item(*change, norm="") for change in changes)]


def doubted(found: Iterable[Item]) -> list[Found]:
    """What is not kept, with its place."""
    return [_found(item) for item in found if item.outcome != "kept"]


def _facts(before: Reading, after: Reading, known: tuple[Reading, ...], side: Role) -> Iterator[Item]:
    gone, new = _gone(before, after, side), _new(before, after, known, side)
    added = [f for f in new if not slightly_added(f, _told(after, side), after.language, side)]
    replaced, changed = {f.kind for f in new} | _otherwise_urgent(before, after), {f.kind for f in gone}
    for fact in _once(_told(before, side)):
        outcome: Outcome = "kept" if fact not in gone else "changed" if fact.kind in replaced else "lost"
        yield Item(fact.kind, outcome, fact.start, fact.end, fact.norm)
    # A fact that replaced another is told of as `changed` once, at the original's place.
    for fact in _once(added):
        if fact.kind not in changed:
            yield Item(fact.kind, "added", fact.start, fact.end, fact.norm)


def _doubtful(found: Sequence[Item], before: Reading, after: Reading, side: Role, there: Traces) -> frozenset[Found]:
    """What is found but weighs too little."""
    asked = doubted(found)
    if not asked:
        return frozenset()
    sure = weighed(asked, before, after, side, there, traces(after, before))
    return frozenset(f for f, surely in zip(asked, sure, strict=True) if not surely)


def _entries(
    found: Iterable[Item], doubtful: Collection[Found], before: Reading, after: Reading, side: Role
) -> Iterator[LedgerEntry]:
    """The entries of what was found; what is doubtful is minor."""
    for item in found:
        text = before if _where(item) == "original" else after
        words = text.text[item.start : item.end]
        severity = "minor" if doubtful and _found(item) in doubtful else _severity(item)
        yield LedgerEntry(
            item.kind, side, words if item.norm else words.strip(EDGES), item.norm, item.outcome, severity
        )


def _found(item: Item) -> Found:
    return Found(item.kind, item.outcome, _where(item), item.start, item.end)


def _where(item: Item) -> Literal["original", "rewrite"]:
    """In which text an item stands: a fact that is gone and what is lost in the original, the rest in the rewrite."""
    return "original" if item.outcome in ("kept", "lost") or (item.norm and item.outcome == "changed") else "rewrite"


def _severity(item: Item) -> Severity:
    # To send a patient sooner than the original did harms little.
    return "minor" if (item.kind, item.outcome) == ("urgency", "added") else SEVERITIES[item.kind]


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
        words = text.text[change.start : change.end].strip(EDGES)
        yield LedgerEntry(change.kind, side, words, "", change.outcome, SEVERITIES[change.kind])


def _once(facts: Iterable[Fact]) -> list[Fact]:
    """Each (kind, norm) once, at its first place."""
    return list({(f.kind, f.norm): f for f in reversed(list(facts))}.values())[::-1]
