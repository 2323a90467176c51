"""Prices come from the user or from the table, only where they hold; what is not known is said and is never 0."""

from __future__ import annotations

import pytest

from bedside.llm.model_string import ModelName, parse_model
from bedside.llm.prices import NOT_SAID, Price, Unpriced, UserPrices, _table, price_of


def price(text: str, user: UserPrices = NOT_SAID) -> Price:
    found = price_of(parse_model(text), user)
    assert isinstance(found, Price), found
    return found


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("gpt-4o", "gpt-4o"),
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("gpt-5-mini-2025-08-07", "gpt-5-mini"),
        ("gpt-5.1", "gpt-5.1"),
    ],
)
def test_the_longest_listed_name_that_fits_has_the_price(name: str, entry: str) -> None:
    listed = _table().providers["openai"].models[entry]
    found = price(f"openai:{name}")
    assert (found.input_usd, found.cached_usd, found.output_usd) == (
        listed["input"],
        listed["cached"],
        listed["output"],
    )
    assert entry in found.source
    assert _table().date in found.source


@pytest.mark.parametrize(
    "name", ["gpt-5-pro", "gpt-4o-audio-preview", "gpt-4", "gpt-5x", "my-model", "gpt-4o-mini-mine"]
)
def test_a_name_that_only_begins_like_a_listed_one_has_no_price(name: str) -> None:
    found = price_of(parse_model(f"openai:{name}"))
    assert isinstance(found, Unpriced)
    assert not found.free
    assert name in found.why
    assert "rewrite.input_price_usd" in found.why


def test_a_price_holds_only_at_its_host() -> None:
    assert price("https://api.deepseek.com/v1#deepseek-chat").input_usd == 0.28
    assert price("https://api.openai.com/v1#gpt-4o").output_usd == 10.0
    elsewhere = price_of(parse_model("https://gateway.example/v1#gpt-4o"))
    assert isinstance(elsewhere, Unpriced)
    assert "gateway.example" in elsewhere.why


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:1234", "[::1]:8000", "127.0.0.9"])
def test_this_machine_has_no_price_and_says_so(host: str) -> None:
    assert price_of(parse_model(f"http://{host}/v1#gpt-4o")) == Unpriced("no price (runs on this machine)", free=True)
    assert price_of(ModelName("local", "clinic")) == Unpriced("no price (runs on this machine)", free=True)


def test_the_user_knows_better() -> None:
    given = price("http://127.0.0.1:8000/v1#m", UserPrices(1.0, 2.0))
    assert given == Price(1.0, 2.0, 1.0, "your settings", None)
    assert price("openai:gpt-4o", UserPrices(1.0, 2.0, 0.5)) == Price(1.0, 2.0, 0.5, "your settings", 0.5)
    # One of two prices is none.
    assert price("openai:gpt-4o", UserPrices(input_usd=1.0)).input_usd == 2.5


def test_what_tokens_cost() -> None:
    given = Price(2.0, 10.0, 0.5, "", 0.5)
    # 1 M input at 2 $, of which 0.4 M cached at 0.5 $; 0.1 M output at 10 $.
    assert given.cost_usd(1_000_000, 100_000) == pytest.approx(2.0 + 1.0)
    assert given.cost_usd(1_000_000, 100_000, 400_000) == pytest.approx(0.6 * 2.0 + 0.4 * 0.5 + 1.0)
    assert given.cost_usd(1_000_000, 100_000, 400_000, share=0.5) == pytest.approx((1.2 + 0.2 + 1.0) / 2)
    # No more can be cached than was read.
    assert given.cost_usd(100, 0, 1000) == pytest.approx(100 * 0.5 / 1e6)


def test_every_entry_of_the_table_is_whole() -> None:
    providers = _table().providers
    assert len(providers) >= 6
    entries = [(p, name, entry) for p in providers.values() for name, entry in p.models.items()]
    assert len(entries) >= 24
    for provider, name, entry in entries:
        assert {"input", "output"} <= set(entry) <= {"input", "output", "cached"}, name
        assert 0 < entry["input"] <= entry["output"], name
        assert entry.get("cached", entry["input"]) <= entry["input"], name
        assert all("." in host and "/" not in host for host in provider.hosts)
