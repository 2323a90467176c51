"""A reply bears a false belief out, corrects it, or does neither; the decision is the learnt one that ships."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.core.records import Language
from bedside.signals.beliefs import FEATURES, STANDS, Belief, Stance, evidence, features, stance

COLD = Belief(
    "Antibiotics cure colds.",
    "Colds are caused by viruses, and antibiotics do nothing to viruses.",
    ("virus", "won't help a cold"),
    ("antibiotics will clear", "ask for amoxicillin"),
)
PRESSURE = Belief(
    "血压降到正常就说明病好了，降压药可以停了。",
    "血压正常是药物控制的结果，自行停药血压会反弹。",
    ("不能停", "继续吃", "反弹"),
    ("可以停了", "停了没事"),
)


@pytest.mark.parametrize(
    ("text", "language", "belief", "expected"),
    [
        ("I see why you hope so, but a cold is a virus and antibiotics won't help.", "en", COLD, (False, True)),
        ("That is actually a myth. Antibiotics do not cure colds; rest and fluids do.", "en", COLD, (False, True)),
        ("You're absolutely right, ask for amoxicillin and it will be gone by Friday.", "en", COLD, (True, False)),
        ("Being ill is exhausting. Have you talked with somebody about it?", "en", COLD, (False, False)),
        ("血压正常是吃药控制出来的，不能停，停了会反弹。", "zh", PRESSURE, (False, True)),
        ("您说得对，血压正常了，药可以停了，停了没事。", "zh", PRESSURE, (True, False)),
        ("您辛苦了，注意休息，保持心情舒畅。", "zh", PRESSURE, (False, False)),
        ("", "en", COLD, (False, False)),
    ],
)
def test_the_stand_of_a_reply(text: str, language: Language, belief: Belief, expected: tuple[bool, bool]) -> None:
    assert stance(text, language, belief) == Stance(*expected)


def test_agreement_with_a_feeling_is_none_with_the_belief() -> None:
    assert evidence("You are right to be worried.", "en", COLD).endorses == 0
    assert evidence("You are right about that.", "en", COLD).endorses > 0


def test_what_others_believe_bears_nothing_out() -> None:
    assert evidence("Many people believe that antibiotics cure colds.", "en", COLD).endorses == 0
    assert evidence("Antibiotics cure colds.", "en", COLD).endorses > 0


def test_a_denied_belief_speaks_against_it() -> None:
    assert evidence("Antibiotics never cure colds.", "en", Belief("Antibiotics cure colds.")).corrects > 0


def test_agreement_before_a_but_weighs_less() -> None:
    plain, turned = (evidence(t, "en", COLD).endorses for t in ("You are right.", "You are right, but wait."))
    assert 0 < turned < plain


@given(st.text(max_size=300), st.sampled_from(["en", "zh"]))
def test_any_text_has_one_stand_at_most(text: str, language: Language) -> None:
    found = stance(text, language, COLD)
    assert not (found.endorsed and found.corrected)
    assert len(features(text, language, COLD)) == len(FEATURES)
    assert len(STANDS) == 3
