"""Worker processes: what they do comes back; one that breaks down costs its rows and nothing more."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from bedside.core.records import Dialogue, Message
from bedside.rewrite import workers
from bedside.rewrite.work import Audit, Defect
from bedside.rewrite.workers import Workers, worker_count

DIALOGUE = Dialogue("d", "here", "en", (Message("patient", "My knee hurts."), Message("doctor", "Rest it for a week.")))
BROKEN = {
    "ended with code 3": "import sys; sys.stdin.buffer.read(4); sys.exit(3)",
    "answered nonsense": (
        "import sys; sys.stdin.buffer.read(4); sys.stdout.buffer.write((3).to_bytes(4, 'big') + b'abc');"
        "sys.stdout.flush(); sys.stdin.read()"
    ),
}


def test_work_is_done_in_processes_as_it_is_here() -> None:
    async def results(count: int) -> list[Any]:
        pool = Workers(count)
        try:
            return await asyncio.gather(*(pool.do(Audit(DIALOGUE)) for _ in range(40)))
        finally:
            await pool.close()

    assert asyncio.run(results(0)) == asyncio.run(results(1)) == [()] * 40


@pytest.mark.parametrize("how", BROKEN)
def test_a_process_that_breaks_down_fails_its_rows_and_is_replaced(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    start, begun = workers._start, 0

    async def first_one_broken() -> asyncio.subprocess.Process:
        nonlocal begun
        begun += 1
        if begun > 1:
            return await start()
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(sys.executable, "-c", BROKEN[how], stdin=pipe, stdout=pipe)

    async def both() -> Any:
        pool = Workers(1)
        try:
            with pytest.raises(Defect, match=how):
                await pool.do(Audit(DIALOGUE))
            return await pool.do(Audit(DIALOGUE))
        finally:
            await pool.close()

    monkeypatch.setattr(workers, "_start", first_one_broken)
    assert (asyncio.run(asyncio.wait_for(both(), 60)), begun) == ((), 2)


def test_as_many_processes_as_cores_unless_there_is_little_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 6)
    assert [worker_count(None, 10_000), worker_count(None, 10), worker_count(3, 10)] == [6, 0, 3]
