"""A mutation breaks one thing of a named kind, keeps all else, and gives up where there is nothing to break."""

from __future__ import annotations

import random
import re
from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.records import Language
from bedside.pairs.mutations import KINDS, PATIENT_KINDS, Mutation, mutate
from bedside.signals import anti_acts, extract
from bedside.signals.drug_classes import drug_class


@pytest.mark.parametrize(("language", "answer"), [("en", "Rest well. Drink tea."), ("zh", "多休息。多喝水。")])
def test_most_planted_reassurances_are_read_as_false(language: Language, answer: str) -> None:
    made = {mutate(answer, language, "false reassurance", random.Random(seed)) for seed in range(300)}
    texts = {m.text for m in made if m is not None}
    read = [any(f.kind == "false_reassurance" for f in anti_acts(text, language)) for text in texts]
    assert len(texts) >= 12
    assert sum(read) >= 0.6 * len(read)


# One text that affords the kind, one that does not, and one that only looks as if it did (None: nothing is broken).
AFFORDED: list[tuple[Language, Mutation, str]] = [
    ("en", "dose x10", "Take one tablet of 5 mg with food."),
    ("en", "dose small", "Take ibuprofen 400 mg with food."),
    ("en", "unit", "Take ibuprofen 400 mg with food."),
    ("en", "drug swap", "You can go on with Tylenol for now."),
    ("en", "negation", "You should not stop the tablets."),
    ("en", "condition", "See a doctor if the pain gets worse."),
    ("en", "laterality", "The cyst in your left kidney is small."),
    ("en", "frequency", "Rinse the mouth twice a day."),
    ("en", "duration", "Rest at home for two weeks."),
    ("en", "dropped test", "It looks like a sprain. Get an X-ray done. Rest until then."),
    ("en", "dropped red flag", "It looks like a cold. Go to the hospital if you cannot breathe. Drink plenty."),
    ("en", "added diagnosis", "Your cough will pass. Drink plenty of tea."),
    ("en", "false reassurance", "Your cough will pass. Drink plenty of tea."),
    ("en", "removed uncertainty", "This may be gastritis."),
    ("zh", "dose x10", "每次吃0.5克，饭后服。"),
    ("zh", "dose small", "每次500毫克。"),
    ("zh", "unit", "每次500毫克。"),
    ("zh", "drug swap", "可以用布洛芬退烧。"),
    ("zh", "negation", "这个药不要和酒一起吃。"),
    ("zh", "condition", "如果出现呼吸困难，请去医院。"),
    ("zh", "laterality", "您的左肾有个小囊肿。"),
    ("zh", "frequency", "每日两次，饭后漱口。"),
    ("zh", "duration", "在家休息5天。"),
    ("zh", "dropped test", "考虑是扭伤。建议拍X光片检查一下。先休息。"),
    ("zh", "dropped red flag", "考虑是感冒。如果喘不上气，请立即去医院。多喝水。"),
    ("zh", "added diagnosis", "咳嗽会好的。多喝温水。"),
    ("zh", "false reassurance", "咳嗽会好的。多喝温水。"),
    ("zh", "removed uncertainty", "这可能是胃炎。"),
]
TRAPS: list[tuple[Language, Mutation, str]] = [
    ("en", "dose x10", "Your weight is 60 kg, the glucose 110 mg/dl, and 20% is fat; eat B12 and mind COVID-19."),
    ("en", "dose small", "You should consult an oral physician."),
    ("en", "unit", "Your glucose was 110 mg/dL."),
    ("en", "drug swap", "You have a vitamin D deficiency and an allergy to penicillin."),
    ("en", "negation", "Do not worry, and please do not hesitate to write."),
    ("en", "condition", "I wonder if you could tell me, even so, what if it rains."),
    ("en", "laterality", "You are right, go right away, nothing is left of it."),
    ("en", "frequency", "Your daily activities may go on, several times daily."),
    ("en", "duration", "One day you will laugh; get a second opinion in 2020."),
    ("en", "dropped test", "Your X-ray was normal. Rest until it is better."),
    ("en", "dropped red flag", "Feel free to contact me if you have any further questions. Rest well."),
    ("en", "removed uncertainty", "You may take it with food in May."),
    ("zh", "dose x10", "需要一支专业的队伍，体重60公斤，血糖6%。"),
    ("zh", "dose x10", "胆红素低于2-3mg/dL的人。"),
    ("zh", "dose small", "维生素B12正常，2020年3月5日复查。"),
    ("zh", "unit", "体重60公斤。"),
    ("zh", "drug swap", "您对青霉素过敏。"),
    ("zh", "negation", "不要担心，不要紧张，能不能来一趟？"),
    ("zh", "condition", "多喝水，多休息。"),
    ("zh", "laterality", "三天左右会好，右旋糖酐不用。"),
    ("zh", "frequency", "每日三餐要规律。"),
    ("zh", "duration", "2020年3月5日查过，第三天好了。"),
    ("zh", "dropped test", "血常规正常。多休息就好了。"),
    ("zh", "dropped red flag", "祝您早日康复。多休息就好了。"),
    ("zh", "removed uncertainty", "这不可能，请尽可能多休息。"),
]


