"""The SFT mix has the shares that were asked for, tells nothing twice and keeps conversations whole."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.core.config import PairsConfig
from bedside.core.errors import UserMistake
from bedside.core.records import ChatMessage, Rewrite, chat_messages
from bedside.pairs.mix import sft_mix
from tests.pairs.rewrites import row, rows


def kinds(rewrites: list[Rewrite], share: float, seed: int = 1) -> dict[str, int]:
    return dict(Counter(e.kind for e in sft_mix(rewrites, PairsConfig(neutral_share=share), seed)))


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


def test_the_mix_is_shuffled_by_the_seed() -> None:
    config = PairsConfig()
    assert sft_mix(rows(20, 5), config, 1) == sft_mix(rows(20, 5), config, 1)
    assert sft_mix(rows(20, 5), config, 1) != sft_mix(rows(20, 5), config, 2)
    assert len({e.kind for e in sft_mix(rows(20, 5), config, 1)[:20]}) > 1


def test_too_many_neutral_rewrites_are_left_out() -> None:
    # 9 * .1 / .9 = 1.
    assert kinds(rows(9, 6), 0.1) == {"distressed": 9, "neutral": 1}


def corrective(number: int) -> Rewrite:
    return row(number, recipe="corrective")


def shared(rewrites: list[Rewrite], **settings: float) -> dict[str, int]:
    return dict(Counter(e.kind for e in sft_mix(rewrites, PairsConfig(**settings), 1)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("neutral", "correcting", "expected"),
    [
        # 20 distressed are half; a quarter each of the others is 10.
        (0.25, 0.25, {"distressed": 20, "neutral": 5, "neutral original": 5, "corrective": 10}),
        # 12 corrective ones are six tenths: a total of 20, of which 4 and 4.
        (0.2, 0.6, {"distressed": 4, "neutral": 4, "corrective": 12}),
        (0.0, 1.0, {"corrective": 12}),
        # None are wanted apart: the 20 distressed and as many neutral ones.
        (0.5, 0.0, {"distressed": 20, "neutral": 5, "neutral original": 15}),
    ],
)
def test_corrective_examples_have_their_share(neutral: float, correcting: float, expected: dict[str, int]) -> None:
    rewrites = [*rows(20, 5), *(corrective(n) for n in range(50, 62))]
    assert shared(rewrites, neutral_share=neutral, corrective_share=correcting) == expected


def test_without_a_share_corrective_rewrites_count_as_distressed() -> None:
    found = shared([*rows(6), corrective(10), corrective(11)], neutral_share=0.5)
    assert found == {"distressed": 6, "corrective": 2, "neutral original": 8}


def test_a_share_of_what_is_not_there_is_the_users_to_mend() -> None:
    with pytest.raises(UserMistake, match=r"corrective_share is 0\.1, and no accepted rewrite is corrective"):
        shared(rows(4), corrective_share=0.1)


def test_shares_beyond_the_whole_are_told() -> None:
    with pytest.raises(ValueError, match=r"add up to 1\.2, more than 1"):
        PairsConfig(neutral_share=0.7, corrective_share=0.5)


def test_a_system_prompt_opens_every_example() -> None:
    mix = sft_mix(rows(4, 2), PairsConfig(system_prompt="Be kind."), 1)
    assert len(mix) == 8
    assert all(e.messages[0] == ChatMessage("system", "Be kind.") and e.messages[1].role == "user" for e in mix)
