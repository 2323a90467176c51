"""The estimate: derived from the very prompts, less what is answered, learnt from what was counted; no request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bedside.core.config import RewriteConfig
from bedside.llm.fake_endpoint import Fault, serving
from bedside.llm.tokens import TokenMeter
from bedside.llm.tokens import estimate as tokens_of
from bedside.rewrite.estimate import FEEDBACK_TOKENS, LENGTHENED, TURNED_DOWN, _as_json
from bedside.rewrite.llm_rewriter import first_request
from bedside.rewrite.order import Orders
from bedside.rewrite.stage import build, estimate_run
from tests.rewrite.consultations import EXPLICIT, Asked, always, comforting, dialogue, written


def config_for(model: str, **settings: Any) -> RewriteConfig:
    return RewriteConfig.model_validate({"model": model, "plan": EXPLICIT, "timeout_s": 60, "workers": 0} | settings)


def test_the_numbers_are_those_of_the_prompts(tmp_path: Path) -> None:
    source = written(tmp_path / "corpus", [dialogue(n) for n in range(10)])
    config = config_for("openai:gpt-4o-mini", tries=2)
    told = estimate_run(config, 1, source, tmp_path / "out")
    meter, orders = TokenMeter("gpt-4o-mini"), list(Orders(source / "dialogues.jsonl", config, 1))
    asked = sum(meter.request(first_request(order, config)) for order in orders)
    original = sum(tokens_of(_as_json(order.dialogue), "gpt-4o-mini") for order in orders)
    (low, high), (shorter, longer) = TURNED_DOWN, LENGTHENED
    assert (told.requests.low, told.requests.high) == pytest.approx((10 * (1 + low), 10 * (1 + high)))
    assert told.output_tokens.high == pytest.approx((1 + high) * longer * original, rel=1e-4)
    second = asked + longer * original + 10 * FEEDBACK_TOKENS
    assert told.input_tokens.high == pytest.approx(asked + high * second, rel=1e-4)
    assert told.cost_usd is not None
    dearest = (told.input_tokens.high * 0.15 + told.output_tokens.high * 0.60) / 1e6
    assert told.cost_usd.high == pytest.approx(dearest, rel=1e-2)
    # At the low end the shared system prompt, longer than 1,024 tokens, is read from the server's cache.
    system = sum(meter.request(type(r)(r.messages[:1])) for r in (first_request(o, config) for o in orders))
    cheapest = told.input_tokens.low * 0.15 - (1 + low) * system * (0.15 - 0.075) + told.output_tokens.low * 0.60
    assert told.cost_usd.low == pytest.approx(cheapest / 1e6, rel=1e-2)
    assert told.output_tokens.low == pytest.approx((1 + low) * shorter * original, rel=1e-4)
    assert "2026" in told.price


def test_it_writes_nothing_and_needs_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    source = written(tmp_path / "corpus", [dialogue()])
    estimate_run(config_for("openai:gpt-4o-mini"), 1, source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_batch_costs_half_and_a_local_model_nothing(tmp_path: Path) -> None:
    source = written(tmp_path / "corpus", [dialogue(n) for n in range(3)])
    live = estimate_run(config_for("openai:gpt-4o-mini"), 1, source, tmp_path / "out")
    batch = estimate_run(config_for("openai:gpt-4o-mini", batch=True), 1, source, tmp_path / "out")
    assert live.cost_usd is not None
    assert batch.cost_usd is not None
    assert batch.cost_usd.high == pytest.approx(live.cost_usd.high / 2, rel=1e-2)
    assert "a batch costs 50% of it" in batch.price
    here = estimate_run(config_for("http://127.0.0.1:1/v1#m"), 1, source, tmp_path / "out")
    assert (here.cost_usd, here.price) == (None, "no price (runs on this machine)")
    unknown = estimate_run(config_for("https://host.example/v1#m"), 1, source, tmp_path / "out")
    assert unknown.cost_usd is None
    assert "rewrite.input_price_usd" in unknown.price
    assert estimate_run(config_for("phrasebook"), 1, source, tmp_path / "out").requests.high == 0


def test_the_run_stays_within_its_estimate_and_then_nothing_is_left(tmp_path: Path) -> None:
    asked = always(comforting)
    source, out = written(tmp_path / "corpus", [dialogue(n) for n in range(8)]), tmp_path / "out"
    with serving(asked) as url:
        config = config_for(f"{url}#gpt-4o-mini", input_price_usd=1.0, output_price_usd=2.0)
        before = estimate_run(config, 1, source, out)
        assert asked.bodies == []
        manifest = build(config, 1, source, out)
        after = estimate_run(config, 1, source, out)
    assert before.finished == 0
    assert before.requests.low - 1 <= manifest.counts["requests"] <= before.requests.high
    assert (after.rows, after.finished, after.requests.high, after.sampled) == (8, 8, 0, 0)
    assert after.cost_usd is not None
    assert after.cost_usd.high == 0
    assert len(asked.bodies) == 8


def test_what_is_answered_is_left_out_and_learnt_from(tmp_path: Path) -> None:
    def answer(body: dict[str, Any], number: int) -> str | Fault:
        return Fault(422, "no") if "Number 3" in body["messages"][1]["content"] else comforting(body)

    asked = Asked(answer)
    dialogues = [
        dialogue(n % 26, patient=f"My head aches, ibuprofen 400 mg hardly helps. Number {n}.") for n in range(40)
    ]
    source, out = written(tmp_path / "corpus", dialogues), tmp_path / "out"
    with serving(asked) as url:
        config = config_for(f"{url}#gpt-4o-mini", input_price_usd=1.0, output_price_usd=2.0, tries=1)
        build(config, 1, source, out)
        told = estimate_run(config.model_copy(update={"retry_failed": True}), 1, source, out)
    # 3 and 30 to 39 failed.
    assert (told.rows, told.finished, told.sampled) == (40, 29, 11)
    # 29 answers are too few to measure by.
    assert told.learnt_from == 29
    assert told.requests.low == pytest.approx(11)
    # The fake endpoint counts words; the estimate has learnt to do so, too.
    words = [sum(len(m["content"].split()) for m in body["messages"]) for body in asked.bodies]
    assert told.input_tokens.low == pytest.approx(11 * sum(words) / len(words), rel=0.02)


def test_the_command_line_tells_it_to_people_and_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from bedside.cli import app

    source = written(tmp_path / "corpus", [dialogue(n) for n in range(3)])
    words = ["rewrite", str(source), "--model", "openai:gpt-4o-mini", "-o", str(tmp_path / "out"), "--estimate"]
    app(words, standalone_mode=False)
    told = capsys.readouterr().out
    assert [line.split()[0] for line in told.splitlines()] == [
        "rows", "requests", "input", "output", "cost", "price", "basis"
    ]  # fmt: skip
    app([*words, "--json"], standalone_mode=False)
    value = json.loads(capsys.readouterr().out)
    assert (value["rows"], value["finished"], value["sampled"]) == (3, 0, 3)
    assert 0 < value["cost_usd"]["low"] < value["cost_usd"]["high"] < 0.1
