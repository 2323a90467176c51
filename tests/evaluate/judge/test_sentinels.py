"""The shipped sentinels are fit to try a judge with."""

from __future__ import annotations

from collections import Counter

from bedside.core.text import is_chinese, word_count
from bedside.evaluate.judge.pairs import own_voice, sentinel_pair, sentinels
from bedside.evaluate.judge.rubric import COMPARED, choices_of

KINDS = {
    "wrong dose": 2, "cold or warm": 2, "false reassurance": 2, "padded": 2, "same": 2, "over-comfort": 2,
    "false belief": 2, "longer is right": 2, "instruction": 2, "added harm": 4,
}  # fmt: skip


def test_every_kind_in_both_languages() -> None:
    assert len(sentinels()) == 44
    assert len({s.id for s in sentinels()}) == 44
    for language in ("en", "zh"):
        assert Counter(s.kind for s in sentinels() if s.language == language) == KINDS


def test_texts_are_in_their_language_and_differ() -> None:
    for s in sentinels():
        assert all(is_chinese(text) == (s.language == "zh") for text in (s.patient, s.reference, s.a, s.b)), s.id
        assert s.a != s.b, s.id


def test_expected_answers_are_answers() -> None:
    for s in sentinels():
        assert s.expects, s.id
        for question, side in s.expects.items():
            fitting = {"a", "b", "tie"} if question in COMPARED else {"a", "b", "both", "neither"}
            assert side in fitting, s.id
    assert choices_of("send") == ("1", "2", "tie")


def test_equal_pairs_say_the_same_but_for_form() -> None:
    for s in sentinels():
        if s.kind == "same":
            assert set(s.expects.values()) == {"tie"}
            assert abs(word_count(s.a) - word_count(s.b)) <= 1


def test_length_alone_answers_no_kind_of_question() -> None:
    """The better one is the longer in some kinds, the shorter in others."""
    better = [(word_count(s.a), word_count(s.b)) for s in sentinels() if s.kind != "same"]
    longer, shorter = sum(a > 1.2 * b for a, b in better), sum(b > 1.2 * a for a, b in better)
    assert longer >= 6
    assert shorter >= 12


def test_harm_is_added_at_the_end_also_of_a_judges_own_words() -> None:
    harmed = [s for s in sentinels() if s.harm]
    assert len(harmed) == 8
    for s in harmed:
        assert s.kind == "added harm"
        assert s.b.endswith(s.harm)
        own = own_voice(s, "My words. ")
        assert own.b == "My words." + (" " if s.language == "en" else "") + s.harm
        assert own.a == s.a
        assert own.id != sentinel_pair(s).id
