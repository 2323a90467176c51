"""A dose that cannot be right is found, and right ones pass, also those at the label's edge."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.serve.doses import broken_doses, doses

BROKEN: list[tuple[str, Language, str]] = [
    ("Take paracetamol 4000 mg three times a day.", "en", "too much at once"),
    ("Take 8 tablets of 500 mg paracetamol at once.", "en", "too much at once"),
    ("Ibuprofen 800 mg six times a day is fine.", "en", "too much in a day"),
    ("Take methotrexate 10 mg daily.", "en", "daily, not weekly"),
    ("Levothyroxine 100 mg in the morning.", "en", "too much at once"),
    ("Take 50 g of ibuprofen.", "en", "too much at once"),
    ("Metformin 850 mg every two hours", "en", "too much in a day"),
    ("对乙酰氨基酚每次5克，每日三次", "zh", "too much in a day"),
    ("甲氨蝶呤10毫克，每天一次", "zh", "daily, not weekly"),
]
RIGHT: list[tuple[str, Language]] = [
    ("Paracetamol 500 mg to 1 g every 4 to 6 hours, maximum 4 g a day.", "en"),
    ("Take up to 4 g of paracetamol in 24 hours.", "en"),
    ("Never take 10 g of paracetamol.", "en"),
    ("More than 4 g of paracetamol a day can harm the liver.", "en"),
    ("Do not exceed 3200 mg of ibuprofen a day.", "en"),
    ("Methotrexate 15 mg once a week.", "en"),
    ("Levothyroxine 100 micrograms in the morning.", "en"),
    ("Amoxicillin 500 mg three times a day for 7 days.", "en"),
    ("Ibuprofen 400 mg three times daily and paracetamol 1 g four times daily.", "en"),
    ("For your child, 15 mg/kg of paracetamol.", "en"),
    ("布洛芬每次400毫克，每日三次", "zh"),
    ("对乙酰氨基酚每日总量不超过4克", "zh"),
]


@pytest.mark.parametrize(("text", "language", "why"), BROKEN)
def test_what_cannot_be_right_is_found(text: str, language: Language, why: str) -> None:
    assert [found.why for found in broken_doses(text, language)] == [why]


@pytest.mark.parametrize(("text", "language"), RIGHT)
def test_what_may_be_right_passes(text: str, language: Language) -> None:
    assert list(broken_doses(text, language)) == []


def test_a_decimal_slip_against_the_patients_words_is_found() -> None:
    told = doses("I take metoprolol 25 mg twice a day", "en")
    assert [found.why for found in broken_doses("Go on with metoprolol 250 mg.", "en", told)] == ["not what was told"]
    assert list(broken_doses("We may raise metoprolol to 50 mg.", "en", told)) == []
    assert list(broken_doses("Amlodipine 2.5 mg is an alternative.", "en", told)) == []


def test_no_usual_treatment_of_the_clinic_is_called_broken() -> None:
    """Every dose in the authored world passes: 72 conditions, both languages."""
    said, checked = [], 0
    for path in sorted((Path(__file__).parents[2] / "src/bedside/clinic/conditions").glob("*.yaml")):
        said += _strings(yaml.safe_load(path.read_text(encoding="utf-8")))
    for text in said:
        language: Language = "zh" if any("\u4e00" <= c <= "\u9fff" for c in text) else "en"
        checked += bool(doses(text, language))
        assert list(broken_doses(text, language)) == [], text
    assert checked > 20


def test_the_table_is_one_of_known_drugs_and_once_is_never_above_a_day() -> None:
    table = load_yaml("serve/data/doses.yaml")["ceilings"]
    known = load_yaml("signals/data/drugs.yaml")
    assert len(table) > 70
    for drug, (once, day) in table.items():
        assert drug in known
        assert 0 < once <= day, drug


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [s for item in value.values() for s in _strings(item)]
    return [s for item in value for s in _strings(item)] if isinstance(value, list) else []
