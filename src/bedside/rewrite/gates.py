"""The gates: what a rewrite must pass to become training data, each outcome with a reason.

A reason is written so that a model can act on it when asked to try again and a clinician can read it. Pure: nothing
here talks to a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import msgspec

from bedside.core.phrases import load_yaml, phrase_bank
from bedside.core.records import (
    FalseBelief,
    Language,
    LedgerEntry,
    Message,
    PlannedEmotion,
    Reason,
    Recipe,
    Role,
    Severity,
    joined,
)
from bedside.core.text import is_chinese, word_count
from bedside.rewrite.corrective import belief_entries, belief_ledger, belief_reasons
from bedside.rewrite.leakage import leaks
from bedside.rewrite.turns import turn_reasons
from bedside.signals import ANTI_ACTS, Finding, anti_acts, comfort_acts, compare, emotion_words
from bedside.signals.alignment import share_said
from bedside.signals.comfort import doctor_acts
from bedside.signals.crisis import crisis_by_rules
from bedside.signals.emotion import emotion_of
from bedside.signals.reading import read_text
from bedside.signals.words import CONTENT, Word

__all__ = ["Case", "Verdict", "judge"]

# A rewrite may be this much longer or shorter than its original, in words, beyond a free allowance for the comfort.
MAX_LENGTH_RATIO, MIN_LENGTH_RATIO, FREE_WORDS = 1.8, 0.6, 60
SIDES: tuple[Role, Role] = ("patient", "doctor")


class Case(msgspec.Struct, frozen=True):
    """An original, its rewrite, and what was asked of it."""

    language: Language
    original: tuple[Message, ...]
    rewritten: tuple[Message, ...]
    planned: PlannedEmotion
    recipe: Recipe
    false_belief: FalseBelief | None = None


class Verdict(NamedTuple):
    """What the gates found; `ledger` holds both sides' facts. A minor reason is told and turns nothing down."""

    reasons: tuple[Reason, ...]
    ledger: tuple[LedgerEntry, ...]

    @property
    def accepted(self) -> bool:
        return all(reason.severity == "minor" for reason in self.reasons)


def judge(case: Case) -> Verdict:
    """Put a rewrite through all gates. A rewrite of the wrong structure is not read further."""
    structure = tuple(_structure(case))
    if structure:
        return Verdict(structure, ())
    ledger = _ledger(case)
    gates = (_facts(ledger), _shape(case), _patient(case), _doctor(case), _belief(case), _form(case))
    reasons = tuple(reason for gate in gates for reason in gate)
    if case.false_belief is not None and case.recipe == "corrective":
        ledger = (*ledger, *belief_entries(case.false_belief))
    return Verdict(reasons, ledger)


def _ledger(case: Case) -> tuple[LedgerEntry, ...]:
    if case.recipe == "corrective" and case.false_belief is not None:
        return tuple(belief_ledger(case.original, case.rewritten, case.false_belief, case.language))
    entries = [
        entry
        for side in SIDES
        for entry in compare(
            joined(case.original, side), joined(case.rewritten, side), case.language, side, _context(case, side)
        )
    ]
    return tuple(entry for entry in entries if not _calmed(case, entry))


def _calmed(case: Case, entry: LedgerEntry) -> bool:
    """Whether an entry only says that a calm rewrite left out a feeling, or an empty comfort, as it was asked to."""
    if case.recipe != "neutral control" or entry.outcome != "lost" or entry.kind not in ("statement", "prohibition"):
        return False
    if any(fact.kind != "prohibition" for fact in read_text(entry.text, case.language).facts):
        return False
    told = emotion_words if entry.side == "patient" else doctor_acts
    return bool(told(entry.text, case.language))


def _belief(case: Case) -> Iterator[Reason]:
    if case.recipe == "corrective":
        yield from belief_reasons(case.original, case.rewritten, case.false_belief, case.language)


def _form(case: Case) -> Iterator[Reason]:
    yield from _crisis(case)
    yield from leaks(case.original, case.rewritten)
    yield from turn_reasons(case.original, case.rewritten, case.language)


def _crisis(case: Case) -> Iterator[Reason]:
    """Intensity 4 is locked: what is said of suicide, self-harm, overdose or abuse, the original said too."""
    before, after = joined(case.original, "patient"), joined(case.rewritten, "patient")
    said = {f.kind: f for f in crisis_by_rules(after, case.language) if f.mode == "explicit"} if before != after else {}
    if said:
        known = {f.kind for f in crisis_by_rules(before, case.language)}
        for kind, finding in said.items():
            if kind not in known:
                yield Reason("crisis", "patient", "critical", f"Take out the hint at {kind}: “{finding.text}”.")


def _context(case: Case, side: Role) -> tuple[str, ...]:
    """What the doctor may repeat: the patient's words, before and after."""
    return () if side == "patient" else (joined(case.original, "patient"), joined(case.rewritten, "patient"))


def _structure(case: Case) -> Iterator[Reason]:
    before, after = [m.role for m in case.original], [m.role for m in case.rewritten]
    if before != after:
        detail = f"The turns must stay as they are ({', '.join(before)}); the rewrite has {', '.join(after) or 'none'}."
        yield Reason("structure", "doctor", "critical", detail)
        return
    for number, message in enumerate(case.rewritten, start=1):
        if not message.content.strip():
            yield Reason("structure", message.role, "critical", f"Turn {number} is empty.")
    unchanged = case.recipe == "comforting answer" and joined(case.original, "patient") != joined(
        case.rewritten, "patient"
    )
    if unchanged:
        yield Reason("structure", "patient", "critical", "The patient's words must stay exactly as they are.")


