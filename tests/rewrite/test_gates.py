"""Each gate lets a good rewrite pass and turns a bad one down, with a reason that names what is wrong."""

from __future__ import annotations

import msgspec
import pytest

from bedside.core.records import Language, Message, PlannedEmotion, Reason, Recipe
from bedside.rewrite.gates import FREE_WORDS, MAX_LENGTH_RATIO, MIN_LENGTH_RATIO, Case, judge
from tests.rewrite.consultations import COMFORT, DOCTOR, FEELING, PATIENT

ZH_PATIENT = "我头痛3天了，布洛芬每日两次。我妈妈有高血压。会遗传吗？"
ZH_DOCTOR = "布洛芬每日三次，服用5天。不要饮酒。如果晕倒请立即去急诊。"
ZH_FEELING, ZH_COMFORT = "我好担心。", "听得出您很担心。"

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


def zh(
    patient: str = ZH_FEELING + ZH_PATIENT,
    doctor: str = ZH_COMFORT + ZH_DOCTOR,
    planned: PlannedEmotion = WORRIED,
    recipe: Recipe = "distressed query",
) -> Case:
    return Case("zh", turns(ZH_PATIENT, ZH_DOCTOR), turns(patient, doctor), planned, recipe)


CHINESE: list[tuple[Case, tuple[str, str], str]] = [
    # a rewrite with one fault, the gate and side that find it, and what the reason names
    (zh(doctor=" "), ("structure", "doctor"), "empty"),
    (zh(doctor=ZH_COMFORT + ZH_DOCTOR.replace("每日三次", "每日一次")), ("facts", "doctor"), "每日三次"),
    (zh(doctor=ZH_COMFORT + ZH_DOCTOR.replace("布洛芬", "阿司匹林")), ("facts", "doctor"), "布洛芬"),
    (zh(doctor=ZH_COMFORT + ZH_DOCTOR.replace("5天", "5周")), ("facts", "doctor"), "5天"),
    (zh(doctor=ZH_COMFORT + ZH_DOCTOR.replace("不要饮酒。", "")), ("facts", "doctor"), "不要饮酒"),
    (zh(patient=ZH_FEELING + ZH_PATIENT.replace("3天", "3周")), ("facts", "patient"), "3天"),
    (zh(patient=ZH_FEELING + ZH_PATIENT.replace("妈妈", "爸爸")), ("facts", "patient"), "妈"),
    (zh(patient=ZH_FEELING + ZH_PATIENT.replace("会遗传吗？", "")), ("facts", "patient"), "会遗传吗"),
    (zh(patient=f"{ZH_FEELING}我恶心。{ZH_PATIENT}"), ("facts", "patient"), "恶心"),
    (zh(patient=ZH_PATIENT), ("emotion", "patient"), "anxiety"),
    (zh(doctor=ZH_DOCTOR), ("comfort", "doctor"), "anxiety"),
    (zh(ZH_PATIENT, ZH_COMFORT + ZH_DOCTOR, CALM, "neutral control"), ("comfort", "doctor"), "calm"),
    (zh(doctor=f"{ZH_COMFORT}您肯定没事。{ZH_DOCTOR}"), ("false_reassurance", "doctor"), "没事"),
    (zh(doctor=f"{ZH_COMFORT}我也经历过。{ZH_DOCTOR}"), ("claims_experience", "doctor"), "经历过"),
    (zh(doctor=f"{ZH_COMFORT}{'慢慢来' * 60}。{ZH_DOCTOR}"), ("length", "doctor"), "Be briefer"),
    (zh(doctor=f"{COMFORT} {DOCTOR}"), ("language", "doctor"), "language"),
]


@pytest.mark.parametrize(("given", "gate", "named"), CHINESE)
def test_each_gate_reads_chinese_and_names_the_fault(given: Case, gate: tuple[str, str], named: str) -> None:
    assert gates(zh()) == []
    assert gate in gates(given)
    assert any(named in r.detail for r in reasons(given) if (r.gate, r.side) == gate)


