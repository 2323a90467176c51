"""Known facts are found whatever the case, spacing or dashes, and only when every key is there."""

from __future__ import annotations

import pytest

from bedside.core.records import KnownFact
from bedside.signals.known_facts import flat, states

DOSE = KnownFact("dose", ("Ibuprofen", "400 mg"))


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Take ibuprofen 400 mg.", True),
        ("Take IBUPROFEN, 400\n  MG at a time.", True),
        ("400 mg of ibuprofen", True),
        ("Take ibuprofen 40 mg.", False),
        ("Take ibuprofen.", False),
        ("Take 400 mg of aspirin.", False),
        ("", False),
    ],
)
def test_a_fact_is_stated_when_every_key_occurs(text: str, stated: bool) -> None:
    assert states(flat(text), DOSE) is stated


def test_dashes_and_apostrophes_are_plain() -> None:
    assert flat("2\u20133 x\u2011ray\u2010film don\u2019t") == "2-3 x-ray-film don't"
    assert states(flat("an X\u2011Ray"), KnownFact("test", ("x-ray",)))
    assert states(flat("an x-ray"), KnownFact("test", ("X\u2011ray",)))


def test_spaces_are_single_and_trimmed() -> None:
    assert flat("  A\t b \n\n C ") == "a b c"
