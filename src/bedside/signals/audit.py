"""What is wrong with a source consultation, as far as its words show: `audit`. Pure: texts in, defects with places out.

Kinds: `red flag unanswered`, `false reassurance`, `self-start of prescription drug` (with a dose, and with no doctor,
examination or prescription anywhere in the answer), `contradiction` (pairs of statements that are known to exclude each
other; the same drug or food both taken and left), `question unanswered` (it asks for one of the listed things, such as
how long or whether it is inherited, and the answer has no word of that),
`cut off`. Wordings are data (`data/audit_*.yaml`).

It reads words, not medicine: an answer that is wrong, outdated or incomplete in fluent words is not seen, a question
that is touched but not answered counts as answered, and most contradictions need a reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Language, Role, Severity
from bedside.core.text import sentences
from bedside.signals.drug_classes import drug_class, needs_prescription
from bedside.signals.facts import Fact, extract
from bedside.signals.reassurance import false_reassurance
from bedside.signals.urgency import red_flags, urgent_advice

__all__ = ["DEFECTS", "Defect", "DefectKind", "audit"]

DefectKind = Literal[
    "red flag unanswered", "false reassurance", "self-start of prescription drug", "contradiction",
    "question unanswered", "cut off",
]  # fmt: skip
DEFECTS: dict[DefectKind, Severity] = {
    "red flag unanswered": "critical", "false reassurance": "major", "self-start of prescription drug": "major",
    "contradiction": "major", "question unanswered": "minor", "cut off": "major",
}  # fmt: skip
# Classes that do harm soonest when a patient starts them alone.
HIGH_RISK = (
    "opioid",
    "sedative",
    "anticoagulant",
    "antidiabetic",
    "antipsychotic",
    "abortifacient",
    "immunosuppressant",
)
# How much of a question is what is asked; what stands before is what it is about.
ASKED: dict[Language, int] = {"en": 120, "zh": 30}
BOUNDARY = re.compile(r"[.,;!?()\n，。；！？]")


class Defect(msgspec.Struct, frozen=True):
    """A defect, at `[start:end]` of that side's text; `detail` says it in plain words."""

    kind: DefectKind
    severity: Severity
    side: Role
    start: int
    end: int
    detail: str


class Rules(msgspec.Struct, frozen=True):
    patterns: dict[str, re.Pattern[str]]
    contradictions: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]
    intents: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]


def audit(patient: str, doctor: str, language: Language) -> tuple[Defect, ...]:
    """The defects of an answer, the gravest first; the time grows with the length of both texts."""
    rules = _rules(language)
    found = [
        *_red_flags(patient, doctor, language),
        *_reassurances(doctor, language),
        *_self_starts(patient, doctor, language, rules),
        *_contradictions(doctor, rules),
        *_taken_and_left(doctor, language, rules),
        *_questions(patient, doctor, language, rules),
        *_cut_off(doctor, rules),
    ]
    order = ("critical", "major", "minor")
    return tuple(sorted(found, key=lambda d: order.index(d.severity)))


def _red_flags(patient: str, doctor: str, language: Language) -> Iterator[Defect]:
    flags = red_flags(patient, language)
    if flags and not urgent_advice(doctor, language):
        flag = flags[0]
        said = patient[flag.start : flag.end]
        detail = f'the patient says "{said}", and the answer says nothing of how urgent that is'
        yield _defect("red flag unanswered", "patient", (flag.start, flag.end), detail)


def _reassurances(doctor: str, language: Language) -> Iterator[Defect]:
    for finding in false_reassurance(doctor, language):
        said = doctor[finding.start : finding.end]
        yield _defect(
            "false reassurance", "doctor", (finding.start, finding.end), f'"{said}" is promised without reason'
        )


def _self_starts(patient: str, doctor: str, language: Language, rules: Rules) -> Iterator[Defect]:
    """Prescription drugs that the answer starts with a dose. What the patient takes already is not started."""
    start, dosed = rules.patterns["start"], rules.patterns["dosed"]
    if rules.patterns["step"].search(doctor) or not (start.search(doctor) and dosed.search(doctor)):
        return
    own: set[str] | None = None
    place = 0
    for sentence in sentences(doctor):
        opening = start.search(sentence)
        if opening and dosed.search(sentence) and not _left_or_kept(sentence, opening.end(), rules):
            for fact in extract(sentence, language):
                if fact.kind == "drug" and needs_prescription(fact.norm) and fact.start > opening.start():
                    own = {f.norm for f in extract(patient, language) if f.kind == "drug"} if own is None else own
                    if fact.norm not in own and _dosed(sentence, fact, rules):
                        yield _start(fact.text, fact.norm, (place + fact.start, place + fact.end))
        place += len(sentence)


def _left_or_kept(sentence: str, opened: int, rules: Rules) -> bool:
    """Whether what a sentence opens with is a drug to be left, or one that is taken already."""
    leave, kept = rules.patterns["leave"], rules.patterns["continued"]
    return leave.search(sentence, 0, opened + 1) is not None or kept.search(sentence) is not None


def _dosed(sentence: str, fact: Fact, rules: Rules) -> bool:
    """Whether a dose or frequency follows within a few words; what is put on the skin is not counted."""
    near = sentence[fact.start : fact.end + 60]
    spread = rules.patterns["topical"].search(sentence, max(0, fact.start - 25), fact.end + 60)
    return rules.patterns["dosed"].search(near) is not None and spread is None


