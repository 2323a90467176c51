"""Blocks done apart and gathered give what one machine gives; what a part holds is neither asked for nor lost again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bedside.core.config import RewriteConfig
from bedside.core.errors import UserMistake
from bedside.core.files import read_rows
from bedside.core.records import Rewrite
from bedside.llm import Ledger, endpoints_of
from bedside.llm.fake_endpoint import Fault, serving
from bedside.rewrite import stage as stages
from bedside.rewrite.engine import Todo
from bedside.rewrite.journal import Journal, RowKeys
from bedside.rewrite.order import Orders
from bedside.rewrite.parts import BlockWorker, blocks, gather, parts_of
from bedside.rewrite.stage import build, estimate_run
from tests.rewrite.consultations import EXPLICIT, Asked, always, broken, comforting, dialogue, written

ROWS = 7


def config_for(url: str, **settings: Any) -> RewriteConfig:
    return RewriteConfig.model_validate(
        {"model": f"{url}#good-writer", "plan": EXPLICIT, "timeout_s": 60, "concurrency": 2, "workers": 0} | settings
    )


def mixed(body: dict[str, Any]) -> str:
    """Good answers, but for one case that no try brings through."""
    return broken(body) if "case B" in body["messages"][1]["content"] else comforting(body)


def by_blocks(config: RewriteConfig, source: Path, ledger_path: Path, size: int, only: int | None = None) -> list[int]:
    """Do the rows in blocks, here; tells how many rows each had."""
    orders, keys = Orders(source, config, 1), RowKeys(config, 1)
    todo = (Todo(keys.of(order), order) for order in orders)
    worker = BlockWorker(config, 1, ledger_path, endpoints_of(config.model))
    done = [worker.do(block) for block in blocks(todo, size) if only is None or block.number == only]
    worker.close()
    assert [d.stop for d in done] == [""] * len(done)
    return [d.rows for d in done]


def test_blocks_give_the_rows_of_one_machine(tmp_path: Path) -> None:
    source = written(tmp_path / "corpus", [dialogue(n) for n in range(ROWS)])
    asked = always(mixed)
    with serving(asked) as url:
        config = config_for(url)
        one = build(config, 1, source, tmp_path / "one")
        first = len(asked.bodies)
        (tmp_path / "many").mkdir()
        assert by_blocks(config, source / "dialogues.jsonl", tmp_path / "many" / stages.LEDGER, 3) == [3, 3, 1]
        assert len(asked.bodies) == 2 * first
        # What the blocks did is gathered: nothing is asked for any more.
        many = build(config, 1, source, tmp_path / "many")
        assert len(asked.bodies) == 2 * first
    assert (tmp_path / "one/rewrites.jsonl").read_bytes() == (tmp_path / "many/rewrites.jsonl").read_bytes()
    assert one.counts == many.counts and one.counts["rejected"] == 1
    assert not parts_of(tmp_path / "many" / stages.LEDGER).exists()


def test_a_part_goes_on_where_it_stopped_and_the_rest_is_done_by_one_machine(tmp_path: Path) -> None:
    source = written(tmp_path / "corpus", [dialogue(n) for n in range(ROWS)])
    asked = always(comforting)
    (tmp_path / "out").mkdir()
    with serving(asked) as url:
        config = config_for(url)
        ledger = tmp_path / "out" / stages.LEDGER
        by_blocks(config, source / "dialogues.jsonl", ledger, 3, only=1)
        by_blocks(config, source / "dialogues.jsonl", ledger, 3, only=1)
        assert len(asked.bodies) == 3
        build(config, 1, source, tmp_path / "out")
    assert len(asked.bodies) == ROWS
    assert [row.id for row in read_rows(tmp_path / "out/rewrites.jsonl", Rewrite)] == [f"d{n}" for n in range(ROWS)]


def test_replies_of_an_earlier_run_are_not_asked_for_again(tmp_path: Path) -> None:
    source = written(tmp_path / "corpus", [dialogue(n) for n in range(ROWS)])
    asked = always(comforting)
    with serving(asked) as url:
        build(config_for(url), 1, source, tmp_path / "out")
        # Other settings: the rows are to be done again, the replies are those of before.
        by_blocks(config_for(url, tries=5), source / "dialogues.jsonl", tmp_path / "out" / stages.LEDGER, 3)
    assert len(asked.bodies) == ROWS


def test_a_refusing_endpoint_ends_all_blocks_and_what_is_done_is_kept(tmp_path: Path) -> None:
    source = written(tmp_path / "corpus", [dialogue(n) for n in range(ROWS)])
    asked = Asked(lambda body, number: comforting(body) if number <= 2 else Fault(401, "key expired"))
    with serving(asked) as url:
        config = config_for(url, concurrency=1)
        orders, keys = Orders(source / "dialogues.jsonl", config, 1), RowKeys(config, 1)
        worker = BlockWorker(config, 1, tmp_path / "r.sqlite", (config.model,))
        done = [worker.do(b) for b in blocks((Todo(keys.of(o), o) for o in orders), 3)]
        worker.close()
    assert all("key expired" in d.stop for d in done)
    assert [d.accepted for d in done] == [2, 0, 0]
    ledger = Ledger(tmp_path / "r.sqlite")
    journal = Journal(ledger.database)
    assert gather(ledger, tmp_path / "r.sqlite") == len(done)
    assert len(journal.done()) == 2
    assert gather(ledger, tmp_path / "r.sqlite") == 0
    ledger.close()


def test_blocks_take_turns_of_the_endpoints(tmp_path: Path) -> None:
    source = written(tmp_path / "corpus", [dialogue(n) for n in range(ROWS)])
    first, second = always(comforting), always(comforting)
    with serving(first) as one, serving(second) as two:
        config = config_for(one).model_copy(update={"model": f"{one}#w,{two}#w"})
        by_blocks(config, source / "dialogues.jsonl", tmp_path / "r.sqlite", 2)
    assert (len(first.bodies), len(second.bodies)) == (4, 3)


def test_endpoints_of_one_model_are_told_apart_and_of_two_refused() -> None:
    assert endpoints_of("http://a/v1#m,https://b:8/v1#m") == ("http://a/v1#m", "https://b:8/v1#m")
    assert endpoints_of("http://a/v1#m,n") == ("http://a/v1#m,n",)
    with pytest.raises(UserMistake, match="different models: m, n"):
        endpoints_of("http://a/v1#m,http://b/v1#n")
    with pytest.raises(UserMistake, match="names no model"):
        endpoints_of("http://a/v1,http://b/v1#n")


def test_one_process_takes_one_endpoint(tmp_path: Path) -> None:
    source = written(tmp_path / "corpus", [dialogue()])
    config = RewriteConfig(model="http://127.0.0.1:9/v1#m,http://127.0.0.1:10/v1#m")
    with pytest.raises(UserMistake, match="2 endpoints are for many machines"):
        build(config, 1, source, tmp_path / "out")


def test_the_phrasebook_works_in_blocks_too(tmp_path: Path) -> None:
    source = written(tmp_path / "corpus", [dialogue(n) for n in range(ROWS)])
    config = RewriteConfig(workers=0)
    (tmp_path / "many").mkdir()
    orders, keys = Orders(source / "dialogues.jsonl", config, 1), RowKeys(config, 1)
    worker = BlockWorker(config, 1, tmp_path / "many" / stages.LEDGER, ())
    assert [worker.do(b).accepted for b in blocks((Todo(keys.of(o), o) for o in orders), 4)] == [4, 3]
    worker.close()
    for name in ("one", "many"):
        build(config, 1, source, tmp_path / name)
    assert (tmp_path / "one/rewrites.jsonl").read_bytes() == (tmp_path / "many/rewrites.jsonl").read_bytes()


def test_a_part_with_its_worker_still_in_it_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bedside.rewrite.parts.LEFT_WITHIN_S", 0.1)
    parts_of(tmp_path / "r.sqlite").mkdir()
    ledger, part = Ledger(tmp_path / "r.sqlite"), Ledger(parts_of(tmp_path / "r.sqlite") / "000000.sqlite", alone=True)
    Journal(ledger.database)
    with pytest.raises(UserMistake, match="still at work"):
        gather(ledger, tmp_path / "r.sqlite")
    part.close()
    assert gather(ledger, tmp_path / "r.sqlite") == 1
    ledger.close()


def test_an_estimate_leaves_the_parts_of_a_run_where_they_are(tmp_path: Path) -> None:
    source, out = written(tmp_path / "corpus", [dialogue(n) for n in range(ROWS)]), tmp_path / "out"
    out.mkdir()
    with serving(always(comforting)) as url:
        config = config_for(url, engine="ray")
        assert by_blocks(config, source / "dialogues.jsonl", out / "requests.sqlite", 3, only=0) == [3]
        kept = sorted(path.name for path in parts_of(out / "requests.sqlite").glob("*.sqlite"))
        estimate_run(config, 1, source, out)
    assert len(kept) == 1
    assert sorted(path.name for path in parts_of(out / "requests.sqlite").glob("*.sqlite")) == kept