# Acts that speak of a feeling, and those that answer one in any way.
MEETS_FEELING, ANSWERS_FEELING = {"names", "legitimises"}, {"names", "legitimises", "respects", "supports"}
SPOKEN_WORDS = 2
# An original's own reassurance, in other words, shares so much with it.
STOOD_SHARE = 0.6
QUOTED_WITHIN = 40
WHAT_TO_DO = {
    "lost": "State it as in the original",
    "changed": "State it exactly as in the original",
    "added": "Take it out; the original does not say it",
}


def _facts(ledger: tuple[LedgerEntry, ...]) -> Iterator[Reason]:
    for entry in ledger:
        if entry.outcome != "kept":
            detail = f"{entry.outcome} {entry.kind}: “{entry.text}”. {WHAT_TO_DO[entry.outcome]}."
            yield Reason("facts", entry.side, entry.severity, detail)


def _shape(case: Case) -> Iterator[Reason]:
    for side in SIDES:
        before, after = joined(case.original, side), joined(case.rewritten, side)
        if is_chinese(before) != is_chinese(after):
            yield Reason("language", side, "critical", "Write in the language of the original.")
        words, had = word_count(after), word_count(before)
        limit = had * MAX_LENGTH_RATIO + FREE_WORDS
        if words > limit:
            yield Reason("length", side, "major", f"{words} words; at most {limit:.0f} for this original. Be briefer.")
        if words < had * MIN_LENGTH_RATIO:
            yield Reason(
                "length",
                side,
                "major",
                f"{words} words for {had} in the original. Leave nothing out.",
            )


def _patient(case: Case) -> Iterator[Reason]:
    if case.recipe == "comforting answer" or case.planned.mode != "explicit concern":
        return
    before, after = joined(case.original, "patient"), joined(case.rewritten, "patient")
    if len(emotion_words(after, case.language)) > len(emotion_words(before, case.language)):
        return
    if len(emotion_of(after, case.language).findings) > len(emotion_of(before, case.language).findings):
        return
    if not _speaks(case, "patient"):
        yield Reason("emotion", "patient", "major", f"The patient must name {case.planned.emotion} in their own words.")


def _doctor(case: Case) -> Iterator[Reason]:
    before, after = joined(case.original, "doctor"), joined(case.rewritten, "doctor")
    found = doctor_acts(after, case.language)
    acts: set[str] = {finding.kind for finding in found}
    if case.planned.emotion == "neutral":
        had = {finding.kind for finding in comfort_acts(before, case.language)} if acts & MEETS_FEELING else set()
        if acts & MEETS_FEELING - had:
            yield Reason("comfort", "doctor", "major", "The patient is calm: answer plainly, without comforting words.")
    elif not acts & ANSWERS_FEELING and not _speaks(case, "doctor"):
        detail = f"Meet the patient's {case.planned.emotion} in the doctor's words before the medical answer."
        yield Reason("comfort", "doctor", "major", detail)
    anti = [finding for finding in found if finding.kind in ANTI_ACTS]
    known = {finding.text.lower() for finding in anti_acts(before, case.language)} if anti else set()
    for finding in anti:
        if finding.text.lower() not in known and not _quoted(after, finding.start) and not _stood(case, finding):
            name = finding.kind.replace("_", " ")
            severity: Severity = "minor" if finding.kind == "formulaic" else "critical"
            yield Reason(finding.kind, "doctor", severity, f"Take out {name}: “{finding.text}”.")


def _stood(case: Case, finding: Finding) -> bool:
    """Whether the sentence of a finding says what a sentence of the original says, of the same kind."""
    before, after = (read_text(joined(m, "doctor"), case.language) for m in (case.original, case.rewritten))
    if not any(f.kind == finding.kind for f in anti_acts(before.text, case.language)):
        return False
    said = [c for c in after.clauses if c.start < finding.end and finding.start < c.end]
    return all(share_said(c, before) >= STOOD_SHARE for c in said)


def _speaks(case: Case, side: Role) -> bool:
    """Whether the rewrite has a sentence of feeling, or of comfort, in words that no rule knows.

    Such a sentence names nothing clinical, says nothing of the original, and has two words of the authored phrase bank.
    """
    before, after = (read_text(joined(m, side), case.language) for m in (case.original, case.rewritten))
    known = _bank_words(case.language, side)
    sentences: dict[int, list[Word]] = {}
    for clause in after.clauses:
        sentences.setdefault(clause.sentence, []).extend(clause.words)
    return any(
        not any(w.term or before.says(w.unit, "") == 1 for w in words if w.weight >= CONTENT)
        and len({w.unit for w in words} & known) >= SPOKEN_WORDS
        for words in sentences.values()
    )


@cache
def _bank_words(language: Language, side: Role) -> frozenset[str]:
    """The words of the bank's sentences of comfort, or of feeling."""
    bank = phrase_bank(language)
    if side == "doctor":
        lines = [x for d in bank.doctor.values() for group in (d.names, d.legitimises, d.respects) for x in group]
    else:
        lines = [x for levels in bank.patient.values() for phrases in levels.values() for x in phrases.train]
    return frozenset(w.unit for line in lines for c in read_text(line, language).clauses for w in c.words)


def _quoted(text: str, place: int) -> bool:
    """Whether the doctor repeats what others said ("being told it's just anxiety")."""
    return _quoting().search(text[max(0, place - QUOTED_WITHIN) : place]) is not None


@cache
def _quoting() -> re.Pattern[str]:
    data: dict[str, str] = load_yaml("rewrite/data/quoting.yaml")
    english, chinese = ("|".join(data[language].split()) for language in ("en", "zh"))
    return re.compile(rf"[{data['marks']}]\w*$|\b(?:{english})\b[^.!?]*$|(?:{chinese})[^。！？]*$", re.IGNORECASE)
