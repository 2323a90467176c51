"""Rewriting by the Batch API: the same rows as live, each answer asked and paid for once, whatever interrupts it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import bedside.llm.batches as batches_module
from bedside.core.config import RewriteConfig
from bedside.core.errors import EndpointError, Stop, UserMistake
from bedside.core.files import read_rows
from bedside.core.manifest import Manifest
from bedside.core.records import Rewrite
from bedside.llm import prices
from bedside.llm.batches import Batches
from bedside.llm.fake_batches import BatchPlan, FakeBatches
from bedside.llm.fake_endpoint import Fault, serving, serving_batches
from bedside.rewrite import pricing
from bedside.rewrite.stage import build, cancel_batches
from tests.rewrite.consultations import EXPLICIT, Asked, always, broken, comforting, dialogue, written

SMOOTH = BatchPlan()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches_module, "FIRST_LOOK_S", 0.001)
    monkeypatch.setattr(batches_module, "LONGEST_LOOK_S", 0.002)


def config_for(url: str, **settings: Any) -> RewriteConfig:
    given = {"model": f"{url}#m", "plan": EXPLICIT, "timeout_s": 60, "workers": 0, "batch": True}
    return RewriteConfig.model_validate(given | settings)


def built(url: str, folder: Path, count: int = 8, **settings: Any) -> Manifest:
    source = folder / "corpus"
    if not source.exists():
        written(source, [dialogue(n) for n in range(count)])
    return build(config_for(url, **settings), 1, source, folder / "out")


def rows_of(folder: Path) -> list[Rewrite]:
    return list(read_rows(folder / "out" / "rewrites.jsonl", Rewrite))


def keys_of(fake: FakeBatches) -> Counter[str]:
    return Counter(line["custom_id"] for line in fake.asked)


def test_a_batch_run_has_the_rows_of_a_live_one(tmp_path: Path) -> None:
    asked = always(comforting)
    with serving_batches(asked) as (url, fake):
        manifest = built(url, tmp_path / "batch")
        assert manifest.counts["accepted"] == 8
        # One was asked live, to find out how the endpoint wants to be asked.
        assert (len(fake.asked), len(asked.bodies), len(fake.batches)) == (7, 8, 1)
        assert {line["url"] for line in fake.asked} == {"/v1/chat/completions"}
        assert fake.files == {}
        live = built(url, tmp_path / "live", batch=False)
    assert live.counts == manifest.counts
    plain = [
        [(r.id, r.rewritten, r.status, r.attempts) for r in rows_of(tmp_path / name)] for name in ("batch", "live")
    ]
    assert plain[0] == plain[1]


def test_live_and_batch_share_their_answers(tmp_path: Path) -> None:
    asked = always(comforting)
    with serving_batches(asked) as (url, fake):
        built(url, tmp_path)
        for name in ("manifest.json", "rewrites.jsonl", "README.md"):
            (tmp_path / "out" / name).unlink()
        built(url, tmp_path, batch=False)
        assert len(asked.bodies) == 8
        built(url, tmp_path, temperature=0.1, batch=False)
        assert len(asked.bodies) == 16
        built(url, tmp_path, temperature=0.1, tries=5)
    assert (len(asked.bodies), len(fake.batches)) == (16, 1)


def test_a_rewrite_that_is_turned_down_is_asked_for_in_a_further_batch(tmp_path: Path) -> None:
    asked = always(lambda body: broken(body) if len(body["messages"]) == 2 else comforting(body))
    with serving_batches(asked) as (url, fake):
        manifest = built(url, tmp_path)
    assert manifest.counts["accepted"] == 8
    assert {row.attempts for row in rows_of(tmp_path)} == {2}
    sizes = [batch["request_counts"]["total"] for batch in fake.batches.values()]
    assert sizes == [7, 8]
    assert max(keys_of(fake).values()) == 1


@pytest.mark.parametrize("end", ["expired", "cancelled"])
def test_only_what_was_not_answered_is_sent_again(tmp_path: Path, end: Any) -> None:
    plan = BatchPlan(ends=(end,), answered_share=0.5)
    with serving_batches(always(comforting), plan) as (url, fake):
        manifest = built(url, tmp_path, 9)
    assert manifest.counts["accepted"] == 9
    assert [batch["request_counts"]["total"] for batch in fake.batches.values()] == [8, 4]
    assert max(keys_of(fake).values()) == 1


def test_faults_of_single_requests_are_sent_again_and_at_last_fail_the_row(tmp_path: Path) -> None:
    def answer(body: dict[str, Any], number: int) -> str | Fault:
        user = body["messages"][1]["content"]
        if "case C" in user:
            return Fault(422, "cannot be processed")
        return Fault(500, "down") if "case D" in user else comforting(body)

    plan = BatchPlan(failing=frozenset({1}), broken_lines=frozenset({5}), twice=frozenset({6}))
    with serving_batches(Asked(answer), plan) as (url, fake):
        manifest = built(url, tmp_path, 8)
    rows = {row.id: row for row in rows_of(tmp_path)}
    assert {name: row.status for name, row in rows.items() if row.status != "accepted"} == {
        "d2": "failed",
        "d3": "failed",
    }
    assert manifest.counts["read"] == 8
    assert "cannot be processed" in rows["d2"].reasons[0].detail
    assert (rows["d2"].cause, rows["d3"].cause) == ("refused", "server")
    times = sorted(keys_of(fake).values())
    # 422 once; 500 three times; one that failed in transport and one whose line was broken twice each.
    assert times == [1, 1, 1, 1, 2, 2, 3]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("place", ["sent", "ended", "read"])
def test_killed_and_begun_again_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    def killed(*given: Any, **more: Any) -> Any:
        raise Killed

    name = {"sent": "ended", "ended": "outcomes", "read": "forget"}[place]
    with serving_batches(always(comforting)) as (url, fake):
        with monkeypatch.context() as patched, pytest.raises(Killed):
            patched.setattr(Batches, name, killed)
            built(url, tmp_path)
        manifest = built(url, tmp_path)
    assert manifest.counts["accepted"] == 8
    assert len(fake.batches) == 1
    assert max(keys_of(fake).values()) == 1


def test_open_batches_are_not_asked_again_live_and_can_be_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*given: Any, **more: Any) -> Any:
        raise Killed

    asked = always(comforting)
    with serving_batches(asked, BatchPlan(looks=1000, answered_share=0.5)) as (url, _):
        with monkeypatch.context() as patched, pytest.raises(Killed):
            patched.setattr(Batches, "ended", killed)
            built(url, tmp_path, 9)
        with pytest.raises(UserMistake, match=r"8 requests of this run are in batches(.|\n)*--cancel"):
            built(url, tmp_path, batch=False)
        assert cancel_batches(config_for(url), tmp_path / "out") == 1
        assert len(asked.bodies) == 1 + 4
        manifest = built(url, tmp_path, batch=False)
    assert (manifest.counts["accepted"], len(asked.bodies)) == (9, 9)


@pytest.fixture
def half_price(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test endpoint's model is in the table, a batch at half its price."""
    models = {"m": {"input": 10.0, "output": 40.0}}
    table = prices._Table("today", {"test": prices._Provider(("127.0.0.1",), models, 0.5)})
    monkeypatch.setattr(prices, "_table", lambda: table)
    pricing._price.cache_clear()


