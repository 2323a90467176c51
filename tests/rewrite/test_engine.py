"""A run ends in order whatever ends it, goes on where it ended, and judges again only what must be judged again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bedside.core.errors import Stop, UserMistake
from bedside.core.files import read_rows, write_rows
from bedside.core.lock import locked
from bedside.core.records import Message, PlannedEmotion, Rewrite
from bedside.llm import open_model
from bedside.llm.fake_endpoint import Fault, misbehaving, serving
from bedside.llm.misbehaving import Law
from bedside.rewrite import journal, stage
from bedside.rewrite.gates import Case, Verdict, judge
from bedside.rewrite.stage import build
from bedside.rewrite.work import Audit, Judge, Work
from bedside.rewrite.workers import WORTH_A_PROCESS, Workers, worker_count
from tests.rewrite.consultations import COMFORT, DOCTOR, FEELING, Asked, always, comforting, dialogue, written
from tests.rewrite.test_stage import config_for

CASE = Case(
    "en",
    dialogue().messages,
    (Message("patient", f"{FEELING} {dialogue().messages[0].content}"), Message("doctor", f"{COMFORT} {DOCTOR}")),
    PlannedEmotion("anxiety", 2, "explicit concern"),
    "distressed query",
)


def test_work_has_the_same_result_in_another_process() -> None:
    async def both() -> list[Any]:
        results: list[Any] = []
        for count in (0, 2):
            workers = Workers(count)
            works: list[Work] = [Judge(CASE), Audit(dialogue()), *[Judge(CASE)] * 20]
            results.append(await asyncio.gather(*(workers.do(work) for work in works)))
            await workers.close()
        return results

    here, there = asyncio.run(both())
    assert here == there
    assert isinstance(there[0], Verdict)
    assert (there[0], there[1]) == (judge(CASE), ())


def test_a_gate_that_breaks_down_fails_its_row_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(case: Case) -> Verdict:
        if "case B" in case.original[0].content:
            raise ZeroDivisionError("a gate's own mistake")
        return judge(case)

    monkeypatch.setattr("bedside.rewrite.work.judge", breaks)
    source = written(tmp_path / "corpus", [dialogue(n) for n in range(3)])
    with serving(always(comforting)) as url:
        manifest = build(config_for(url), 1, source, tmp_path / "out")
    rows = list(read_rows(tmp_path / "out" / "rewrites.jsonl", Rewrite))
    assert [row.status for row in rows] == ["accepted", "failed", "accepted"]
    assert rows[1].cause == "defect"
    assert "a gate's own mistake" in rows[1].reasons[0].detail
    assert manifest.counts["failed: defect"] == 1


def test_few_rows_are_judged_here() -> None:
    assert worker_count(None, WORTH_A_PROCESS - 1) == 0
    assert worker_count(None, WORTH_A_PROCESS) >= 1
    assert (worker_count(0, 10**6), worker_count(3, 1)) == (0, 3)


def test_most_rows_failing_for_one_cause_stop_the_run(tmp_path: Path) -> None:
    broken = [True]
    asked = Asked(lambda body, number: Fault(422, "no such template") if broken[0] else comforting(body))
    source, out = written(tmp_path / "corpus", [dialogue(n % 26) for n in range(120)]), tmp_path / "out"
    write_rows(source / "dialogues.jsonl", [dialogue(n) for n in range(120)])
    with serving(asked) as url:
        with pytest.raises(Stop, match=r"same cause, refused: refused: .*no such template") as caught:
            build(config_for(url), 1, source, out)
        assert "0 of 120 rows are done" in str(caught.value)
        assert len(asked.bodies) < 100
        broken[0] = False
        manifest = build(config_for(url), 1, source, out)
    assert manifest.counts["accepted"] == 120


def test_a_stop_from_the_model_keeps_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spent = [0]

    class Purse:
        """What a ceiling on cost does: after seven requests no more."""

        def __init__(self, model: Any) -> None:
            self.name, self._model = model.name, model

        async def reply(self, request: Any) -> Any:
            if spent[0] == 7:
                raise Stop("the budget is used up")
            spent[0] += 1
            return await self._model.reply(request)

        async def close(self) -> None:
            await self._model.close()

    monkeypatch.setattr(stage, "open_model", lambda *words: Purse(open_model(*words)))
    source, out = written(tmp_path / "corpus", [dialogue(n) for n in range(20)]), tmp_path / "out"
    asked = always(comforting)
    with serving(asked) as url:
        with pytest.raises(Stop, match="budget is used up") as caught:
            build(config_for(url), 1, source, out)
        # Of the seven that were let through, four hold the endpoint's places; three wait at its door and go home.
        assert "4 of 20 rows are done and kept" in str(caught.value)
        spent[0] = -100
        manifest = build(config_for(url), 1, source, out)
    assert (manifest.counts["accepted"], len(asked.bodies)) == (20, 20)


def test_a_changed_gate_judges_again_and_asks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = [0]

    def counting(case: Case) -> Verdict:
        judged[0] += 1
        return judge(case)

    monkeypatch.setattr("bedside.rewrite.work.judge", counting)
    asked = always(comforting)
    source, out = written(tmp_path / "corpus", [dialogue(n) for n in range(4)]), tmp_path / "out"
    with serving(asked) as url:
        build(config_for(url), 1, source, out)
        (out / "manifest.json").rename(out / ".started.json")
        build(config_for(url), 1, source, out)
        assert (judged[0], len(asked.bodies)) == (4, 4)
        for module in (journal, stage):
            monkeypatch.setattr(module, "gates_hash", lambda: "another")
        build(config_for(url), 1, source, out)
    assert (judged[0], len(asked.bodies)) == (8, 4)


def test_two_runs_in_one_folder_are_refused(tmp_path: Path) -> None:
    source, out = written(tmp_path / "corpus", [dialogue()]), tmp_path / "out"
    with locked(out), pytest.raises(UserMistake, match="another bedside process"):
        build(config_for("http://127.0.0.1:9/v1"), 1, source, out)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_in_order_and_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    written(tmp_path / "corpus", [dialogue(n) for n in range(150)])
    with misbehaving(Law(0.1, 0.0)) as (url, endpoint):
        command = [
            sys.executable, "-m", "bedside.cli", "rewrite", "corpus", "--model", f"{url}#m", "-o", "out",
            "--concurrency", "2",
        ]  # fmt: skip
        with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=os.environ) as process:
            while endpoint.stats["answered"] < 5 and process.poll() is None:
                time.sleep(0.02)
            process.send_signal(number)
            _, told = process.communicate(timeout=300)
        assert process.returncode == 130, told
        assert "of 150 rows are done and kept; the same command goes on from there" in told
        assert "Traceback" not in told
        seen = endpoint.stats["requests"]
        assert endpoint.stats["answered"] == seen < 150
        done = subprocess.run(
            [*command[:-1], "50", "--json"], cwd=tmp_path, capture_output=True, text=True, timeout=300
        )
    counts = json.loads(done.stdout)["counts"]
    assert counts["read"] == 150 == counts["accepted"] + counts["rejected"] + counts["failed"]
    assert endpoint.stats["requests"] == counts["requests"]
