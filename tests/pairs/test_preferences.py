"""One preference a rewrite, kinds in their shares, each rejected answer what its kind says and never the chosen."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from bedside.core.config import PairsConfig
from bedside.core.records import ChatMessage, Message, Preference, Rewrite, chat_messages
from bedside.core.text import word_count
from bedside.pairs.facts_apart import facts_apart, places_apart
from bedside.pairs.labels import labels
from bedside.pairs.preferences import Preferences, preferences
from bedside.signals import anti_acts, comforts, compare
from tests.pairs.rewrites import COMFORT, row, rows


def tried(rewrites: list[Rewrite], seed: int = 1, **settings: Any) -> Preferences:
    return preferences(rewrites, PairsConfig.model_validate(settings), seed)


def made(rewrites: list[Rewrite], seed: int = 1, **settings: Any) -> list[Preference]:
    return tried(rewrites, seed, **settings).made


def families(pairs: list[Preference]) -> dict[str, int]:
    return dict(Counter(p.kind.partition(":")[0] for p in pairs))


def test_each_rewrite_makes_one_preference_and_the_kinds_are_met_equally_often() -> None:
    pairs = made(rows(30, 7))
    assert families(pairs) == {"plain": 10, "false reassurance": 10, "fact broken": 10, "unneeded comfort": 7}
    assert {p.id for p in pairs} == {f"r{n}" for n in range(37)}


def test_kinds_may_have_weights() -> None:
    pairs = made(rows(40), rejected={"plain": 1, "fact broken": 2, "false reassurance": 1})
    assert families(pairs) == {"plain": 10, "fact broken": 20, "false reassurance": 10}


def test_breaks_of_all_sorts_are_met_equally_often_where_the_text_affords_them() -> None:
    sorts = ("dose x10", "unit", "drug swap", "frequency", "duration", "negation")
    pairs = made(rows(36), rejected=("fact broken",), breaks=sorts)
    assert Counter(p.kind for p in pairs) == {f"fact broken: {sort}": 6 for sort in sorts}


def test_chosen_is_the_rewrite_and_rejected_is_what_its_kind_says() -> None:
    rewrites = {r.id: r for r in rows(60, 7)}
    for pair in made(list(rewrites.values())):
        source = rewrites[pair.id]
        good, bad = pair.chosen[0].content, pair.rejected[0].content
        assert pair.prompt == chat_messages(source.rewritten[:1])
        assert (good, len(pair.chosen), len(pair.rejected)) == (source.rewritten[1].content, 1, 1)
        assert {pair.chosen[0].role, pair.rejected[0].role} == {"assistant"}
        assert good != bad
        family = pair.kind.partition(": ")[0]
        if family == "plain":
            assert bad == source.original[1].content
        elif family == "unneeded comfort":
            assert good in bad and comforts(bad, "en") and not comforts(good, "en")
        else:
            assert bad.startswith(COMFORT)
            assert pair.right in good and pair.wrong in bad and pair.right != pair.wrong
        if family == "fact broken":
            assert facts_apart(good, bad, "en", several="dropped" in pair.kind)
        if family == "false reassurance":
            unsaid = {e.kind for e in compare(good, bad, "en", "doctor") if e.outcome != "kept"}
            assert unsaid or anti_acts(bad, "en")
            assert "Go to the emergency room if you faint." not in bad


def test_what_differs_is_all_that_differs() -> None:
    pairs = made(rows(40), rejected=("fact broken", "false reassurance"))
    assert len(pairs) == 40
    for pair in pairs:
        good, bad = pair.chosen[0].content, pair.rejected[0].content
        places = [i for i in range(len(good) + 1) if good.startswith(pair.right, i)]
        mended = [(good[:i] + pair.wrong + good[i + len(pair.right) :]).split() for i in places]
        assert bad.split() in mended, (pair.right, pair.wrong)


@pytest.mark.parametrize("kind", ["plain", "false reassurance", "fact broken"])
def test_only_the_kinds_that_are_asked_for_are_made(kind: str) -> None:
    result = tried(rows(6, 3), rejected=(kind,))
    assert families(result.made) == {kind: 6}
    assert {(left.file, left.reason) for left in result.left_out} == {("preferences", "no_kind_for_calm")}
    assert len(result.left_out) == 3


def test_unneeded_comfort_alone_is_made_of_calm_rows_only() -> None:
    result = tried(rows(6, 3), rejected=("unneeded comfort",))
    assert families(result.made) == {"unneeded comfort": 3}
    assert len(result.left_out) == 6


BARE = Message("doctor", "Rest well. Drink tea.")


def bare(number: int) -> Rewrite:
    """A distressed rewrite in which no fact can be broken."""
    asked = Message("patient", f"I am ill, case {number}.")
    return row(number, original=(asked, BARE), rewritten=(asked, Message("doctor", f"{COMFORT} {BARE.content}")))


def test_a_row_with_nothing_to_break_takes_the_next_kind_and_that_is_counted() -> None:
    result = tried([bare(n) for n in range(6)], rejected=("fact broken", "plain"), breaks=("dose x10", "laterality"))
    assert families(result.made) == {"plain": 6}
    # The kind that is behind its share is tried first: broken facts never catch up.
    assert result.passed_over["fact broken, nothing_to_break"] >= 5
    nothing = tried([bare(n) for n in range(6)], rejected=("fact broken",), breaks=("dose x10", "laterality"))
    assert (nothing.made, {left.reason for left in nothing.left_out}) == ([], {"nothing_to_break"})
    assert nothing.left_out[0].detail == "fact broken: nothing_to_break"


def test_a_kind_that_fell_behind_catches_up() -> None:
    pairs = made([*(bare(n) for n in range(100, 110)), *rows(30)], rejected=("fact broken", "plain"),
                 breaks=("dose x10",))  # fmt: skip
    assert families(pairs) == {"fact broken": 20, "plain": 20}


def test_an_answer_that_the_rewrite_left_as_it_was_has_no_plain_side() -> None:
    same = row(3, rewritten=(Message("patient", "I am so worried."), row(3).original[1]))
    result = tried([same], rejected=("plain",))
    assert (result.made, [left.reason for left in result.left_out]) == ([], ["sides_equal"])


def turns(*contents: str) -> tuple[Message, ...]:
    return tuple(Message("patient" if n % 2 == 0 else "doctor", text) for n, text in enumerate(contents))


def test_the_prompt_goes_up_to_the_first_answer_that_was_changed() -> None:
    before = turns("I cough.", "Since when?", "For a week.", "Drink tea.")
    after = (*before[:3], Message("doctor", f"{COMFORT} Drink tea."))
    (pair,) = made([row(0, original=before, rewritten=after)], rejected=("plain",))
    assert pair.prompt == chat_messages(after[:3])
    assert (pair.chosen[0].content, pair.rejected[0].content) == (after[3].content, before[3].content)


def test_a_fact_is_broken_in_a_later_answer_where_the_first_has_none() -> None:
    before = turns("I cough.", "Since when?", "For a week.", "Take ibuprofen 400 mg.")
    after = (before[0], Message("doctor", f"{COMFORT} Since when?"), *before[2:])
    (pair,) = made([row(0, original=before, rewritten=after)], rejected=("fact broken",), breaks=("dose x10",))
    assert pair.prompt == chat_messages(after[:3])
    assert pair.rejected[0].content == "Take ibuprofen 4000 mg."
    assert (pair.right, pair.wrong) == ("400", "4000")


def test_length_matching_leaves_out_what_it_cannot_match() -> None:
    result = tried(rows(20, 5), length_match=0.1)
    assert len(result.made) + len(result.left_out) == 25
    for pair in result.made:
        good, bad = (word_count(side[0].content) for side in (pair.chosen, pair.rejected))
        assert abs(bad - good) <= 0.1 * good
    assert "plain" not in families(result.made)
    assert result.passed_over["plain, length_not_matched"] > 0
    assert {left.reason for left in result.left_out} == {"length_not_matched"}


def test_preferences_depend_on_the_seed_alone() -> None:
    assert made(rows(12, 3)) == made(rows(12, 3))
    assert made(rows(12, 3)) != made(rows(12, 3), seed=2)


def test_a_system_prompt_opens_every_prompt() -> None:
    pairs = made(rows(4, 2), system_prompt="Be kind.")
    assert len(pairs) == 6
    assert all(p.prompt[0] == ChatMessage("system", "Be kind.") and p.prompt[1].role == "user" for p in pairs)


@pytest.mark.parametrize(
    ("before", "after", "places"),
    [
        ("Take ibuprofen 400 mg twice a day.", "Take ibuprofen 400 mg twice a day.", 0),
        ("Take ibuprofen 400 mg twice a day.", "Take ibuprofen 4000 mg twice a day.", 1),
        ("Take ibuprofen 400 mg twice a day.", "Take warfarin 400 mg twice a day.", 1),
        ("Take ibuprofen 400 mg twice a day.", "Take warfarin 4000 mg twice a day.", 2),
        ("Take ibuprofen 400 mg. Do not drive.", "Take ibuprofen 400 mg. Drive.", 1),
        ("每次500毫克，每日两次。", "每次5000毫克，每日两次。", 1),
    ],
)
def test_places_apart(before: str, after: str, places: int) -> None:
    assert places_apart(before, after, "en" if before.isascii() else "zh") == places


def test_labels_are_both_sides_of_each_preference() -> None:
    pairs = made(rows(9, 3))
    found = list(labels(pairs))
    assert len({label.id for label in found}) == len(found) == 2 * len(pairs) == 24
    by_id = {p.id: p for p in pairs}
    for label in found:
        pair = by_id[label.id.partition("/")[0]]
        assert label.label == label.id.endswith("/wanted")
        assert label.completion == (pair.chosen if label.label else pair.rejected)
        assert (label.prompt, label.kind) == (pair.prompt, pair.kind)


def test_any_even_number_of_labels_is_balanced() -> None:
    found = list(labels(made(rows(20))))
    assert [label.label for label in found] == [True, False] * 20


def test_no_two_answers_to_one_prompt_are_neighbours() -> None:
    # TRL pairs each prompt with its neighbour's answer, to estimate how far the model is from its reference.
    found = list(labels(made(rows(20))))
    assert len(found) == 40
    assert all(one.prompt != two.prompt for one, two in pairwise(found))