@pytest.mark.usefixtures("half_price")
def test_a_batch_costs_its_share_and_is_charged_so(tmp_path: Path) -> None:
    with serving_batches(always(comforting)) as (url, _):
        built(url, tmp_path)
        rows = rows_of(tmp_path)
    full = [(r.usage.input_tokens * 10 + r.usage.output_tokens * 40) / 1e6 for r in rows]
    shares = sorted(round((r.usage.cost_usd or 0) / cost, 6) for r, cost in zip(rows, full, strict=True))
    assert shares == [0.5] * 7 + [1.0]


@pytest.mark.usefixtures("half_price")
def test_the_ceiling_holds_for_batches_too(tmp_path: Path) -> None:
    def billed(fake: FakeBatches, live: int) -> float:
        lines = [line["body"] for line in fake.asked]
        read = sum(len(m["content"].split()) for body in lines for m in body["messages"])
        said = sum(len(comforting(body).split()) for body in lines)
        return (read * 10 + said * 40) / 2e6 + live * (read * 10 + said * 40) / 1e6 / max(1, len(lines))

    asked = always(comforting)
    with serving_batches(asked) as (url, fake):
        with pytest.raises(Stop, match=r"--max-cost 0\.3 USD is reached"):
            built(url, tmp_path, 26, max_cost_usd=0.3)
        assert fake.batches
        assert 0 < billed(fake, 1) <= 0.3
        before = len(asked.bodies)
        with pytest.raises(Stop):
            built(url, tmp_path, 26, max_cost_usd=0.3)
        assert len(asked.bodies) == before
        manifest = built(url, tmp_path, 26, max_cost_usd=20)
    assert (manifest.counts["accepted"], len(asked.bodies)) == (26, 26)


def test_what_cannot_be_batched_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    asked = always(comforting)
    with serving(asked) as url, pytest.raises(UserMistake, match="no Batch API"):
        built(url, tmp_path)
    assert asked.bodies == []
    for model in ("phrasebook", "local:clinic"):
        with pytest.raises(UserMistake, match="needs an endpoint"):
            built("x", tmp_path, model=model)


def test_a_batch_that_is_turned_down_ends_the_run_and_keeps_what_is_done(tmp_path: Path) -> None:
    with serving_batches(always(comforting), BatchPlan(ends=("failed",))) as (url, fake):
        with pytest.raises(EndpointError, match=r"turned a batch down: invalid_file(.|\n)*goes on from there"):
            built(url, tmp_path)
        assert len(fake.batches) == 1
