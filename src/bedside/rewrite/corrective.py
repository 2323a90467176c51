"""The gate on a false belief: the patient gains exactly one, and the doctor corrects it out of the original answer.

The rewriter names three stretches of text: the belief as the patient says it, the sentence that corrects it, and the
words of the original that it rests on. Each is looked up; the belief may bring in no name and no number that the
dialogue does not hold, and everything else in the rewrite is compared as in any other recipe. Whether the belief is
false in medicine is not known here: it contradicts what this answer says. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from bedside.core.phrases import load_yaml
from bedside.core.records import FalseBelief, Language, LedgerEntry, Message, Reason, Role, joined
from bedside.core.text import word_count
from bedside.signals import compare
from bedside.signals.equivalents import stated
from bedside.signals.facts import SEVERITY
from bedside.signals.reading import Reading, read_text
from bedside.signals.words import CONTENT

__all__ = ["belief_entries", "belief_ledger", "belief_reasons"]

# A belief is a clause and its correction a sentence or two; longer ones tell more than was asked.
BELIEF_WORDS, CORRECTION_WORDS, LEAST_BASIS_WORDS = 30, 60, 3
Turns = tuple[Message, ...]


def belief_reasons(original: Turns, rewritten: Turns, told: FalseBelief | None, language: Language) -> Iterator[Reason]:
    """What is wrong with the belief, its place, its correction and what that rests on."""
    if told is None or not told.belief.strip():
        yield _patient("Let the patient state one false belief, and name it in `belief`.")
        return
    said, put_right = _turns_with(told.belief, rewritten), _turns_with(told.correction, rewritten)
    if [rewritten[turn].role for turn in said] != ["patient"]:
        yield _patient(f"The patient must say the belief once, in these words: “{told.belief}”.")
    if not [turn for turn in put_right if rewritten[turn].role == "doctor" and all(turn > place for place in said)]:
        yield _doctor(
            f"The doctor must correct the belief after it, in the words of `correction`: “{told.correction}”."
        )
    yield from _bounded(original, told, language)
    yield from _rests(original, told, language)
    yield from _endorsed(original, rewritten, told)


def belief_ledger(original: Turns, rewritten: Turns, told: FalseBelief, language: Language) -> list[LedgerEntry]:
    """The facts of both sides, the belief and its correction aside.

    A fact that the doctor states only within the correction is kept; a name or number that only it states is added.
    """
    before, asked = joined(original, "doctor"), joined(rewritten, "patient")
    context = (joined(original, "patient"), asked)
    patient = compare(context[0], _without(asked, told.belief), language, "patient")
    whole = compare(before, joined(rewritten, "doctor"), language, "doctor", context)
    rest = compare(before, _without(joined(rewritten, "doctor"), told.correction), language, "doctor", context)
    missing = {(e.kind, e.text) for e in whole if e.outcome in ("lost", "changed")}
    kept = {(e.kind, e.text): e for e in whole if e.outcome == "kept"}
    entries = list(patient)
    for entry in rest:
        key = (entry.kind, entry.text)
        if entry.outcome in ("kept", "added") or key in missing:
            entries.append(entry)
        elif key in kept:
            entries.append(kept[key])
    new = [e for e in whole if e.outcome == "added" and e.kind in SEVERITY and e not in entries]
    return entries + new


def belief_entries(told: FalseBelief) -> tuple[LedgerEntry, ...]:
    """What was added on purpose, for the record."""
    return (
        LedgerEntry("belief", "patient", told.belief, told.belief, "added", "minor"),
        LedgerEntry("correction", "doctor", told.correction, told.basis, "added", "minor"),
    )


def _bounded(original: Turns, told: FalseBelief, language: Language) -> Iterator[Reason]:
    """One statement, short, of things that the dialogue speaks of."""
    if word_count(told.belief) > BELIEF_WORDS:
        yield _patient(f"The belief has {word_count(told.belief)} words; one clause of at most {BELIEF_WORDS} will do.")
    if word_count(told.correction) > CORRECTION_WORDS:
        yield _doctor(f"The correction has {word_count(told.correction)} words; at most {CORRECTION_WORDS} will do.")
    if re.search("[?？]", told.belief):
        yield _patient("The belief must be a statement, not a question.")
    if _found(told.belief, joined(original, "patient")) or _found(told.belief, joined(original, "doctor")):
        yield _patient("The belief must be new: the original says these very words.")
    known = [read_text(joined(original, side), language) for side in SIDES]
    for fact in read_text(told.belief, language).facts:
        if fact.kind not in ("urgency", "prohibition") and not any(stated(fact, text) for text in known):
            yield _patient(
                f"The belief brings in a new {fact.kind}: “{fact.text}”. Speak only of what the dialogue holds."
            )


def _rests(original: Turns, told: FalseBelief, language: Language) -> Iterator[Reason]:
    """The basis stands in the answer, and both belief and correction speak of it; the correction says otherwise."""
    if word_count(told.basis) < LEAST_BASIS_WORDS or not _found(told.basis, joined(original, "doctor")):
        yield _doctor(
            f"`basis` must be words of the original answer that contradict the belief, copied: “{told.basis}”."
        )
        return
    belief, correction, basis = (read_text(t, language) for t in (told.belief, told.correction, told.basis))
    if not _touch(belief, correction):
        yield _doctor("The correction must name what the patient believes, in words close to the patient's.")
    if not (_touch(basis, belief) or _touch(basis, correction)):
        yield _doctor("The correction must rest on the words in `basis`; they speak of something else.")
    if not _otherwise(belief, correction):
        yield _doctor("Say plainly that the belief does not hold, and what is so instead.")


def _endorsed(original: Turns, rewritten: Turns, told: FalseBelief) -> Iterator[Reason]:
    """Neither half agreement nor the wrong claim once more."""
    doctor, known = joined(rewritten, "doctor"), joined(original, "doctor").casefold()
    half = _pattern("any").search(doctor)
    if half and half[0].casefold() not in known:
        yield _doctor(f"Do not agree with the belief, not even by half: “{half[0]}”.")
    if _found(told.belief, _without(doctor, told.correction)):
        yield _doctor("Correct the belief once; do not say it again.")


def _touch(one: Reading, other: Reading) -> bool:
    """Whether two texts share a word of content."""
    words = [w for clause in one.clauses for w in clause.words if w.weight >= CONTENT]
    return any(other.says(w.unit, w.term) == 1 for w in words)


def _otherwise(belief: Reading, correction: Reading) -> bool:
    """Whether one of the two denies what the other says, or the correction sets itself against the belief."""
    return _denies(belief) != _denies(correction) or _pattern("contrasts").search(correction.text) is not None


def _denies(text: Reading) -> bool:
    return any(clause.negations for clause in text.clauses)


SIDES: tuple[Role, Role] = ("patient", "doctor")


def _turns_with(words: str, turns: Turns) -> list[int]:
    """The turn of each place where the words stand."""
    return [number for number, turn in enumerate(turns) for _ in _places(words, turn.content)]


def _found(words: str, text: str) -> bool:
    return bool(_places(words, text))


def _places(words: str, text: str) -> list[re.Match[str]]:
    """Where the words stand, whatever their case, spaces and last full stop."""
    parts = words.strip(" \n.。,，;；!！").split()
    if not parts:
        return []
    return list(re.finditer(r"\s+".join(re.escape(part) for part in parts), text, re.IGNORECASE))


def _without(text: str, words: str) -> str:
    for match in reversed(_places(words, text)):
        text = text[: match.start()] + text[match.end() :]
    return text


@cache
def _pattern(part: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{x})" for x in load_yaml("rewrite/data/agreement.yaml")[part]), re.IGNORECASE)


def _patient(detail: str) -> Reason:
    return Reason("belief", "patient", "critical", detail)


def _doctor(detail: str) -> Reason:
    return Reason("correction", "doctor", "critical", detail)
