"""Halves, every second day, ordinals: readings that a comparison with other libraries showed to be wrong."""

from __future__ import annotations

import pytest

from bedside.signals.quantities import quantities
from bedside.signals.words import clauses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Take two and a half tablets.", [("dose", "2.5 piece")]),
        ("It took two and a half hours.", [("duration", "2.5 hour")]),
        ("Half a tablet, please.", [("dose", "0.5 piece")]),
        ("女儿两岁半。", [("age", "2.5")]),
        ("一年半了。", [("duration", "18 month")]),
        ("隔天吃一次。", [("frequency", "0.5 a day")]),
        ("隔天一次。", [("frequency", "0.5 a day")]),
        ("每天吃一次。", [("frequency", "1 a day")]),
        ("I want a second opinion.", []),
        ("It lasts ten seconds.", [("duration", "0.0027778 hour")]),
        ("He stayed a fortnight.", [("duration", "14 day")]),
        ("1.2.3 and a half tablets", [("number", "1.2.3"), ("dose", "0.5 piece")]),
    ],
)
def test_a_quantity_is_read_as_it_is_meant(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(q.kind, q.norm) for q in quantities(text)] == expected


@pytest.mark.parametrize("text", ["Not only the knee hurts.", "No doubt the knee hurts.", "Not just the knee hurts."])
def test_what_affirms_in_the_words_of_a_denial_denies_nothing(text: str) -> None:
    assert not any(word.denied or clause.negations for clause in clauses(text, "en", ()) for word in clause.words)


def test_no_more_and_do_not_deny_in_chinese() -> None:
    for text in ("不再咳嗽了。", "千万别喝酒。"):
        assert any(word.denied for clause in clauses(text, "zh", ()) for word in clause.words)
