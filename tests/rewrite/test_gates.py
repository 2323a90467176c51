"""Each gate lets a good rewrite pass and turns a bad one down, with a reason that names what is wrong."""

from __future__ import annotations

import msgspec
import pytest

from bedside.core.records import Message, PlannedEmotion, Reason, Recipe
from bedside.rewrite.gates import FREE_WORDS, MAX_LENGTH_RATIO, MIN_LENGTH_RATIO, Case, judge
from tests.rewrite.consultations import COMFORT, DOCTOR, FEELING, PATIENT

WORRIED = PlannedEmotion("anxiety", 2, "explicit concern")
HINTED = PlannedEmotion("anxiety", 1, "implicit cue")
CALM = PlannedEmotion("neutral", 0, "none")


def turns(patient: str, doctor: str) -> tuple[Message, ...]:
    return (Message("patient", patient), Message("doctor", doctor))


def case(
    patient: str = f"{FEELING} {PATIENT}",
    doctor: str = f"{COMFORT} {DOCTOR}",
    planned: PlannedEmotion = WORRIED,
    recipe: Recipe = "distressed query",
) -> Case:
    return Case("en", turns(PATIENT, DOCTOR), turns(patient, doctor), planned, recipe)


def reasons(given: Case) -> tuple[Reason, ...]:
    return judge(given).reasons


def gates(given: Case) -> list[tuple[str, str]]:
    return [(reason.gate, reason.side) for reason in reasons(given)]


def test_a_good_rewrite_passes_every_gate_with_all_facts_kept() -> None:
    verdict = judge(case())
    assert verdict.reasons == ()
    assert {entry.side for entry in verdict.ledger} == {"patient", "doctor"}
    assert {entry.outcome for entry in verdict.ledger} == {"kept"}


def test_a_calm_rewrite_passes() -> None:
    assert gates(case(PATIENT, DOCTOR, CALM, "neutral control")) == []


def test_a_good_chinese_rewrite_passes() -> None:
    patient, doctor = "我头痛3天了，布洛芬每日两次。", "布洛芬每日三次，服用5天。不要饮酒。"
    given = Case(
        "zh",
        turns(patient, doctor),
        turns(f"我很担心。{patient}", f"听得出您很担心。{doctor}"),
        WORRIED,
        "distressed query",
    )
    assert gates(given) == []
    worse = msgspec.structs.replace(
        given, rewritten=turns(f"我很担心。{patient}", f"听得出您很担心。{doctor}".replace("每日三次", "每日一次"))
    )
    (reason,) = reasons(worse)
    assert (reason.gate, reason.side) == ("facts", "doctor")
    assert "每日三次" in reason.detail


@pytest.mark.parametrize(
    ("old", "new", "outcome", "kind", "named"),
    [
        ("400 mg", "800 mg", "changed", "dose", "400 mg"),
        (" 400 mg", "", "lost", "dose", "400 mg"),
        ("three times a day", "once a day", "changed", "frequency", "three times a day"),
        (" for 5 days", "", "lost", "duration", "5 days"),
        ("ibuprofen", "aspirin", "changed", "drug", "ibuprofen"),
        (" Do not drive.", "", "lost", "prohibition", "Do not drive"),
        ("Do not drive.", "Do not drive. Add amoxicillin to it.", "added", "drug", "amoxicillin"),
    ],
)
def test_facts_gate_names_the_fact_and_its_side(old: str, new: str, outcome: str, kind: str, named: str) -> None:
    (reason,) = reasons(case(doctor=f"{COMFORT} {DOCTOR}".replace(old, new)))
    assert (reason.gate, reason.side) == ("facts", "doctor")
    assert reason.detail.startswith(f"{outcome} {kind}: ")
    assert named in reason.detail
    assert reason.severity == ("major" if kind == "duration" else "critical")


def test_facts_gate_reads_the_patient_too() -> None:
    (reason,) = reasons(case(patient=f"{FEELING} {PATIENT}".replace("3 days", "3 weeks")))
    assert (reason.gate, reason.side) == ("facts", "patient")
    assert "3 days" in reason.detail


@pytest.mark.parametrize(
    "rewritten",
    [
        (),
        (Message("patient", PATIENT),),
        (Message("doctor", DOCTOR), Message("patient", PATIENT)),
        (*turns(PATIENT, DOCTOR), Message("patient", "Thank you.")),
    ],
)
def test_structure_gate_wants_the_same_turns(rewritten: tuple[Message, ...]) -> None:
    verdict = judge(msgspec.structs.replace(case(), rewritten=rewritten))
    (reason,) = verdict.reasons
    assert (reason.gate, reason.severity, verdict.ledger) == ("structure", "critical", ())
    assert "patient, doctor" in reason.detail


def test_structure_gate_wants_words_in_every_turn() -> None:
    (reason,) = reasons(case(doctor=" \n"))
    assert (reason.gate, reason.side, reason.detail) == ("structure", "doctor", "Turn 2 is empty.")


