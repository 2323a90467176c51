"""What a model's tokens cost: the shipped table (`data/prices.yaml`), or what the user says.

A price is known, or it is not and that is said with the remedy; it is never taken for 0. A model on this machine has no
price. The table holds published list prices: neither discounts of a contract nor taxes are known here.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from importlib import resources
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
import yaml

from bedside.llm.model_string import ModelName

__all__ = ["OPENAI_HOST", "Price", "Unpriced", "UserPrices", "price_of"]

OPENAI_HOST = "api.openai.com"
# What may follow a listed name in the name of the same model: a date, a version's digits, or "latest".
SNAPSHOT = re.compile(r"(-\d{4}-\d{2}-\d{2}|-\d{4,8}|-latest)?\Z")


class Price(msgspec.Struct, frozen=True):
    """US dollars for a million tokens. `batch` is the share that a request in a batch costs; None: not known."""

    input_usd: float
    output_usd: float
    cached_usd: float
    source: str
    batch: float | None = None

    def cost_usd(
        self, input_tokens: float, output_tokens: float, cached_tokens: float = 0, share: float = 1.0
    ) -> float:
        """The dollars for these tokens; `cached_tokens` are a part of `input_tokens`, `share` is a batch's discount."""
        cached = min(cached_tokens, input_tokens)
        full = (input_tokens - cached) * self.input_usd + cached * self.cached_usd + output_tokens * self.output_usd
        return full * share / 1e6


class Unpriced(msgspec.Struct, frozen=True):
    """No price, and why, in words for the user. `free` when there is nothing to pay: it runs on this machine."""

    why: str
    free: bool = False


class UserPrices(NamedTuple):
    """What the user says that a million tokens cost."""

    input_usd: float | None = None
    output_usd: float | None = None
    cached_usd: float | None = None


NOT_SAID = UserPrices()


class _Provider(msgspec.Struct, frozen=True):
    hosts: tuple[str, ...]
    models: dict[str, dict[str, float]]
    batch: float | None = None


class _Table(msgspec.Struct, frozen=True):
    date: str
    providers: dict[str, _Provider]


def price_of(model: ModelName, user: UserPrices = NOT_SAID) -> Price | Unpriced:
    """The price of a model: the user's word first, then the table's. Cached input costs as other input if not said."""
    listed = _listed(model) if model.kind == "endpoint" else None
    if user.input_usd is not None and user.output_usd is not None:
        cached = user.input_usd if user.cached_usd is None else user.cached_usd
        # The discount of a batch is the provider's, whatever its price.
        batch = listed.batch if listed else 0.5 if model.kind == "endpoint" and model.base_url is None else None
        return Price(user.input_usd, user.output_usd, cached, "your settings", batch)
    if listed is not None:
        return listed
    if model.kind != "endpoint" or _is_here(host_of(model)):
        return Unpriced("no price (runs on this machine)", free=True)
    return Unpriced(
        f"the price of {model.name} at {host_of(model)} is not known: tokens only; "
        "set rewrite.input_price_usd and rewrite.output_price_usd (US dollars for a million tokens)"
    )


def host_of(model: ModelName) -> str:
    """The host that answers."""
    return OPENAI_HOST if model.base_url is None else urlsplit(model.base_url).hostname or ""


def _listed(model: ModelName) -> Price | None:
    """The table's entry whose name is the longest that begins this model's, followed by no more than a date."""
    table, host = _table(), host_of(model)
    provider = next((p for p in table.providers.values() if host in p.hosts), None)
    if provider is None:
        return None
    fits = (n for n in provider.models if model.name.startswith(n) and SNAPSHOT.match(model.name, len(n)))
    name = max(fits, key=len, default=None)
    if name is None:
        return None
    entry = provider.models[name]
    source = f"published list price of {name}, {table.date}; check before a large run"
    return Price(entry["input"], entry["output"], entry.get("cached", entry["input"]), source, provider.batch)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@cache
def _table() -> _Table:
    text = resources.files("bedside").joinpath("llm/data/prices.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), _Table)
