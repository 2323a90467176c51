"""The ledger: what is kept, changed, lost and added between an original and its rewrite."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from bedside.core.records import Language, Outcome, Role, Severity
from bedside.signals.facts import SEVERITY
from bedside.signals.ledger import SEVERITIES, compare
from tests.signals.changes import told
from tests.signals.texts import TEXTS

SIDES: tuple[Role, Role] = ("patient", "doctor")
KINDS = ["drug", "dose", "frequency", "duration", "prohibition", "urgency", "symptom"]
ORIGINAL = "Take ibuprofen 400 mg twice a day for 5 days. Do not drive. Go immediately if you faint."


def outcomes(
    original: str, rewrite: str, language: Language = "en", side: Role = "doctor"
) -> list[tuple[str, str, Outcome]]:
    return [(e.kind, e.text, e.outcome) for e in compare(original, rewrite, language, side)]


def test_an_unchanged_text_keeps_every_fact() -> None:
    found = outcomes(ORIGINAL, ORIGINAL)
    assert [kind for kind, _, _ in found] == KINDS
    assert {outcome for _, _, outcome in found} == {"kept"}


def test_equivalent_wordings_keep_every_fact() -> None:
    rewrite = "Please do not drive. Advil 0.4 g every 12 hours for five days. Go at once if you faint."
    found = outcomes(ORIGINAL, rewrite)
    assert sorted(kind for kind, _, _ in found) == sorted(KINDS)
    assert {outcome for _, _, outcome in found} == {"kept"}


@pytest.mark.parametrize(
    ("old", "new", "kind", "outcome"),
    [
        ("400 mg", "800 mg", "dose", "changed"),
        ("400 mg ", "", "dose", "lost"),
        ("twice a day", "three times a day", "frequency", "changed"),
        (" twice a day", "", "frequency", "lost"),
        ("5 days", "5 weeks", "duration", "changed"),
        (" for 5 days", "", "duration", "lost"),
        ("ibuprofen", "aspirin", "drug", "changed"),
        (" Do not drive.", "", "prohibition", "lost"),
        ("Do not drive", "Do not swim", "prohibition", "changed"),
        ("Go immediately", "Go today", "urgency", "changed"),
        ("Go immediately", "Go", "urgency", "lost"),
    ],
)
def test_one_broken_fact_is_told_once_and_the_others_are_kept(old: str, new: str, kind: str, outcome: Outcome) -> None:
    found = outcomes(ORIGINAL, ORIGINAL.replace(old, new))
    broken = [entry for entry in found if entry[2] != "kept"]
    assert [(k, o) for k, _, o in broken] == [(kind, outcome)]
    assert len(found) == len(KINDS)


def test_a_prohibition_turned_into_advice_is_lost_and_turned_round() -> None:
    found = outcomes(ORIGINAL, ORIGINAL.replace("Do not drive", "Drive"))
    assert {(k, o) for k, _, o in found if o != "kept"} == {("prohibition", "lost"), ("negation", "changed")}


def test_what_only_the_rewrite_states_is_added() -> None:
    found = outcomes(ORIGINAL, f"{ORIGINAL} Take amoxicillin too. See a cardiologist within 24 hours.")
    added = [(kind, text) for kind, text, outcome in found if outcome == "added"]
    assert ("drug", "amoxicillin") in added
    assert ("test", "cardiologist") in added
    assert ("duration", "24 hours") in added
    assert [o for _, _, o in found if o != "added"] == ["kept"] * len(KINDS)


@pytest.mark.parametrize(
    ("rewrite", "expected"),
    [
        ("布洛芬 400 毫克，一天两次，服用五天。请勿饮酒。马上就医。", "kept"),
        ("布洛芬 400 毫克，一天三次，服用五天。请勿饮酒。马上就医。", "changed"),
        ("布洛芬 400 毫克，服用五天。请勿饮酒。马上就医。", "lost"),
    ],
)
def test_chinese_frequency(rewrite: str, expected: Outcome) -> None:
    original = "芬必得 0.4 克，每日两次，服用5天。不要饮酒。立即就医。"
    found = {kind: outcome for kind, _, outcome in outcomes(original, rewrite, "zh")}
    assert found.pop("frequency") == expected
    assert found == dict.fromkeys(("drug", "dose", "duration", "prohibition", "urgency"), "kept")


def test_numbers_may_be_written_out() -> None:
    assert outcomes("Mind 3 things.", "Mind three things.") == [("number", "3", "kept")]


def test_a_patient_forbids_nothing() -> None:
    told = {side: outcomes("Never tell my mother.", "I am shy.", side=side) for side in SIDES}
    assert "prohibition" not in {kind for kind, _, _ in told["patient"]}
    assert ("relation", "mother", "lost") in told["patient"]
    assert ("prohibition", "Never tell my mother", "lost") in told["doctor"]


def test_a_comforting_sentence_adds_neither_prohibition_nor_urgency() -> None:
    comfort = "You are worried, so please do not carry this by yourself today."
    assert outcomes("Rest well.", f"{comfort} Rest well.") == []
    assert {kind for kind, _, _ in outcomes("Rest well.", "Do not swim. Go to the hospital today. Rest well.")} == {
        "prohibition",
        "urgency",
    }


def test_a_comforting_sentence_with_a_drug_still_states_its_facts() -> None:
    found = outcomes("Rest well.", "You are worried, so do not take aspirin. Rest well.")
    assert ("drug", "aspirin", "added") in found
    assert "prohibition" in {kind for kind, _, _ in found}


def test_a_fact_told_twice_is_one_entry_at_its_first_place() -> None:
    (entry,) = (e for e in compare("Take 0.4 g. Yes, 400 mg.", "Take 400 mg.", "en", "doctor") if e.norm)
    assert (entry.text, entry.norm, entry.outcome, entry.severity) == ("0.4 g", "400 mg", "kept", SEVERITY["dose"])


def test_entries_carry_their_side() -> None:
    assert {e.side for e in compare("I took 5 mg.", "I took 6 mg.", "en", "patient")} == {"patient"}


def test_a_number_inside_a_longer_number_is_not_kept() -> None:
    assert outcomes("Eat 3 meals.", "Eat meals, and walk 30 minutes.")[0] == ("number", "3", "lost")


def test_a_count_is_not_kept_by_often() -> None:
    """The "ten" in "often" is no number."""
    assert outcomes("It came back 10 times.", "It came back often.") == [("frequency", "10 times", "lost")]


def test_half_a_tablet_made_whole_is_changed() -> None:
    assert [o for *_, o in outcomes("Take half a tablet.", "Take a tablet.")] == ["changed"]


def test_a_chinese_dose_without_spaces_that_is_changed() -> None:
    assert ("dose", "500mg", "changed") in outcomes("每次500mg。", "每次900mg。", "zh")


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_a_text_keeps_all_of_itself(text: str) -> None:
    for language in ("en", "zh"):
        for side in SIDES:
            assert {e.outcome for e in compare(text, text, language, side)} <= {"kept"}


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    for language in ("en", "zh"):
        for entry in compare(one, other, language, "doctor", (one,)):
            assert entry.text in (one if entry.outcome in ("kept", "lost") else one + "\n" + other)
            assert entry.severity in ("critical", "major", "minor")


BROKEN: list[tuple[Language, Role, str, str, str, Outcome, Severity]] = [
    # language, side, original, rewrite, kind, outcome, severity
    ("en", "doctor", "Take 500 mg.", "Take 50 mg.", "dose", "changed", "critical"),
    ("en", "doctor", "Take 5 ml.", "Take 5 mg.", "dose", "changed", "critical"),
    ("en", "doctor", "Rinse BD.", "Rinse every 8 hours.", "frequency", "changed", "critical"),
    ("en", "doctor", "Rinse every 8 hours.", "Rinse every 24 hours.", "frequency", "changed", "critical"),
    ("en", "doctor", "Take Tylenol.", "Take Advil.", "drug", "changed", "critical"),
    ("en", "doctor", "A sugar of 5.6 mmol/L.", "A sugar of 6.5 mmol/L.", "lab value", "changed", "critical"),
    ("en", "doctor", "Rest the left knee.", "Rest the right knee.", "laterality", "changed", "critical"),
    ("en", "doctor", "Do not drive.", "Rest well.", "prohibition", "lost", "critical"),
    ("en", "doctor", "Call an ambulance.", "See your doctor soon.", "urgency", "lost", "critical"),
    ("en", "doctor", "See a cardiologist.", "Rest well.", "referral", "lost", "critical"),
    ("en", "doctor", "It is not contagious.", "It is contagious.", "negation", "changed", "critical"),
    ("en", "doctor", "It may be asthma.", "It is asthma.", "certainty", "changed", "critical"),
    ("en", "doctor", "The lump is benign.", "The lump is malignant.", "direction", "changed", "critical"),
    ("en", "doctor", "Rest 5 days.", "Rest 5 weeks.", "duration", "changed", "major"),
    ("en", "doctor", "Take it before meals.", "Take it after meals.", "timing", "changed", "major"),
    ("en", "doctor", "Have a chest X-ray.", "Rest well.", "test", "lost", "major"),
    ("en", "doctor", "Rest well.", "You have pneumonia.", "diagnosis", "added", "major"),
    ("en", "doctor", "Rinse your mouth with salt.", "Sleep long.", "statement", "lost", "major"),
    ("en", "doctor", "Rest well.", "Rest well. Go right away.", "urgency", "added", "minor"),
    ("en", "patient", "I have a fever.", "I am afraid.", "symptom", "lost", "major"),
    ("en", "patient", "I am 24 years old.", "I am 42 years old.", "age", "changed", "major"),
    ("en", "patient", "It is grade 2.", "It is grade 3.", "number", "changed", "major"),
    ("en", "patient", "My mother has it.", "My father has it.", "relation", "changed", "major"),
    ("en", "patient", "Is it hereditary?", "I am afraid.", "question", "lost", "major"),
    ("zh", "doctor", "每次500毫克。", "每次50毫克。", "dose", "changed", "critical"),
    ("zh", "doctor", "每日两次。", "每周两次。", "frequency", "changed", "critical"),
    ("zh", "doctor", "吃芬必得。", "吃阿司匹林。", "drug", "changed", "critical"),
    ("zh", "doctor", "血糖5.6mmol/L。", "血糖6.5mmol/L。", "lab value", "changed", "critical"),
    ("zh", "doctor", "左膝要休息。", "右膝要休息。", "laterality", "changed", "critical"),
    ("zh", "doctor", "不要饮酒。", "多休息。", "prohibition", "lost", "critical"),
    ("zh", "doctor", "请拨打120。", "请看门诊。", "urgency", "lost", "critical"),
    ("zh", "doctor", "去医院看心内科。", "多休息。", "referral", "lost", "critical"),
    ("zh", "doctor", "这个病不传染。", "这个病传染。", "negation", "changed", "critical"),
    ("zh", "doctor", "可能是哮喘。", "是哮喘。", "certainty", "changed", "critical"),
    ("zh", "doctor", "肿块是良性的。", "肿块是恶性的。", "direction", "changed", "critical"),
    ("zh", "doctor", "休息5天。", "休息5周。", "duration", "changed", "major"),
    ("zh", "doctor", "饭前服。", "饭后服。", "timing", "changed", "major"),
    ("zh", "doctor", "做个胸片。", "多休息。", "test", "lost", "major"),
    ("zh", "doctor", "多休息。", "您得了肺炎。", "diagnosis", "added", "major"),
    ("zh", "doctor", "把脚垫高放在枕头上。", "早点睡。", "statement", "lost", "major"),
    ("zh", "doctor", "多休息。", "多休息。请立即就医。", "urgency", "added", "minor"),
    ("zh", "patient", "我发烧。", "我害怕。", "symptom", "lost", "major"),
    ("zh", "patient", "我24岁。", "我42岁。", "age", "changed", "major"),
    ("zh", "patient", "我妈妈也有。", "我爸爸也有。", "relation", "changed", "major"),
    ("zh", "patient", "是3级。", "是2级。", "number", "changed", "major"),
    ("zh", "patient", "会遗传吗？", "我害怕。", "question", "lost", "major"),
]


@pytest.mark.parametrize(("language", "side", "original", "rewrite", "kind", "outcome", "severity"), BROKEN)
def test_each_kind_is_told_with_its_outcome_and_severity(  # noqa: PLR0913
    language: Language, side: Role, original: str, rewrite: str, kind: str, outcome: Outcome, severity: Severity
) -> None:
    entries = compare(original, rewrite, language, side)
    assert (kind, side, outcome, severity) in {(e.kind, e.side, e.outcome, e.severity) for e in entries}
    assert all(e.outcome == "kept" for e in compare(original, original, language, side))


def test_every_kind_is_tried_in_both_languages() -> None:
    for language in ("en", "zh"):
        assert {kind for spoken, _, _, _, kind, _, _ in BROKEN if spoken == language} == set(SEVERITIES)


PATIENT: dict[Language, str] = {
    "en": "I had a fever for 3 days. My mother has asthma. I had surgery in 2019. Will it spread to my husband?",
    "zh": "我发烧3天。我妈妈有哮喘。我2019年做过手术。会传染给我丈夫吗？",
}
FELT: dict[Language, str] = {
    "en": "I'm scared. I've had a fever for three days; my mum has asthma. In 2019 I had an operation. "
    "I lie awake over it: will it spread to my husband?",
    "zh": "我好怕。发热三天了，我母亲有哮喘，2019年我做过手术。我整夜想：会不会传染给我丈夫？",
}
WORSE: list[tuple[Language, str, str, str]] = [
    # language, what the rewrite says, what it says instead, the kind
    ("en", "a fever", "a pain", "symptom"),
    ("en", "three days", "three weeks", "duration"),
    ("en", "my mum", "my sister", "relation"),
    ("en", "In 2019", "In 2009", "number"),
    ("en", "I had an operation", "I slept", "test"),
    ("en", ": will it spread to my husband?", " beside my husband.", "question"),
    ("en", "I'm scared.", "I'm scared and dizzy.", "symptom"),
    ("zh", "发热", "疼", "symptom"),
    ("zh", "三天", "三周", "duration"),
    ("zh", "我母亲", "我姐姐", "relation"),
    ("zh", "做过手术", "睡过觉", "test"),
    ("zh", "：会不会传染给我丈夫？", "着我丈夫。", "question"),
    ("zh", "我好怕。", "我好怕，头晕。", "symptom"),
]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_patient_who_only_feels_keeps_everything(language: Language) -> None:
    assert told(PATIENT[language], FELT[language], language, "patient") == set()


@pytest.mark.parametrize(("language", "said", "instead", "kind"), WORSE)
def test_a_patient_neither_loses_nor_gains_a_fact_or_question(
    language: Language, said: str, instead: str, kind: str
) -> None:
    assert said in FELT[language]
    changed = told(PATIENT[language], FELT[language].replace(said, instead), language, "patient")
    assert kind in {broken for broken, _ in changed}


@pytest.mark.parametrize(
    ("language", "doctor", "patient"),
    [
        ("en", "Go on with your metformin 500 mg for the diabetes.", "I take metformin 500 mg for my diabetes."),
        ("zh", "继续服用二甲双胍500毫克控制糖尿病。", "我有糖尿病，服用二甲双胍500毫克。"),
    ],
)
def test_what_the_patient_told_is_not_added_by_the_doctor(language: Language, doctor: str, patient: str) -> None:
    alone = told("", doctor, language)
    assert {("drug", "added"), ("dose", "added"), ("diagnosis", "added")} <= alone
    assert told("", doctor, language, context=(patient,)) == set()


@pytest.mark.parametrize(
    ("language", "comfort"),
    [
        ("en", "I can hear how worried you are. Do not blame yourself. You have carried this every day."),
        ("en", "Anyone would lie awake over this; one step at a time, and never alone."),
        ("zh", "听得出您很担心。不要责怪自己，您每天都扛着这件事。"),
        ("zh", "换作谁都会睡不着，我们一步一步来，您不是一个人。"),
    ],
)
def test_comfort_is_no_fact(language: Language, comfort: str) -> None:
    original = {"en": "Take ibuprofen 400 mg for 5 days.", "zh": "布洛芬400毫克，服5天。"}[language]
    assert told(original, f"{comfort} {original}", language) == set()
