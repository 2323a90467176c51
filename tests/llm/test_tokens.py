"""The estimate of tokens follows its weights, learns from what is counted, and is bounded above."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.core.records import ChatMessage
from bedside.llm.protocol import ChatRequest
from bedside.llm.tokens import MOST_A_MESSAGE, MOST_A_REQUEST, TokenMeter, _table, estimate, most_tokens


def asked(*texts: str) -> ChatRequest:
    roles: tuple[Literal["system", "user", "assistant"], ...] = ("system", "user", "assistant")
    return ChatRequest(tuple(ChatMessage(roles[min(n, 2)], text) for n, text in enumerate(texts)))


def test_an_estimate_is_the_sum_of_its_parts() -> None:
    word, letter, digit, cjk, sign, other = _table().families["o200k"].weights
    # two words of 10 letters; 3 digits; 2 CJK characters; ".", a line break; one accented letter
    text = "hello world 123 你好.\né"
    assert estimate(text, "gpt-4o") == pytest.approx(2 * word + 10 * letter + 3 * digit + 2 * cjk + 2 * sign + other)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("gpt-4o-mini", "o200k"),
        ("gpt-4-turbo", "cl100k"),
        ("Qwen/Qwen3-0.6B", "qwen"),
        ("deepseek-chat", "deepseek"),
        ("mistral-small", "mistral"),
        ("claude-haiku-4-5", "claude"),
        ("something-else", "o200k"),
    ],
)
def test_a_family_is_known_by_its_name(name: str, family: str) -> None:
    digits = "1" * 1000
    assert estimate(digits, name) == pytest.approx(1000 * _table().families[family].weights[2])


def test_plain_english_has_about_four_and_a_half_letters_a_token() -> None:
    text = "Take ibuprofen with food and drink plenty of water until the fever is gone. " * 50
    assert 3.8 < len(text) / estimate(text, "gpt-4o") < 5.5


def test_what_the_endpoint_counts_corrects_the_next_estimates() -> None:
    meter = TokenMeter("gpt-4o")
    first, second = asked("rules", "a short question"), asked("rules", "quite another question, rather a longer one")
    before = meter.request(second)
    meter.learn(first, round(3 * meter.request(first)))
    assert meter.request(second) == pytest.approx(3 * before, rel=0.05)
    assert meter.text("an answer") == estimate("an answer", "gpt-4o")
    meter.learn_text("an answer", round(1000 * estimate("an answer", "gpt-4o")))
    assert meter.text("an answer") == pytest.approx(1000 * estimate("an answer", "gpt-4o"), rel=0.01)


def test_an_endpoint_that_counts_nothing_teaches_nothing() -> None:
    meter = TokenMeter("gpt-4o")
    meter.learn(asked("a", "b"), 0)
    meter.learn_text("", 10)
    assert (meter.correction("input"), meter.correction("output")) == (1.0, 1.0)


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_the_bound_is_a_token_for_each_byte_and_more(texts: list[str]) -> None:
    request = asked(*texts)
    sizes = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    assert most_tokens(request) == sizes + MOST_A_MESSAGE * len(texts) + MOST_A_REQUEST
    assert most_tokens(ChatRequest(request.messages, schema={"type": "object"})) > most_tokens(request)
