"""A run with a ceiling never costs more, however often it is begun; rows tell their cost; prompts share a beginning."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from bedside.core.config import RewriteConfig
from bedside.core.errors import Stop, UserMistake
from bedside.core.files import read_rows
from bedside.core.records import Dialogue, Language, Message, PlannedEmotion, Recipe, Rewrite, Usage
from bedside.llm import ChatReply
from bedside.llm.fake_endpoint import misbehaving, serving
from bedside.llm.misbehaving import FAULTS, Law
from bedside.rewrite.llm_rewriter import add_usage, first_request
from bedside.rewrite.order import Order
from bedside.rewrite.recipes import prompt, retry_message
from bedside.rewrite.stage import build
from tests.rewrite.consultations import EXPLICIT, always, comforting, dialogue, written

IN_USD, OUT_USD = 10.0, 40.0


def config_for(url: str, **settings: Any) -> RewriteConfig:
    given = {"model": f"{url}#m", "plan": EXPLICIT, "timeout_s": 60, "concurrency": 16, "workers": 0}
    prices = {"input_price_usd": IN_USD, "output_price_usd": OUT_USD}
    return RewriteConfig.model_validate(given | prices | settings)


def billed(bodies: list[dict[str, Any]]) -> float:
    """What the endpoint asks for: it counts words."""
    read = sum(len(m["content"].split()) for body in bodies for m in body["messages"])
    said = sum(len(comforting(body).split()) for body in bodies)
    return (read * IN_USD + said * OUT_USD) / 1e6


def test_the_ceiling_holds_over_runs_and_a_higher_one_goes_on(tmp_path: Path) -> None:
    asked = always(comforting)
    source, out = written(tmp_path / "corpus", [dialogue(n) for n in range(26)]), tmp_path / "out"
    with serving(asked) as url:
        with pytest.raises(Stop, match=r"--max-cost 0\.25 USD is reached(.|\n)*the same command goes on from there"):
            build(config_for(url, max_cost_usd=0.25), 1, source, out)
        first = len(asked.bodies)
        assert 1 <= first < 26
        assert billed(asked.bodies) <= 0.25
        with pytest.raises(Stop):
            build(config_for(url, max_cost_usd=0.25), 1, source, out)
        assert len(asked.bodies) == first
        manifest = build(config_for(url, max_cost_usd=5), 1, source, out)
    assert (manifest.counts["accepted"], len(asked.bodies)) == (26, 26)
    rows = list(read_rows(out / "rewrites.jsonl", Rewrite))
    assert sum(row.usage.cost_usd or 0 for row in rows) == pytest.approx(billed(asked.bodies))


def test_what_was_paid_without_a_ceiling_counts_under_a_later_one(tmp_path: Path) -> None:
    asked = always(comforting)
    source, out = written(tmp_path / "corpus", [dialogue(n) for n in range(20)]), tmp_path / "out"
    with serving(asked) as url:
        build(config_for(url, limit=10), 1, source, out)
        paid = billed(asked.bodies)
        with pytest.raises(Stop, match=f"{paid:.4f} USD are spent"):
            build(config_for(url, max_cost_usd=paid + 0.01, plan=EXPLICIT, temperature=0.1), 1, source, out)
    assert len(asked.bodies) == 10


@pytest.mark.parametrize("seed", range(3))
def test_the_ceiling_holds_at_an_endpoint_that_misbehaves(tmp_path: Path, seed: int) -> None:
    faults = dict.fromkeys(FAULTS, 0.04)
    source, out = written(tmp_path / "corpus", [dialogue(n) for n in range(26)]), tmp_path / "out"
    bodies: list[dict[str, Any]] = []
    with misbehaving(Law(0.02, 1.0, 8, retry_after_s=0.02, faults=faults, seed=seed)) as (url, endpoint):
        said = endpoint._said
        endpoint._said = lambda body: bodies.append(body) or said(body)  # type: ignore[func-returns-value]
        for ceiling in (0.2, 0.4, 0.4):
            with pytest.raises(Stop):
                build(config_for(url, max_cost_usd=ceiling, timeout_s=1, row_timeout_s=5), 1, source, out)
            read = sum(len(m["content"].split()) for body in bodies for m in body["messages"])
            written_words = sum(len(said(body).split()) for body in bodies)
            assert (read * IN_USD + written_words * OUT_USD) / 1e6 <= ceiling
    assert bodies


def test_a_ceiling_needs_a_price(tmp_path: Path) -> None:
    source = written(tmp_path / "corpus", [dialogue()])
    for model, told in (
        ("https://host.example/v1#m", r"not known: tokens only; set rewrite\.input_price_usd"),
        ("http://127.0.0.1:1/v1#m", "nothing to pay"),
        ("local:clinic", "nothing to pay"),
    ):
        with pytest.raises(UserMistake, match=told):
            build(RewriteConfig(model=model, max_cost_usd=1), 1, source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_cached_tokens_cost_their_own_price_and_a_batch_its_share() -> None:
    config = RewriteConfig(model="http://127.0.0.1/v1#m", input_price_usd=2, output_price_usd=10, cached_price_usd=0.5)
    usage = add_usage(Usage(), ChatReply("", input_tokens=1000, output_tokens=100, cached_tokens=600), config)
    assert usage.cost_usd is not None
    assert usage.cost_usd == pytest.approx((400 * 2 + 600 * 0.5 + 100 * 10) / 1e6)
    more = add_usage(usage, ChatReply("", input_tokens=1000, output_tokens=100, price_share=0.5), config)
    assert more.cost_usd == pytest.approx(usage.cost_usd + (1000 * 2 + 100 * 10) / 2e6)
    assert (more.requests, more.input_tokens, more.cached_tokens) == (2, 2000, 600)
    assert add_usage(Usage(), ChatReply("", input_tokens=9), RewriteConfig(model="http://[::1]/v1#m")).cost_usd is None


def test_prompts_of_one_recipe_and_language_share_their_whole_beginning() -> None:
    beginnings = set()
    for recipe, language in product(get_args(Recipe), get_args(Language)):
        planned = [PlannedEmotion("fear", 2, "explicit concern"), PlannedEmotion("anger", 1, "implicit cue")]
        first, second = (
            prompt(
                Dialogue(f"d{n}", "s", language, (Message("patient", f"p{n}"), Message("doctor", "a"))), plan, recipe
            )
            for n, plan in enumerate(planned)
        )
        assert first[0] == second[0]
        assert [m.role for m in first] == ["system", "user"]
        assert first[1] != second[1]
        beginnings.add(first[0])
    # Four recipes in two languages.
    assert len(beginnings) == 8


def test_a_further_try_begins_like_the_one_before_it(tmp_path: Path) -> None:
    config = config_for("http://127.0.0.1")
    order = Order(dialogue(), PlannedEmotion("fear", 2, "explicit concern"), "distressed query")
    first = first_request(order, config).messages
    assert retry_message((), "en").role == "user"
    asked = always(lambda body: "no rewrite" if len(body["messages"]) == 2 else comforting(body))
    with serving(asked) as url:
        build(config_for(url), 1, written(tmp_path / "corpus", [dialogue()]), tmp_path / "out")
    shorter, longer = (body["messages"] for body in asked.bodies)
    assert longer[: len(shorter)] == shorter
    assert len(first) == len(shorter)
