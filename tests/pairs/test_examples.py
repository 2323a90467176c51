"""The SFT mix has the shares that were asked for; preferences take turns; labels are both their sides."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.config import PairsConfig
from bedside.core.records import ChatMessage, Message, Preference, Rewrite, chat_messages
from bedside.pairs.examples import labels, preferences, sft_mix
from bedside.signals import comforts, compare
from tests.pairs.rewrites import COMFORT, answer, row, rows

WARM = ("false reassurance", "fact broken")


def kinds(rewrites: list[Rewrite], share: float, seed: int = 1) -> dict[str, int]:
    return dict(Counter(e.kind for e in sft_mix(rewrites, PairsConfig(neutral_share=share), seed)))


def made(rewrites: list[Rewrite], seed: int = 1, **settings: Any) -> list[Preference]:
    return preferences(rewrites, PairsConfig.model_validate(settings), seed)


@pytest.mark.parametrize(
    ("distressed", "neutral", "share", "expected"),
    [
        # Half and half: 4 neutral rewrites, then calm originals up to 10.
        (10, 4, 0.5, {"distressed": 10, "neutral": 4, "neutral original": 6}),
        # A quarter: 12 * .25 / .75 = 4.
        (12, 1, 0.25, {"distressed": 12, "neutral": 1, "neutral original": 3}),
        # Three quarters would take 30 neutral ones; there are 14, so 14 * .25 / .75 = 4.67 distressed are kept.
        (10, 4, 0.75, {"distressed": 5, "neutral": 4, "neutral original": 10}),
        (10, 4, 0.0, {"distressed": 10}),
        (10, 4, 1.0, {"neutral": 4, "neutral original": 10}),
        (10, 0, 0.5, {"distressed": 10, "neutral original": 10}),
        (0, 4, 0.0, {}),
    ],
)
def test_shares_of_the_mix(distressed: int, neutral: int, share: float, expected: dict[str, int]) -> None:
    assert kinds(rows(distressed, neutral), share) == expected


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 30), st.integers(0, 9), st.sampled_from([0.1, 0.25, 1 / 3, 0.5, 0.6, 0.75, 0.9]))
def test_the_share_is_met_within_one_example_wherever_it_can_be(distressed: int, neutral: int, share: float) -> None:
    found = kinds(rows(distressed, neutral), share)
    calm = found.get("neutral", 0) + found.get("neutral original", 0)
    total = calm + found.get("distressed", 0)
    few_enough = neutral <= distressed * share / (1 - share)
    if few_enough:
        # Rounding one side to a whole number is at most half an example off; put the other way, that times the odds.
        assert abs(calm - share * total) <= 0.5 * max(share, 1 - share) + 1e-9


def test_no_example_is_doubled_and_conversations_are_whole() -> None:
    rewrites = rows(6, 2)
    mix = sft_mix(rewrites, PairsConfig(neutral_share=0.5), 1)
    assert len({(e.id, e.kind) for e in mix}) == len(mix) == 12
    by_id = {r.id: r for r in rewrites}
    for example in mix:
        source = by_id[example.id]
        told = source.original if example.kind == "neutral original" else source.rewritten
        assert example.messages == chat_messages(told)
        assert (example.kind == "neutral") == (source.emotion == "neutral")


def test_a_system_prompt_opens_every_example() -> None:
    config = PairsConfig(system_prompt="Be kind.")
    system = ChatMessage("system", "Be kind.")
    mix, pairs = sft_mix(rows(4, 2), config, 1), preferences(rows(4, 2), config, 1)
    assert (len(mix), len(pairs)) == (8, 6)
    assert all(e.messages[0] == system and e.messages[1].role == "user" for e in mix)
    assert all(p.prompt[0] == system and p.prompt[1].role == "user" for p in pairs)


def test_the_mix_is_shuffled_by_the_seed() -> None:
    config = PairsConfig()
    assert sft_mix(rows(20, 5), config, 1) == sft_mix(rows(20, 5), config, 1)
    assert sft_mix(rows(20, 5), config, 1) != sft_mix(rows(20, 5), config, 2)
    assert len({e.kind for e in sft_mix(rows(20, 5), config, 1)[:20]}) > 1


def test_too_many_neutral_rewrites_are_left_out() -> None:
    # 9 * .1 / .9 = 1.
    assert kinds(rows(9, 6), 0.1) == {"distressed": 9, "neutral": 1}


def test_each_rewrite_makes_one_preference_and_the_kinds_take_turns() -> None:
    pairs = made(rows(30, 7))
    families = Counter(p.kind.partition(":")[0] for p in pairs)
    assert families == {"plain": 10, "false reassurance": 10, "fact broken": 10, "unneeded comfort": 7}
    assert {p.id for p in pairs} == {f"r{n}" for n in range(37)}


def test_chosen_is_the_rewrite_and_rejected_is_what_its_kind_says() -> None:
    rewrites = {r.id: r for r in rows(30, 7)}
    for pair in made(list(rewrites.values())):
        source = rewrites[pair.id]
        good, bad = pair.chosen[0].content, pair.rejected[0].content
        assert pair.prompt == chat_messages(source.rewritten[:1])
        assert (good, len(pair.chosen), len(pair.rejected)) == (source.rewritten[1].content, 1, 1)
        assert {pair.chosen[0].role, pair.rejected[0].role} == {"assistant"}
        family, _, kind = pair.kind.partition(": ")
        if family == "plain":
            assert bad == source.original[1].content
        elif family == "unneeded comfort":
            assert good in bad and comforts(bad, "en") and not comforts(good, "en")
        elif family == "fact broken":
            broken = [e.kind for e in compare(good, bad, "en", "doctor") if e.outcome != "kept"]
            assert kind in broken
            assert bad.startswith(COMFORT)
        else:
            assert family == "false reassurance"
            assert bad.startswith(COMFORT) and "emergency" not in bad


@pytest.mark.parametrize("kind", ["plain", "false reassurance", "fact broken"])
def test_only_the_kinds_that_are_asked_for_are_made(kind: str) -> None:
    pairs = made(rows(6, 3), rejected=(kind,))
    assert [p.kind.partition(":")[0] for p in pairs] == [kind] * 6


def test_unneeded_comfort_alone_is_made_of_calm_rows_only() -> None:
    assert [p.kind for p in made(rows(6, 3), rejected=("unneeded comfort",))] == ["unneeded comfort"] * 3
    assert made(rows(6, 0), rejected=("unneeded comfort",)) == []


def test_a_row_with_nothing_to_break_takes_the_next_kind() -> None:
    bare = Message("doctor", "Rest well. Drink tea.")
    comforted = Message("doctor", f"{COMFORT} {bare.content}")
    rest = [
        row(n, original=(Message("patient", "I am ill."), bare), rewritten=(Message("patient", "I am ill."), comforted))
        for n in range(6)
    ]
    assert {p.kind for p in made(rest, rejected=("fact broken", "plain"))} == {"plain"}
    assert made(rest, rejected=("fact broken",)) == []


def test_the_prompt_goes_up_to_the_first_answer_that_was_changed() -> None:
    turns = tuple(Message("patient" if n % 2 == 0 else "doctor", f"Turn {n} stands.") for n in range(4))
    comforted = (*turns[:3], Message("doctor", f"{COMFORT} {turns[3].content}"))
    (pair,) = made([row(0, original=turns, rewritten=comforted)], rejected=("plain",))
    assert pair.prompt == chat_messages(comforted[:3])
    assert (pair.chosen[0].content, pair.rejected[0].content) == (comforted[3].content, turns[3].content)


def test_preferences_depend_on_the_seed_alone() -> None:
    assert made(rows(12, 3)) == made(rows(12, 3))
    assert made(rows(12, 3)) != made(rows(12, 3), seed=2)


def test_labels_are_both_sides_of_each_preference() -> None:
    pairs = made(rows(9, 3))
    found = list(labels(pairs))
    assert len(found) == 2 * len(pairs) == 24
    assert len({label.id for label in found}) == len(found)
    for wanted, unwanted, pair in zip(found[::2], found[1::2], pairs, strict=True):
        assert (wanted.completion, wanted.label) == (pair.chosen, True)
        assert (unwanted.completion, unwanted.label) == (pair.rejected, False)
        assert wanted.prompt == unwanted.prompt == pair.prompt
        assert wanted.kind == unwanted.kind == pair.kind
        assert (wanted.id, unwanted.id) == (f"{pair.id}/wanted", f"{pair.id}/unwanted")


def test_answers_of_the_test_rows_differ() -> None:
    assert len({answer(n) for n in range(60)}) == 60
