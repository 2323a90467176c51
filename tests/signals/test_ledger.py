"""The ledger: what is kept, changed, lost and added between an original and its rewrite."""

from __future__ import annotations

import pytest

from bedside.core.records import Language, Outcome, Role
from bedside.signals.facts import SEVERITY
from bedside.signals.ledger import compare

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