def changed(before: str, after: str) -> tuple[str, str]:
    """What stood between the common beginning and the common end, in each."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return before[start : len(before) - end], after[start : len(after) - end]


def test_each_kind_is_tried_in_both_languages() -> None:
    assert Counter((language, kind) for language, kind, _ in AFFORDED) == Counter(product(("en", "zh"), KINDS))
    trapped = {kind for _, kind, _ in TRAPS}
    assert set(KINDS) - trapped == {"added diagnosis", "false reassurance"}, "which every text affords"


@pytest.mark.parametrize(("language", "kind", "text"), AFFORDED)
def test_a_kind_is_broken_where_it_can_be(language: Language, kind: Mutation, text: str) -> None:
    for seed in range(12):
        broken = mutate(text, language, kind, random.Random(seed))
        assert broken is not None
        assert (broken.kind, broken.text != text) == (kind, True)
        assert broken == mutate(text, language, kind, random.Random(seed))
        assert "  " not in broken.text and " ." not in broken.text
        assert broken.text[:1] == broken.text[:1].upper()


@pytest.mark.parametrize(("language", "kind", "text"), TRAPS)
def test_what_only_looks_like_it_is_left_alone(language: Language, kind: Mutation, text: str) -> None:
    assert {mutate(text, language, kind, random.Random(seed)) for seed in range(12)} == {None}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_break_is_none(language: Language, kind: Mutation) -> None:
    empty = mutate("", language, kind, random.Random(0))
    plain = mutate({"en": "Good luck.", "zh": "祝好。"}[language], language, kind, random.Random(0))
    assert empty is None
    assert plain is None or kind in ("added diagnosis", "false reassurance")


@pytest.mark.parametrize(
    ("language", "kind", "text", "expected"),
    [
        ("en", "dose x10", "Take 2-3 tablets.", {"Take 20-30 tablets."}),
        ("en", "dose x10", "Take a tablet.", {"Take ten tablets."}),
        ("en", "dose x10", "Take 1,000 mg.", {"Take 10,000 mg."}),
        ("en", "dose small", "Take two tablets.", {"Take one tablet.", "Take four tablets.", "Take three tablets."}),
        ("en", "unit", "Give 5 ml.", {"Give 5 mg."}),
        ("en", "negation", "Do not drink alcohol.", {"Drink alcohol."}),
        ("en", "negation", "Avoid alcohol.", {"There is no need to avoid alcohol."}),
        ("en", "negation", "Take it with food.", {"Do not take it with food."}),
        ("en", "condition", "Unless it is red, wait.", {"If it is red, wait."}),
        ("en", "laterality", "Sleep on your left side.", {"Sleep on your right side."}),
        ("en", "frequency", "One puff every other day.", {"One puff every day."}),
        ("en", "frequency", "Take it 3 times a day.", {"Take it 6 times a day."}),
        ("en", "removed uncertainty", "We cannot rule out cancer.", {"We can confirm cancer."}),
        ("en", "dropped test", "You need a CBC and an ECG.", {"You need an ECG."}),
        ("zh", "dose x10", "每次半片。", {"每次五片。"}),
        ("zh", "dose x10", "每次两片。", {"每次二十片。"}),
        ("zh", "unit", "每次5毫升。", {"每次5升。"}),
        ("zh", "negation", "避免饮酒。", {"不必避免饮酒。"}),
        ("zh", "condition", "如果不缓解，请来复诊。", {"如果缓解，请来复诊。"}),
        ("zh", "duration", "休息半年。", {"休息一年。", "休息1.5年。"}),
        ("zh", "removed uncertainty", "不能排除肿瘤的可能。", {"可以确诊为肿瘤。"}),
        ("zh", "dropped test", "建议查血常规和尿常规。", {"建议查尿常规。"}),
    ],
)
def test_what_a_text_becomes(language: Language, kind: Mutation, text: str, expected: set[str]) -> None:
    made = {m.text if (m := mutate(text, language, kind, random.Random(seed))) else None for seed in range(20)}
    assert made <= expected
    assert made


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_drug_becomes_one_of_another_class(language: Language) -> None:
    text = {"en": "Take an ibuprofen (Advil) tablet.", "zh": "可以吃芬必得。"}[language]
    found = set()
    for seed in range(60):
        broken = mutate(text, language, "drug swap", random.Random(seed))
        assert broken is not None
        (norm,) = {f.norm for f in extract(broken.text, language) if f.kind == "drug"} - {"ibuprofen"}
        assert drug_class(norm) not in (None, "analgesic")
        assert re.search(r"\ba [aeio]|\ban [^aeio]", broken.text) is None
        found.add(norm)
    assert len(found) > 8


def test_a_cream_becomes_a_cream() -> None:
    for seed in range(20):
        broken = mutate("Apply clotrimazole cream.", "en", "drug swap", random.Random(seed))
        assert broken is not None
        assert broken.text.split()[1] in ("betamethasone", "fusidic", "mupirocin", "diclofenac", "calcipotriol",
                                          "tretinoin", "aciclovir", "permethrin", "tacrolimus")  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_diagnosis_that_stands_there_is_not_added(language: Language) -> None:
    text = {"en": "Psoriasis, lupus and rosacea make the skin red.", "zh": "皮肤问题有银屑病、红斑狼疮和白癜风。"}[
        language
    ]
    named = {"en": "scabies", "zh": "疥疮"}[language]
    for seed in range(20):
        broken = mutate(text, language, "added diagnosis", random.Random(seed))
        assert broken is not None
        assert named in changed(text, broken.text)[1]


def test_only_what_a_patient_says_is_broken_on_the_patients_side() -> None:
    text = "I take metformin 500 mg twice a day. My left knee hurts for two weeks. See a doctor if it gets worse."
    for kind in KINDS:
        broken = mutate(text, "en", kind, random.Random(0), side="patient")
        assert (broken is not None) <= (kind in PATIENT_KINDS), kind
    added = mutate(text, "en", "added diagnosis", random.Random(0), side="patient")
    assert added is not None
    assert re.search(r"\b(?:I|My|my)\b", changed(text, added.text)[1])


SENTENCES: dict[Language, list[str]] = {
    language: sorted({text for spoken, _, text in [*AFFORDED, *TRAPS] if spoken == language})
    for language in ("en", "zh")
}


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(["en", "zh"]), st.sampled_from(KINDS), st.integers(0, 999))
def test_one_place_changes_and_the_text_is_never_the_same(
    drawn: st.DataObject, language: Language, kind: Mutation, seed: int
) -> None:
    parts = drawn.draw(st.lists(st.sampled_from(SENTENCES[language]), min_size=1, max_size=5))
    text = (" " if language == "en" else "").join(parts)
    broken = mutate(text, language, kind, random.Random(seed))
    if broken is not None:
        gone, come = changed(text, broken.text)
        assert broken.text != text
        # What changed is at most one sentence, on both sides: the rest is covered by the common ends.
        assert len(gone) <= max(len(s) for s in SENTENCES[language]) + 2
        assert len(come) <= 100


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["en", "zh"]), st.sampled_from(KINDS), st.integers(0, 99))
def test_any_text_can_be_mutated(text: str, language: Language, kind: Mutation, seed: int) -> None:
    broken = mutate(text, language, kind, random.Random(seed))
    assert broken is None or (broken.kind == kind and broken.text != text)
    assert broken == mutate(text, language, kind, random.Random(seed))
