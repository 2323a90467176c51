"""The settings of rewriting: who shows which emotion, what is asked of a model, what it may cost."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from bedside.core.section import Section, Share

__all__ = ["PlanConfig", "RewriteConfig"]


class PlanConfig(Section):
    """Shares of the emotion plan; the first four add up to 1. Real patients mostly hint: the implicit share is large.

    `corrective` is the share of all dialogues whose distressed patient also states a false belief; they are taken from
    the distressed ones, of each level alike.
    """

    neutral: Share = 0.25
    implicit: Share = 0.35
    explicit_2: Share = 0.30
    explicit_3: Share = 0.10
    corrective: Share = 0.0

    @model_validator(mode="after")
    def _adds_up(self) -> PlanConfig:
        total = self.neutral + self.implicit + self.explicit_2 + self.explicit_3
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"the shares add up to {total:g}, not 1")
        if self.corrective > 1.0 - self.neutral + 1e-6:
            raise ValueError(
                f"corrective is {self.corrective:g}, but only {1 - self.neutral:g} of the patients are distressed"
            )
        return self


class RewriteConfig(Section):
    """`model` is `phrasebook` or any MODEL string. A price is US dollars for a million tokens."""

    model: str = "phrasebook"
    # What becomes of the distressed; the calm are the `neutral control` whatever stands here.
    recipe: Literal["comforting answer", "distressed query", "corrective"] = "distressed query"
    plan: PlanConfig = PlanConfig()
    # Whether a source answer with a critical defect (see docs/gates.md) is rewritten all the same.
    unsafe_sources: bool = False
    tries: int = Field(default=3, ge=1, le=10)
    # The most requests under way at once; how many it takes to keep the endpoint busy is found out.
    concurrency: int = Field(default=256, ge=1)
    # Seconds for one try, and for a request with all its tries; after that many no further rewrite is asked for.
    timeout_s: float = Field(default=120.0, gt=0)
    row_timeout_s: float = Field(default=600.0, gt=0)
    # Where the rows are done: in this process, or in blocks on the workers of a Ray cluster (docs/rewriting.md).
    engine: Literal["asyncio", "ray"] = "asyncio"
    ray_workers: int | None = Field(default=None, ge=1)
    ray_block: int = Field(default=500, ge=1)
    # A running cluster (`auto`, or its address); null starts one on this machine alone.
    ray_address: str | None = None
    # Processes that judge; 0 judges in the main one, null takes what the machine has.
    workers: int | None = Field(default=None, ge=0)
    temperature: float = Field(default=0.7, ge=0)
    max_output_tokens: int = Field(default=2048, ge=64)
    input_price_usd: float | None = Field(default=None, ge=0)
    output_price_usd: float | None = Field(default=None, ge=0)
    # Of input tokens that the endpoint has read before; as other input where not given.
    cached_price_usd: float | None = Field(default=None, ge=0)
    # A hard ceiling in US dollars for the run in all, also when it is interrupted and goes on.
    max_cost_usd: float | None = Field(default=None, ge=0)
    # Through the endpoint's Batch API: within a day, mostly at half the price.
    batch: bool = False
    # Rows that failed in a finished run are tried again; the others stay as they are.
    retry_failed: bool = False
    limit: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _can_be_written(self) -> RewriteConfig:
        if self.model == "phrasebook" and (self.recipe == "corrective" or self.plan.corrective):
            raise ValueError("a false belief needs a MODEL that writes; the phrasebook cannot make one up")
        return self
