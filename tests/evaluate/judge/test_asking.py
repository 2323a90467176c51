"""What a judge takes is counted in tokens, and in dollars where a price is known."""

from __future__ import annotations

import pytest

from bedside.evaluate.judge.asking import Spent
from bedside.llm import ChatReply
from bedside.llm.prices import Price


def test_tokens_and_dollars_add_up() -> None:
    price = Price(input_usd=2.0, output_usd=10.0, cached_usd=1.0, source="test")
    spent = Spent()
    for _ in range(3):
        spent = spent.plus(ChatReply("x", input_tokens=1000, output_tokens=200, cached_tokens=400), price)
    assert (spent.requests, spent.input_tokens, spent.output_tokens) == (3, 3000, 600)
    assert spent.cost_usd == pytest.approx(3 * (600 * 2 + 400 * 1 + 200 * 10) / 1e6)
    assert str(spent) == "3,600 tokens · 0.01 USD"


def test_without_a_price_there_are_tokens_only() -> None:
    spent = Spent().plus(ChatReply("x", input_tokens=10, output_tokens=2), None)
    assert spent.cost_usd is None
    assert str(spent) == "12 tokens"