@pytest.mark.parametrize("given", [given for given, gate, _ in CHINESE if gate[0] not in ("structure", "language")])
def test_a_fault_is_found_by_its_own_gate_only(given: Case) -> None:
    assert len({gate for gate, _ in gates(given)}) == 1


PATIENT_FAULTS = [
    # what the rewrite says instead
    ("headache", "backache"),
    ("3 days", "4 days"),
    ("400 mg", "200 mg"),
    ("twice a day", "three times a day"),
    (" What else can be done?", ""),
    ("My headache", "My nausea and headache"),
    ("My headache", "Since the surgery my headache"),
    ("My headache", "I am 60 years old. My headache"),
]


@pytest.mark.parametrize(("said", "instead"), PATIENT_FAULTS)
def test_the_patient_loses_and_gains_no_fact(said: str, instead: str) -> None:
    assert said in PATIENT
    found = gates(case(patient=f"{FEELING} {PATIENT.replace(said, instead)}"))
    assert set(found) == {("facts", "patient")}


def test_a_doctor_may_name_what_the_patient_told() -> None:
    comfort = "I can hear how worried you are about that headache."
    assert gates(case(doctor=f"{comfort} {DOCTOR}")) == []
    assert gates(case(doctor=f"{comfort.replace('headache', 'meningitis')} {DOCTOR}")) == [("facts", "doctor")]


@pytest.mark.parametrize(
    ("language", "sentence", "quoted"),
    [
        ("en", "You will be perfectly fine.", "I will not tell you that you will be perfectly fine."),
        ("zh", "您肯定没事。", "我不能保证您肯定没事。"),
    ],
)
def test_a_promise_that_the_doctor_refuses_is_no_false_reassurance(
    language: Language, sentence: str, quoted: str
) -> None:
    def judged(text: str) -> list[tuple[str, str]]:
        if language == "en":
            return gates(case(doctor=f"{COMFORT} {text} {DOCTOR}"))
        return gates(zh(doctor=ZH_COMFORT + text + ZH_DOCTOR))

    assert ("false_reassurance", "doctor") in judged(sentence)
    assert judged(quoted) == []


def test_every_reason_is_a_plain_sentence() -> None:
    given = [g for g, _, _ in CHINESE] + [case(PATIENT, DOCTOR.replace("400 mg", "800 mg") + " You will be fine.")]
    told = [reason for one in given for reason in reasons(one)]
    assert len(told) >= len(given)
    for reason in told:
        assert (
            reason.detail[0].isupper()
            or reason.detail.split(" ")[0] in ("lost", "changed", "added")
            or reason.detail[0].isdigit()
        )
        assert reason.detail.endswith(".")
        assert "_" not in reason.detail.split("“")[0]
        assert reason.severity in ("critical", "major", "minor")


def test_to_send_a_patient_sooner_is_a_minor_reason() -> None:
    doctor = f"{COMFORT} Take ibuprofen 400 mg three times a day for 5 days."
    original = turns(PATIENT, "Take ibuprofen 400 mg three times a day for 5 days.")
    sooner = msgspec.structs.replace(case(doctor=f"{doctor} See me as soon as possible."), original=original)
    (reason,) = (r for r in reasons(sooner) if "as soon as possible" in r.detail)
    assert (reason.gate, reason.severity) == ("facts", "minor")


@pytest.mark.parametrize(
    ("given", "said"),
    [(case(), " I just want to end it all."), (zh(), "我不想活了。")],
)
def test_no_rewrite_brings_a_crisis_in(given: Case, said: str) -> None:
    def with_words(messages: tuple[Message, ...]) -> tuple[Message, ...]:
        return (Message("patient", messages[0].content + said), messages[1])

    worse = msgspec.structs.replace(given, rewritten=with_words(given.rewritten))
    assert ("crisis", "patient") in gates(worse)
    assert ("crisis", "patient") not in gates(msgspec.structs.replace(worse, original=with_words(given.original)))
