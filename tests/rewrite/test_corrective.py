"""A false belief is one stretch of the patient's words, corrected out of the answer, and nothing else comes with it."""

from __future__ import annotations

import json
import re
from importlib import resources

import msgspec
import pytest

from bedside.core.records import EMOTIONS, Emotion, FalseBelief, Language, Message, PlannedEmotion
from bedside.rewrite.gates import Case, judge
from bedside.rewrite.recipes import FILES, parse

WORRIED = PlannedEmotion("anxiety", 2, "explicit concern")
PATIENT = "The clinic gave me amoxicillin 500 mg three times a day for 7 days. When do I come back?"
DOCTOR = (
    "Take amoxicillin 500 mg three times a day for 7 days. Alcohol does not stop amoxicillin from working. "
    "Do not lie down after a dose. Come back after 7 days."
)
BELIEF = "alcohol stops amoxicillin from working"
BASIS = "Alcohol does not stop amoxicillin from working."
TOLD = FalseBelief(BELIEF, BASIS, BASIS)
SAID = f"I heard that {BELIEF}, and I am so worried about it. {PATIENT}"
ANSWERED = f"I can hear how worried you are about that. {DOCTOR}"


def turns(patient: str, doctor: str) -> tuple[Message, ...]:
    return (Message("patient", patient), Message("doctor", doctor))


def case(patient: str = SAID, doctor: str = ANSWERED, told: FalseBelief | None = TOLD) -> Case:
    return Case("en", turns(PATIENT, DOCTOR), turns(patient, doctor), WORRIED, "corrective", told)


def gates(given: Case) -> list[tuple[str, str]]:
    return [(reason.gate, reason.side) for reason in judge(given).reasons]


def test_one_belief_that_the_answer_contradicts_is_accepted_and_recorded() -> None:
    verdict = judge(case())
    assert verdict.reasons == ()
    added = [e for e in verdict.ledger if e.outcome == "added"]
    assert [(e.kind, e.side, e.text) for e in added] == [
        ("belief", "patient", BELIEF),
        ("correction", "doctor", BASIS),
    ]
    assert {e.outcome for e in verdict.ledger if e not in added} == {"kept"}


def test_the_same_words_without_the_recipe_are_not() -> None:
    plain = msgspec.structs.replace(case(), recipe="distressed query", false_belief=None)
    assert ("facts", "doctor") not in gates(plain)
    assert gates(case(told=None)) == [("belief", "patient")]


def told(**changes: str) -> FalseBelief:
    return msgspec.structs.replace(TOLD, **changes)


def believed(belief: str) -> Case:
    """The rewrite with another belief in the patient's mouth."""
    return case(patient=SAID.replace(BELIEF, belief), told=told(belief=belief))


def corrected(correction: str, **changes: str) -> Case:
    """The rewrite with another correction in the doctor's mouth."""
    return case(doctor=ANSWERED.replace(BASIS, correction), told=told(correction=correction, **changes))


IBUPROFEN, LASTING = BELIEF.replace("alcohol", "ibuprofen"), f"{BELIEF} for 30 days"
ENDORSING, ADDING = "Alcohol stops amoxicillin from working well.", f"{BASIS[:-1]} and paracetamol helps."
UNRELATED = case(
    doctor=f"{ANSWERED} No, it does not stop it.",
    told=told(basis="Come back after 7 days", correction="No, it does not stop it."),
)
BY_DOCTOR = case(patient=f"I am so worried. {PATIENT}", doctor=f"{ANSWERED} {BELIEF}")
FAULTS = [
    # what is wrong, the case, the gate and side that says so
    ("not the patient's words", case(told=told(belief="wine ruins amoxicillin")), ("belief", "patient")),
    ("said twice", case(patient=f"{SAID} Yes, {BELIEF}."), ("belief", "patient")),
    ("said by the doctor", BY_DOCTOR, ("belief", "patient")),
    ("a question", believed(f"{BELIEF}?"), ("belief", "patient")),
    ("a new drug", believed(IBUPROFEN), ("belief", "patient")),
    ("a new number", believed(LASTING), ("belief", "patient")),
    ("too long", believed(BELIEF + " again" * 30), ("belief", "patient")),
    ("another fact slips in", case(patient=f"{SAID} I also have a fever."), ("facts", "patient")),
    ("a fact goes", case(patient=SAID.replace("500 mg ", "")), ("facts", "patient")),
    ("not corrected", case(doctor=ANSWERED.replace(BASIS, "")), ("correction", "doctor")),
    ("not the doctor's words", case(told=told(correction="That is wrong.")), ("correction", "doctor")),
    ("a made up basis", case(told=told(basis="Alcohol is harmless with it.")), ("correction", "doctor")),
    ("a basis of other things", UNRELATED, ("correction", "doctor")),
    ("half agreed", case(doctor=f"You are right to think so. {ANSWERED}"), ("correction", "doctor")),
    ("endorsed", case(doctor=f"{ANSWERED} So {BELIEF}."), ("correction", "doctor")),
    ("not denied", corrected(ENDORSING), ("correction", "doctor")),
    ("advice turned round", case(doctor=ANSWERED.replace("Do not lie", "Lie")), ("facts", "doctor")),
    ("a new drug in the correction", corrected(ADDING), ("facts", "doctor")),
    ("no comfort", case(doctor=DOCTOR), ("comfort", "doctor")),
]


