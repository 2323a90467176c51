"""The lint calls out words or lengths that alone tell the sides apart, and only where they should not."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from bedside.core.config import PairsConfig
from bedside.core.records import ChatMessage, Preference
from bedside.core.text import word_count
from bedside.pairs.examples import preferences
from bedside.pairs.lint import MAX_AUC, MAX_LENGTH_GAP, MIN_PAIRS, lint
from tests.pairs.rewrites import rows

WORDS = [f"word{letter}" for letter in "abcdefghijklmnopqrst"]


def texts(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=12)) for _ in range(count)]


def pairs(count: int, kind: str, spoil: Callable[[str], str] = str) -> list[Preference]:
    """Chosen and rejected answers drawn from the same words; `spoil` is done to every rejected one."""
    sides = zip(texts(count, 1), texts(count, 2), strict=True)
    prompt = (ChatMessage("user", "hello"),)
    return [
        Preference(f"p{n}", kind, prompt, (ChatMessage("assistant", a),), (ChatMessage("assistant", spoil(b)),))
        for n, (a, b) in enumerate(sides)
    ]


@pytest.mark.parametrize("kind", ["false reassurance", "fact broken: dose"])
def test_sides_of_the_same_words_are_acceptable(kind: str) -> None:
    (figures,) = lint(pairs(60, kind)).values()
    assert figures["verdict"] == "acceptable"
    assert 0.3 < figures["bag_of_words_auc"] < 0.7


@pytest.mark.parametrize("kind", ["false reassurance", "fact broken: dose"])
def test_an_insult_on_every_rejected_side_is_called_out(kind: str) -> None:
    (figures,) = lint(pairs(60, kind, lambda text: f"{text} fool")).values()
    assert figures["bag_of_words_auc"] > MAX_AUC
    assert figures["verdict"].startswith("shortcut: words alone")


def test_an_insult_planted_in_real_preferences_is_called_out() -> None:
    made = preferences(rows(40), PairsConfig(rejected=("fact broken",)), 1)
    insulted = [
        Preference(p.id, p.kind, p.prompt, p.chosen, (ChatMessage("assistant", f"{p.rejected[0].content} You fool."),))
        for p in made
    ]
    assert len(made) == 40
    assert lint(insulted)["fact broken"]["verdict"].startswith("shortcut: words alone")


def test_an_insult_in_chinese_is_called_out() -> None:
    rng = random.Random(3)

    def said(insult: str) -> tuple[ChatMessage, ...]:
        return (ChatMessage("assistant", "".join(rng.choices("请您多休息按时服药注意饮食", k=12)) + insult),)

    made = [Preference(f"p{n}", "false reassurance", (), said(""), said("笨")) for n in range(40)]
    assert lint(made)["false reassurance"]["verdict"].startswith("shortcut: words alone")


def test_length_alone_is_called_out() -> None:
    doubled = lint(pairs(60, "fact broken: dose", lambda text: f"{text} {' '.join(reversed(text.split()))}"))
    figures = doubled["fact broken"]
    assert figures["length_gap"] == 1.0
    assert figures["bag_of_words_auc"] <= MAX_AUC
    assert figures["verdict"].startswith("shortcut: length alone")
    assert MAX_LENGTH_GAP < 1.0


@pytest.mark.parametrize("kind", ["plain", "unneeded comfort"])
def test_comfort_may_tell_plain_answers_apart(kind: str) -> None:
    (figures,) = lint(pairs(60, kind, lambda text: f"{text} fool")).values()
    assert figures["bag_of_words_auc"] > MAX_AUC
    assert figures["verdict"] == "differs by comfort, as meant"


def test_too_few_pairs_give_no_verdict() -> None:
    few = lint(pairs(MIN_PAIRS - 1, "fact broken: dose"))["fact broken"]
    assert few["bag_of_words_auc"] is None
    assert few["verdict"].startswith("too few pairs")
    assert lint(pairs(MIN_PAIRS, "fact broken: dose"))["fact broken"]["bag_of_words_auc"] is not None


def test_kinds_of_one_family_are_read_together_and_counted() -> None:
    figures = lint([*pairs(12, "fact broken: dose"), *pairs(13, "fact broken: drug"), *pairs(5, "plain")])
    assert {kind: part["pairs"] for kind, part in figures.items()} == {"fact broken": 25, "plain": 5}


def test_lengths_and_openers_are_as_counted() -> None:
    made = pairs(4, "plain", lambda text: f"Well then my friend {text}")
    figures = lint(made)["plain"]
    chosen = sum(word_count(p.chosen[0].content) for p in made) / 4
    assert (figures["words_chosen"], figures["words_rejected"]) == (chosen, chosen + 4)
    assert figures["length_gap"] == pytest.approx(4 / chosen, abs=0.001)
    assert figures["commonest_opener_share"] == 1.0
    assert lint(pairs(4, "plain"))["plain"]["commonest_opener_share"] == 0.25


def test_no_preferences_have_no_figures() -> None:
    assert lint([]) == {}
