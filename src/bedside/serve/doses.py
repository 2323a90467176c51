"""Doses that cannot be right: above what is ever given, daily where it is once a week, or a decimal slip. Pure.

A dose belongs to the drug before it in the sentence, or right after it. Only plain amounts by mouth in mg are judged,
against `data/doses.yaml` (adults; written generously) and against the doses that the patient told. A dose that passes
is not thereby right: a child's, a wrong drug's or a small error is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.signals.facts import Fact, extract

__all__ = ["BrokenDose", "Dose", "broken_doses", "doses"]

# How far apart a drug and its dose may stand, in characters.
NEAR = 60
MILLIGRAMS = re.compile(r"([\d.]+) mg")
A_DAY = re.compile(r"(?:[\d.]+-)?([\d.]+) a day")
PIECES = re.compile(r"(?:[\d.]+-)?([\d.]+) piece")
SLIPS = (10.0, 100.0, 1000.0)


class Dose(NamedTuple):
    """How much of what, in mg, and how often a day (0 where it is not said); at `text[start:end]`."""

    drug: str
    amount_mg: float
    a_day: float
    start: int
    end: int


Why = Literal["too much at once", "too much in a day", "daily, not weekly", "not what was told"]


class BrokenDose(NamedTuple):
    """A dose that cannot be right, and why."""

    dose: Dose
    why: Why


class Rules(NamedTuple):
    ceilings: dict[str, tuple[float, float]]
    daily_never: frozenset[str]
    once: re.Pattern[str]
    bound: re.Pattern[str]
    warned: re.Pattern[str]


def broken_doses(text: str, language: Language, told: Iterable[Dose] = ()) -> Iterator[BrokenDose]:
    """The doses of a text that cannot be right; `told` are those of the conversation before it."""
    rules = _rules()
    for dose in doses(text, language):
        around = text[max(0, dose.start - NEAR) : dose.end + NEAR].lower()
        before = text[max(0, dose.start - 30) : dose.start].lower()
        if rules.warned.search(before):
            continue
        why = _why(dose, around, rules)
        if why is None and any(_slipped(dose, other) for other in told):
            why = "not what was told"
        if why is not None:
            yield BrokenDose(dose, why)


def doses(text: str, language: Language) -> list[Dose]:
    """The plain doses of a text, in mg."""
    if not any(c.isdigit() for c in text) and language == "en":
        return []
    facts = extract(text, language)
    drugs = [fact for fact in facts if fact.kind == "drug"]
    found = []
    for place, fact in enumerate(facts):
        amount = _milligrams(fact)
        drug = _drug_of(fact, drugs, text) if amount else None
        if drug is not None:
            count, start = _pieces_before(facts, place)
            found.append(Dose(drug.norm, amount * count, _how_often(facts, place, text), start, fact.end))
    return found


def _why(dose: Dose, around: str, rules: Rules) -> Why | None:
    if dose.drug in rules.daily_never and dose.a_day >= 1:
        return "daily, not weekly"
    at_once, in_a_day = rules.ceilings.get(dose.drug, (float("inf"), float("inf")))
    if dose.amount_mg > in_a_day:
        return "too much in a day" if dose.a_day else "too much at once"
    if rules.bound.search(around):
        return None
    if dose.amount_mg > at_once and (dose.a_day >= 2 or rules.once.search(around)):
        return "too much at once"
    return "too much in a day" if dose.a_day >= 2 and dose.amount_mg * dose.a_day > in_a_day else None


def _slipped(dose: Dose, told: Dose) -> bool:
    """Whether two doses of a drug are a decimal point or a unit apart."""
    if dose.drug != told.drug or not told.amount_mg:
        return False
    ratio = max(dose.amount_mg, told.amount_mg) / min(dose.amount_mg, told.amount_mg)
    return any(abs(ratio - slip) < 0.01 * slip for slip in SLIPS)


def _milligrams(fact: Fact) -> float:
    """The highest amount of a dose in mg; 0 for what is no plain one (per kg, in units, of a syrup)."""
    if fact.kind != "dose":
        return 0.0
    amounts = [MILLIGRAMS.fullmatch(amount) for amount in fact.amounts or (fact.norm,)]
    return max((float(m[1]) for m in amounts if m), default=0.0) if "/" not in fact.norm else 0.0


def _drug_of(dose: Fact, drugs: Sequence[Fact], text: str) -> Fact | None:
    before = [d for d in drugs if 0 <= dose.start - d.end <= NEAR]
    after = [d for d in drugs if 0 <= d.start - dose.end <= len(" mg tablets of the ")]
    if after and re.fullmatch(
        r"\s?(?:(?:tablets?|capsules?|pills?) )?(?:of )?(?:the |your )?|的", text[dose.end : after[0].start]
    ):
        return after[0]
    return before[-1] if before else None


def _pieces_before(facts: Sequence[Fact], place: int) -> tuple[float, int]:
    """How many tablets of a strength, where it says so right before it ("8 tablets of 500 mg")."""
    fact, last = facts[place], facts[place - 1] if place else None
    match = PIECES.fullmatch(last.norm) if last is not None and last.kind == "dose" else None
    if last is None or match is None or fact.start - last.end > len(" tablets of "):
        return 1.0, fact.start
    return float(match[1]), last.start


def _how_often(facts: Sequence[Fact], place: int, text: str) -> float:
    """Times a day, as said behind the dose before the next drug or dose; or right before it."""
    dose = facts[place]
    for fact in facts[place + 1 :]:
        if fact.kind == "drug" or fact.start - dose.end > NEAR or (fact.kind == "dose" and _milligrams(fact)):
            break
        match = A_DAY.fullmatch(fact.norm) if fact.kind == "frequency" else None
        if match:
            return float(match[1])
    before = facts[place - 1] if place else None
    match = A_DAY.fullmatch(before.norm) if before is not None and before.kind == "frequency" else None
    return float(match[1]) if match and before is not None and dose.start - before.end <= len("，每次") else 0.0


@cache
def _rules() -> Rules:
    data: dict[str, Any] = load_yaml("serve/data/doses.yaml")
    ceilings = {drug: (float(once), float(day)) for drug, (once, day) in data["ceilings"].items()}
    once, bound, warned = (re.compile("|".join(data[name])) for name in ("once", "bound", "warned"))
    return Rules(ceilings, frozenset(data["daily_never"]), once, bound, warned)