def test_comforting_answer_keeps_the_patients_words() -> None:
    assert gates(case(patient=PATIENT, recipe="comforting answer")) == []
    assert gates(case(patient=f"{PATIENT} Thanks.", recipe="comforting answer")) == [("structure", "patient")]
    assert gates(case(patient=f"{FEELING} {PATIENT}", recipe="distressed query")) == []


def test_language_gate() -> None:
    assert ("language", "doctor") in gates(
        case(doctor="听得出您很担心，请服用布洛芬四百毫克，每日三次，服用五天。" * 2)
    )
    assert ("language", "patient") in gates(case(patient="我很担心。头痛三天，布洛芬每日两次没有用，还能做什么呢？"))
    assert not any(gate == "language" for gate, _ in gates(case()))


@pytest.mark.parametrize("side", ["patient", "doctor"])
def test_length_gate_has_a_longest_and_a_shortest(side: str) -> None:
    plain = "word " * 50
    original = turns(plain, plain)

    def judged(words: int) -> list[tuple[str, str]]:
        texts = {"patient": f"{FEELING} {plain}", "doctor": f"{COMFORT} {plain}"}
        start = FEELING if side == "patient" else COMFORT
        texts[side] = f"{start} " + "word " * (words - len(start.split()))
        return gates(Case("en", original, turns(texts["patient"], texts["doctor"]), WORRIED, "distressed query"))

    longest, shortest = int(50 * MAX_LENGTH_RATIO + FREE_WORDS), int(50 * MIN_LENGTH_RATIO)
    assert judged(longest) == judged(shortest) == []
    assert judged(longest + 1) == judged(shortest - 1) == [("length", side)]


def test_emotion_gate_wants_an_open_concern_to_be_named() -> None:
    assert gates(case(patient=PATIENT)) == [("emotion", "patient")]
    assert "anxiety" in reasons(case(patient=PATIENT))[0].detail
    assert gates(case(patient=PATIENT, planned=HINTED)) == []


def test_a_feeling_that_the_original_named_is_not_enough() -> None:
    named = f"{FEELING} {PATIENT}"
    given = Case("en", turns(named, DOCTOR), turns(named, f"{COMFORT} {DOCTOR}"), WORRIED, "distressed query")
    assert gates(given) == [("emotion", "patient")]


def test_a_disorder_is_not_the_feeling_that_was_asked_for() -> None:
    assert set(gates(case(patient=f"I live with an anxiety disorder. {PATIENT}"))) == {
        ("emotion", "patient"),
        ("facts", "patient"),  # a diagnosis that the patient did not tell of
    }


def test_comfort_gate_wants_comfort_for_the_distressed() -> None:
    (reason,) = reasons(case(doctor=DOCTOR))
    assert (reason.gate, reason.side) == ("comfort", "doctor")
    assert "anxiety" in reason.detail


def test_comfort_gate_wants_none_for_the_calm() -> None:
    assert gates(case(PATIENT, f"{COMFORT} {DOCTOR}", CALM, "neutral control")) == [("comfort", "doctor")]


def test_a_doctor_who_already_comforted_may_go_on_doing_so() -> None:
    texts = turns(PATIENT, f"{COMFORT} {DOCTOR}")
    assert gates(Case("en", texts, texts, CALM, "neutral control")) == []


ANTI_ACTS = [
    ("false_reassurance", "You will be perfectly fine.", "critical"),
    ("minimises", "It is only a small thing.", "critical"),
    ("claims_experience", "I have been there too.", "critical"),
    ("formulaic", "I'm so sorry to hear that.", "minor"),
]


@pytest.mark.parametrize(("gate", "sentence", "severity"), ANTI_ACTS)
def test_anti_acts_are_turned_down_by_name(gate: str, sentence: str, severity: str) -> None:
    (reason,) = reasons(case(doctor=f"{COMFORT} {sentence} {DOCTOR}"))
    assert (reason.gate, reason.side, reason.severity) == (gate, "doctor", severity)
    assert gate.replace("_", " ") in reason.detail
    assert any(words in reason.detail for words in (sentence[:8], "only a small"))


@pytest.mark.parametrize("sentence", [sentence for _, sentence, _ in ANTI_ACTS])
def test_an_anti_act_of_the_original_is_not_held_against_the_rewrite(sentence: str) -> None:
    doctor = f"{sentence} {DOCTOR}"
    given = case(doctor=f"{COMFORT} {doctor}")
    assert gates(msgspec.structs.replace(given, original=turns(PATIENT, doctor))) == []


def test_a_conditional_reassurance_passes() -> None:
    assert gates(case(doctor=f"{COMFORT} You will be fine once it settles. {DOCTOR}")) == []


def test_all_faults_are_told_at_once() -> None:
    found = gates(case(PATIENT, DOCTOR.replace("400 mg", "800 mg") + " You will be fine."))
    assert sorted(found) == [
        ("comfort", "doctor"),
        ("emotion", "patient"),
        ("facts", "doctor"),
        ("false_reassurance", "doctor"),
    ]
