"""What the rewriting model's tokens cost under a run's settings, and the account of a run with a ceiling."""

from __future__ import annotations

from functools import cache

import msgspec

from bedside.core.config import RewriteConfig
from bedside.core.errors import UserMistake
from bedside.llm import ChatReply, Halt, Ledger, ModelName, endpoints_of, parse_model
from bedside.llm.payments import Payments, unaccounted
from bedside.llm.prices import Price, Unpriced, UserPrices, price_of
from bedside.llm.till import Till

__all__ = ["check_ways", "cost_of", "is_paid", "known_price", "price_for", "till_for"]


def price_for(config: RewriteConfig) -> Price | Unpriced:
    """The price, or why there is none."""
    user = UserPrices(config.input_price_usd, config.output_price_usd, config.cached_price_usd)
    return _price(config.model, user)


@cache
def _price(model: str, user: UserPrices) -> Price | Unpriced:
    return price_of(_first(model), user)


def _first(model: str) -> ModelName:
    """The model, by the first of its endpoints where there are several."""
    return parse_model(endpoints_of(model)[0])


def cost_of(reply: ChatReply, config: RewriteConfig) -> float | None:
    """What a reply cost; None where no price is known."""
    price = price_for(config)
    if isinstance(price, Unpriced):
        return None
    return price.cost_usd(reply.input_tokens, reply.output_tokens, reply.cached_tokens, reply.price_share)


def known_price(config: RewriteConfig) -> Price:
    """The price that a ceiling needs.

    Raises:
        UserMistake: there is none.
    """
    price = price_for(config)
    if _first(config.model).kind != "endpoint":
        price = Unpriced("no price (runs on this machine)", free=True)
    if isinstance(price, Price):
        return price
    what = f"--max-cost {config.max_cost_usd:g} cannot be kept: {price.why}"
    remedy = "Leave --max-cost out: there is nothing to pay." if price.free else None
    raise UserMistake(what, where=config.model, remedy=remedy)


def is_paid(config: RewriteConfig) -> bool:
    """Whether there is anything to pay, or may be."""
    price = price_for(config)
    return isinstance(price, Price) or not price.free


def check_ways(config: RewriteConfig) -> None:
    """Whether the run can be carried out as asked, before anything is begun.

    Raises:
        UserMistake: no such model, a ceiling without a price, a batch without an endpoint, several endpoints for one
            process, or many machines with a ceiling or a batch, which nobody could keep across them.
    """
    endpoints, kind = endpoints_of(config.model), _first(config.model).kind
    if config.engine == "ray" and (config.batch or config.max_cost_usd is not None):
        way = "--batch" if config.batch else "--max-cost"
        raise UserMistake(f"{way} is for one process; --engine ray is many", remedy="Leave one of the two out.")
    if len(endpoints) > 1 and config.engine != "ray":
        raise UserMistake(
            f"{len(endpoints)} endpoints are for many machines",
            where=config.model,
            remedy="Add --engine ray, or name one endpoint.",
        )
    if config.batch and kind != "endpoint":
        raise UserMistake("--batch needs an endpoint with a Batch API", where=config.model, remedy="Leave it out.")
    if config.max_cost_usd is not None:
        known_price(config)


def till_for(config: RewriteConfig, ledger: Ledger, halt: Halt) -> Till | None:
    """The till of a run with a ceiling, which counts what earlier runs on the same ledger have paid; else None."""
    if config.max_cost_usd is None:
        return None
    price, name = known_price(config), parse_model(config.model).name
    decode = msgspec.json.Decoder(ChatReply).decode
    before = sum(cost_of(decode(reply), config) or 0.0 for reply in unaccounted(ledger.database, name))
    return Till(name, price, Payments(ledger.database, config.max_cost_usd, before), halt)
