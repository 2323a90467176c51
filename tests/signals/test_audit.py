"""The audit finds what is wrong with a source answer where its words show it, and leaves sound answers alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.records import Language

# The readers of danger and of reassurance are modules of their own.
pytest.importorskip("bedside.signals.urgency")
pytest.importorskip("bedside.signals.reassurance")

from bedside.signals.audit import DEFECTS, Defect, audit
from bedside.signals.drug_classes import drug_class, needs_prescription

OWN_KINDS = ("self-start of prescription drug", "contradiction", "question unanswered", "cut off")
FOUND: list[tuple[Language, str, str, str]] = [
    ("en", "self-start of prescription drug", "My throat hurts.", "Take amoxicillin 500 mg three times a day."),
    ("en", "self-start of prescription drug", "I cannot sleep.", "I suggest diazepam 5 mg once at night."),
    ("en", "contradiction", "I have a lump.", "No treatment is needed. It needs urgent treatment."),
    ("en", "contradiction", "I feel ill.", "Avoid alcohol. Drink alcohol as you like."),
    ("en", "question unanswered", "I have asthma. Is it hereditary?", "Use the inhaler as you were shown."),
    ("en", "question unanswered", "How long will it last?", "It is a viral infection. Drink tea."),
    ("en", "cut off", "My knee hurts.", "Rest the knee, cool it, and"),
    ("en", "cut off", "My knee hurts.", "Rest the knee, cool it and then you should…"),
    ("zh", "self-start of prescription drug", "嗓子疼。", "口服阿莫西林0.5克，一天三次。"),
    ("zh", "contradiction", "查出大三阳。", "一般不需要治疗。病情很严重，建议马上治疗。"),
    ("zh", "contradiction", "胃疼。", "不要喝咖啡。建议喝咖啡提神。"),
    ("zh", "question unanswered", "我有高血压，饮食要注意什么？", "按医生说的服药，定期量血压。"),
    ("zh", "question unanswered", "这个病会遗传吗？", "定期复查就可以了。"),
    ("zh", "cut off", "膝盖疼。", "先休息几天，另外，"),
]
SOUND: list[tuple[Language, str, str]] = [
    ("en", "My throat hurts.", "Take amoxicillin 500 mg three times a day, if your doctor agrees."),
    ("en", "I take amoxicillin.", "Take amoxicillin 500 mg three times a day."),
    ("en", "My head hurts.", "Take paracetamol 500 mg twice a day."),
    ("en", "My throat hurts.", "Do not take amoxicillin 500 mg for a cold."),
    ("en", "I have a lump.", "If it is small, no treatment is needed. If it grows, it needs urgent treatment."),
    ("en", "I feel ill.", "Avoid milk for two weeks. Then drink milk again."),
    ("en", "How long will it last?", "It is over in five days."),
    ("en", "My knee hurts.", "Rest the knee and cool it"),
    ("zh", "嗓子疼。", "请先就诊，由医生决定是否口服阿莫西林0.5克。"),
    ("zh", "查出大三阳。", "如果肝功能正常，一般不需要治疗。如果病情很严重，要马上治疗。"),
    ("zh", "这个病会遗传吗？", "有一定的遗传倾向。"),
    ("zh", "膝盖疼。", "先休息几天"),
]


def own(patient: str, doctor: str, language: Language) -> list[Defect]:
    """The defects that the audit reads by itself, without the readers of danger and reassurance."""
    return [d for d in audit(patient, doctor, language) if d.kind in OWN_KINDS]


@pytest.mark.parametrize(("language", "kind", "patient", "doctor"), FOUND)
def test_a_defect_is_found_in_its_place(language: Language, kind: str, patient: str, doctor: str) -> None:
    (defect,) = own(patient, doctor, language)
    assert defect.kind == kind
    text = patient if defect.side == "patient" else doctor
    assert 0 <= defect.start < defect.end <= len(text)
    assert defect.detail
    assert (defect.side == "patient") == (kind == "question unanswered")


def test_each_kind_is_tried_in_both_languages() -> None:
    assert {(language, kind) for language, kind, _, _ in FOUND} == {(x, k) for x in ("en", "zh") for k in OWN_KINDS}
    assert set(OWN_KINDS) | {"red flag unanswered", "false reassurance"} == set(DEFECTS)


@pytest.mark.parametrize(("language", "patient", "doctor"), SOUND)
def test_a_sound_answer_has_none(language: Language, patient: str, doctor: str) -> None:
    assert own(patient, doctor, language) == []


@pytest.mark.parametrize(
    ("language", "patient", "doctor"),
    [("en", "I have crushing chest pain and cannot breathe.", "Drink tea."), ("zh", "我胸痛，呼吸困难。", "多喝水。")],
)
def test_a_red_flag_wants_urgency(language: Language, patient: str, doctor: str) -> None:
    first = audit(patient, doctor, language)[0]
    assert (first.kind, first.severity, first.side) == ("red flag unanswered", "critical", "patient")
    urgent = {"en": " Go to the emergency department now.", "zh": "请立即去急诊。"}[language]
    assert "red flag unanswered" not in {d.kind for d in audit(patient, doctor + urgent, language)}


@pytest.mark.parametrize(
    ("language", "doctor"),
    [("en", "I promise you that everything will be fine."), ("zh", "放心吧，我保证肯定没事。")],
)
def test_a_promise_is_a_defect(language: Language, doctor: str) -> None:
    assert {"false reassurance"} == {d.kind for d in audit("I ask.", doctor, language)}


def test_the_gravest_defect_stands_first_and_some_drugs_are_graver() -> None:
    text = "I suggest diazepam 5 mg once at night. Take amoxicillin 500 mg three times a day, and"
    found = own("Is it hereditary?", text, "en")
    assert [d.severity for d in found] == ["critical", "major", "major", "minor"]
    assert "diazepam" in found[0].detail


def test_classes_of_drugs() -> None:
    assert (drug_class("amoxicillin"), needs_prescription("amoxicillin")) == ("antibiotic", True)
    assert (drug_class("paracetamol"), needs_prescription("paracetamol")) == ("analgesic", False)
    assert (drug_class("nothing of the kind"), needs_prescription("nothing of the kind")) == (None, False)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.text(max_size=120), st.sampled_from(["en", "zh"]))
def test_any_texts_can_be_audited(patient: str, doctor: str, language: Language) -> None:
    for defect in audit(patient, doctor, language):
        text = patient if defect.side == "patient" else doctor
        assert 0 <= defect.start < defect.end <= len(text)


def test_the_time_grows_with_the_length() -> None:
    part = "Take amoxicillin 500 mg daily if needed, avoid milk, and how long is it? "
    times = []
    for copies in (100, 800):
        start = time.process_time()
        audit(part * copies, part * copies, "en")
        times.append(time.process_time() - start)
    # Eight times the text; a square would be sixty-four times.
    assert times[1] < 30 * times[0] + 0.5