def _start(said: str, norm: str, span: tuple[int, int]) -> Defect:
    group = drug_class(norm) or ""
    severity: Severity = "critical" if group in HIGH_RISK else "major"
    detail = f'"{said}" ({group}) is to be started with no examination, prescription or doctor in between'
    return Defect("self-start of prescription drug", severity, "doctor", *span, detail)


def _contradictions(doctor: str, rules: Rules) -> Iterator[Defect]:
    for what, one, other in rules.contradictions:
        first = _unconditional(one, doctor, rules)
        second = _unconditional(other, doctor, rules) if first else None
        if first and second:
            span = (min(first.start(), second.start()), max(first.end(), second.end()))
            yield _defect("contradiction", "doctor", span, f'{what}: "{first[0]}" and "{second[0]}"')


def _unconditional(pattern: re.Pattern[str], text: str, rules: Rules) -> re.Match[str] | None:
    """The first match with no condition in its own clause or the one before it."""
    for match in pattern.finditer(text):
        before = BOUNDARY.split(text[max(0, match.start() - 120) : match.start()])
        after = BOUNDARY.split(text[match.end() : match.end() + 60], maxsplit=1)[0]
        if not rules.patterns["conditional"].search(" ".join((*before[-2:], match[0], after))):
            return match
    return None


def _taken_and_left(doctor: str, language: Language, rules: Rules) -> Iterator[Defect]:
    """The same drug or food told to be taken in one clause and to be left in another, neither with a condition."""
    if not (rules.patterns["leave"].search(doctor) and rules.patterns["have"].search(doctor)):
        return
    left, had = _told(doctor, rules)
    things = _things(doctor, left, language, rules) if left and had else {}
    again = _things(doctor, had, language, rules) if things else {}
    for name in things.keys() & again.keys():
        (a, b), (c, d) = things[name], again[name]
        yield _defect("contradiction", "doctor", (min(a, c), max(b, d)), f"{name} is both to be taken and to be left")


def _told(doctor: str, rules: Rules) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The clauses that tell to leave something, and those that tell to take something, neither with a condition."""
    left: list[tuple[int, int]] = []
    had: list[tuple[int, int]] = []
    for start, end in _clauses(doctor, rules):
        leave = rules.patterns["leave"].search(doctor, start, end)
        if (leave or rules.patterns["have"].search(doctor, start, end)) and not rules.patterns["limited"].search(
            doctor, start, end
        ):
            (left if leave else had).append((start, end))
    return left, had


def _things(
    doctor: str, clauses: list[tuple[int, int]], language: Language, rules: Rules
) -> dict[str, tuple[int, int]]:
    """The foods and drugs of some clauses, each with its place."""
    found: dict[str, tuple[int, int]] = {}
    for start, end in clauses:
        found |= {m[0].lower(): m.span() for m in rules.patterns["foods"].finditer(doctor, start, end)}
        drugs = (f for f in extract(doctor[start:end], language) if f.kind == "drug" and "vaccine" not in f.norm)
        found |= {f.norm: (start + f.start, start + f.end) for f in drugs}
    return found


def _clauses(text: str, rules: Rules) -> Iterator[tuple[int, int]]:
    start = 0
    for match in rules.patterns["clause"].finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _questions(patient: str, doctor: str, language: Language, rules: Rules) -> Iterator[Defect]:
    place = 0
    for sentence in sentences(patient):
        if rules.patterns["question"].search(sentence.rstrip()):
            missed = _missed(sentence.rstrip()[-ASKED[language] :], doctor, rules)
            if missed:
                span = (place, place + len(sentence.rstrip()))
                yield _defect("question unanswered", "patient", span, f"the answer does not touch {missed}")
        place += len(sentence)


def _missed(question: str, answer: str, rules: Rules) -> str:
    """What the end of a question asks after and the answer never speaks of, "" where it does or nobody can tell."""
    for name, intent, reply in rules.intents:
        if intent.search(question) and not reply.search(answer):
            return name
    return ""


def _cut_off(doctor: str, rules: Rules) -> Iterator[Defect]:
    text = doctor.rstrip()
    match = rules.patterns["cut_off"].search(text, max(0, len(text) - 24))
    if match and not rules.patterns["ending"].search(text, max(0, len(text) - 30)):
        yield _defect("cut off", "doctor", match.span(), f'the answer ends in "{text[-20:].strip()}"')


def _defect(kind: DefectKind, side: Role, span: tuple[int, int], detail: str) -> Defect:
    return Defect(kind, DEFECTS[kind], side, *span, detail)


@cache
def _rules(language: Language) -> Rules:
    data: dict[str, Any] = load_yaml(f"signals/data/audit_{language}.yaml")
    names = (
        "start",
        "dosed",
        "step",
        "conditional",
        "leave",
        "have",
        "limited",
        "clause",
        "question",
        "cut_off",
        "ending",
        "topical",
        "continued",
    )
    patterns = {name: _compiled(data[name]) for name in names}
    edge = r"\b" if language == "en" else ""
    patterns["foods"] = _compiled(f"{edge}(?:{data['foods']}){edge}")
    return Rules(
        patterns=patterns,
        contradictions=tuple((c["what"], _compiled(c["one"]), _compiled(c["other"])) for c in data["contradictions"]),
        intents=tuple((name, _compiled(ask), _compiled(reply)) for name, (ask, reply) in data["intents"].items()),
    )


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
