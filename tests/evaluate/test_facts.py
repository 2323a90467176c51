"""Facts that a reply keeps, loses, and states otherwise: known ones exactly, others as they are read."""

from __future__ import annotations

import pytest

from bedside.core.records import ChatMessage, Item, KnownFact, Language
from bedside.evaluate.facts import Facts, facts_of, known_in

TREATMENT = KnownFact("treatment", ("omeprazole 20 mg", "four weeks"))
AVOID = KnownFact("avoid", ("do not squeeze", "the lump"))
DIAGNOSIS = KnownFact("diagnosis", ("acid reflux",))


def item(*facts: KnownFact, reference: str = "", language: Language = "en", asked: str = "What is it?") -> Item:
    messages = (ChatMessage("user", asked),)
    return Item("i", "d", language, "neutral", "neutral", 0, "none", messages, reference, facts)


def known(text: str, *facts: KnownFact) -> Facts:
    return facts_of(item(*facts), text)


def read(reference: str, text: str, language: Language = "en") -> Facts:
    return facts_of(item(reference=reference, language=language), text)


def test_a_known_fact_that_is_left_out_is_lost_and_no_error() -> None:
    assert known("Smaller meals help.", TREATMENT) == Facts(1, ("treatment: omeprazole 20 mg, four weeks",), ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Take omeprazole 40 mg once a day for four weeks.", "40 mg"),
        ("Omeprazole 20 mg once a day for four days.", "four days"),
    ],
)
def test_another_amount_of_the_same_drug_is_a_severe_error(text: str, said: str) -> None:
    assert known(text, TREATMENT).severe == (f"treatment: omeprazole 20 mg, four weeks → {said}",)


def test_amounts_of_something_else_are_no_error() -> None:
    assert known("Take ibuprofen 400 mg. Walk for four days.", TREATMENT).severe == ()


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("Squeeze the lump gently every evening.", True),
        ("Never squeeze the lump.", False),
        ("Keep a warm flannel on the lump.", False),
    ],
)
def test_to_be_told_to_do_what_is_forbidden_is_a_severe_error(text: str, turned: bool) -> None:
    assert bool(known(text, AVOID).severe) is turned


def test_another_diagnosis_of_the_study_in_place_of_the_right_one_is_a_severe_error() -> None:
    others = known_in([item(DIAGNOSIS), item(KnownFact("diagnosis", ("stable angina",)))])
    wrong = facts_of(item(DIAGNOSIS), "This sounds like stable angina.", others)
    assert wrong.severe == ("diagnosis: acid reflux → stable angina",)
    assert facts_of(item(DIAGNOSIS), "This sounds like a strain.", others).severe == ()
    both = facts_of(item(DIAGNOSIS), "It is acid reflux and not stable angina.", others)
    assert (both.lost, both.severe) == ((), ())
    asked = facts_of(item(DIAGNOSIS, asked="Is it stable angina?"), "It is not stable angina.", others)
    assert asked.severe == ()


REFERENCE = "Take ibuprofen 400 mg three times a day for 5 days. Do not drive after the tablets."


def test_what_is_said_in_other_words_is_kept() -> None:
    found = read(REFERENCE, "Ibuprofen 0.4 g thrice daily, five days in all; no driving after the tablets, please.")
    assert (found.lost, found.severe) == ((), ())
    assert found.total == 5


def test_what_counts_depends_on_the_reference_alone() -> None:
    texts = ("", "Rest.", REFERENCE, "Take 800 mg.")
    assert {read(REFERENCE, text).total for text in texts} == {5}


def test_ways_of_speaking_are_not_counted() -> None:
    assert read("Do not blame yourself. Drink water every day.", "").total == 0


@pytest.mark.parametrize(
    ("reference", "text", "kind"),
    [
        (REFERENCE, "Take ibuprofen 800 mg three times a day for 5 days.", "dose"),
        (REFERENCE, "After the tablets you drive as usual.", "prohibition"),
        ("Go to the emergency room at once.", "See your own doctor on the same day.", "urgency"),
        ("The lump is not cancer of the breast.", "The lump is cancer of the breast.", "negation"),
    ],
)
def test_what_is_read_otherwise_is_a_severe_error(reference: str, text: str, kind: str) -> None:
    assert [said.split(":")[0] for said in read(reference, text).severe] == [kind]


def test_other_advice_is_no_error() -> None:
    assert read(REFERENCE, "Paracetamol 1 g up to four times a day is another choice; sleep well.").severe == ()


def test_chinese_facts() -> None:
    reference = "布洛芬每次400毫克，每日三次，连用五天。请勿空腹服用。"
    assert read(reference, "布洛芬一次0.4克，一天三次，吃5天，不要空腹服用。").lost == ()
    assert [s.split(":")[0] for s in read(reference, "布洛芬每次800毫克，每日三次，连用五天。").severe] == ["dose"]