@pytest.mark.parametrize(("given", "gate"), [(g, gate) for _, g, gate in FAULTS], ids=[name for name, _, _ in FAULTS])
def test_what_departs_from_one_corrected_belief_is_turned_down(given: Case, gate: tuple[str, str]) -> None:
    assert gate in gates(given)


def test_a_fact_that_only_the_correction_states_is_kept() -> None:
    correction = "Alcohol does not stop amoxicillin from working, and you take it for 7 days."
    doctor = (
        "I can hear how worried you are about that. " + correction + " Take amoxicillin 500 mg three times a day. "
        "Do not lie down after a dose. Come back after 7 days."
    )
    assert gates(case(doctor=doctor, told=told(correction=correction))) == []


def test_the_correction_follows_the_belief() -> None:
    original = (*turns(PATIENT, DOCTOR), Message("patient", "Thank you."), Message("doctor", "You are welcome."))
    late = (*turns(PATIENT, ANSWERED), Message("patient", f"Thank you. But {BELIEF}, I am so worried."), original[3])
    given = Case("en", original, late, WORRIED, "corrective", TOLD)
    assert ("correction", "doctor") in gates(given)
    early = (*turns(SAID, ANSWERED), *original[2:])
    assert gates(msgspec.structs.replace(given, rewritten=early)) == []


CHINESE: dict[str, Emotion] = {
    "焦虑": "anxiety", "恐惧": "fear", "绝望": "hopelessness", "羞耻": "shame", "困惑": "confusion",
    "不信任": "distrust", "疲惫": "exhaustion",
}  # fmt: skip


def examples(name: str, language: Language) -> list[tuple[str, str, str]]:
    """Title, input and output of each example of a prompt."""
    text = resources.files("bedside").joinpath(f"prompts/{name}.{language}.md").read_text(encoding="utf-8")
    return re.findall(r"\n\n([^\n`]+)\n\n```json\n([^\n]+)\n```\n\n[^\n`]+\n\n```json\n([^\n]+)\n```", text)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("recipe", FILES)
def test_the_examples_of_every_prompt_pass_all_gates(recipe: str, language: Language) -> None:
    shown = examples(FILES[recipe], language)  # type: ignore[index]
    assert len(shown) == 2
    for title, before, after in shown:
        word = re.split(r"[,，]", title)[0]
        emotion: Emotion = "neutral" if recipe == "neutral control" else CHINESE.get(word) or word.lower()  # type: ignore[assignment]
        assert emotion in (*EMOTIONS, "neutral")
        level = re.search(r"(?:intensity|强度) ?(\d)", title)
        mode = "explicit concern" if re.search("explicit|直接", title) else "implicit cue"
        planned = PlannedEmotion(emotion, int(level[1]) if level else 0, mode if level else "none")  # type: ignore[arg-type]
        answer = parse(after)
        given = Case(language, parse(before).messages, answer.messages, planned, recipe, answer.false_belief)  # type: ignore[arg-type]
        # Who copies an example is turned down for that alone.
        found = [r for r in judge(given).reasons if "words of the prompt" not in r.detail]
        assert found == [], (recipe, title)
        assert json.loads(after).keys() - {"messages"} == (
            {"belief", "basis", "correction"} if recipe == "corrective" else set()
        )
