"""The Batch API through the fake provider: every request gets its answer or a reason, and nothing is sent twice."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import openai
import pytest

import bedside.llm.batches as module
from bedside.core.errors import EndpointError, UserMistake
from bedside.core.records import ChatMessage
from bedside.llm.batch_store import BatchStore, OpenBatch
from bedside.llm.batches import Batches, Codec, FileLimits, Outcome
from bedside.llm.fake_batches import BatchPlan, FakeBatches
from bedside.llm.fake_server import Answered, Asked, running
from bedside.llm.protocol import ChatReply, ChatRequest, Failure


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_LOOK_S", 0.001)
    monkeypatch.setattr(module, "LONGEST_LOOK_S", 0.002)


def requests(count: int) -> dict[str, ChatRequest]:
    return {
        f"key{n}": ChatRequest((ChatMessage("system", "Answer."), ChatMessage("user", f"question {n} 头痛")))
        for n in range(count)
    }


def echo(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    text = body["messages"][-1]["content"]
    if "question 7 " in text:
        return 400, {"error": {"message": "will not"}}
    return 200, {"choices": [{"message": {"content": f"to {text}"}}]}


def body_of(request: ChatRequest) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": m.role, "content": m.content} for m in request.messages]}


def reply_of(body: dict[str, Any], request: ChatRequest) -> ChatReply:
    if not body["choices"]:
        raise Failure("no choice")
    return ChatReply(body["choices"][0]["message"]["content"])


Work = Callable[[Batches], Any]


def working(fake: FakeBatches, path: Path, work: Work, limits: FileLimits = module.DOCUMENTED) -> Any:
    """Do something with the batches of a store in `path` at a fake provider, as a process of its own would."""

    async def run(url: str) -> Any:
        client = openai.AsyncOpenAI(
            api_key="none", base_url=url, max_retries=0, http_client=openai.DefaultAioHttpClient(verify=False)
        )
        with closing(sqlite3.connect(path / "requests.sqlite", isolation_level=None)) as database:
            try:
                return await work(Batches(client, Codec("m", body_of, reply_of), BatchStore(database), limits))
            finally:
                await client.close()

    with running(fake.routes) as url:
        return asyncio.run(run(f"{url}/v1"))


async def collected(batches: Batches) -> list[Outcome]:
    found = []
    async for batch, remote in batches.ended(lambda steps, note: None):
        found += await batches.outcomes(batch, remote)
        await batches.forget(batch, remote)
    return found


def sending(asked: dict[str, ChatRequest]) -> Work:
    async def work(batches: Batches) -> list[Outcome]:
        await batches.recover()
        if not batches.store.open():
            assert await batches.send(asked) == len(asked)
        return await collected(batches)

    return work


def test_every_request_is_answered_in_any_order(tmp_path: Path) -> None:
    fake, asked = FakeBatches(echo), requests(12)
    found = working(fake, tmp_path, sending(asked))
    assert {o.key: o.request for o in found} == asked
    assert len(found) == 12
    good = {o.key: o.reply.text for o in found if o.reply}
    assert good == {f"key{n}": f"to question {n} 头痛" for n in range(12) if n != 7}
    (refused,) = [o for o in found if o.reply is None]
    assert (refused.key, refused.problem, refused.again) == ("key7", "will not", False)


def test_the_bar_reaches_its_end_and_looks_come_more_and_more_rarely(tmp_path: Path) -> None:
    waits: list[float] = []
    steps = 0

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    def advance(count: int, note: str) -> None:
        nonlocal steps
        assert "at the provider" in note
        steps += count

    async def work(batches: Batches) -> None:
        batches._sleep = sleep
        await batches.send(requests(9))
        async for batch, remote in batches.ended(advance):
            await batches.forget(batch, remote)

    working(FakeBatches(echo, BatchPlan(looks=4)), tmp_path, work, FileLimits(5))
    assert steps == 9
    assert len(waits) == 4
    first, longest = module.FIRST_LOOK_S, module.LONGEST_LOOK_S
    assert waits == pytest.approx([min(first * module.GROWTH**n, longest) for n in range(4)])


def test_what_patients_wrote_is_deleted_at_the_provider(tmp_path: Path) -> None:
    fake = FakeBatches(echo)
    working(fake, tmp_path, sending(requests(9)))
    assert len(fake.batches) == 1
    assert fake.files == {}


@pytest.mark.parametrize(("limits", "batches"), [(FileLimits(4), 3), (FileLimits(5), 2), (FileLimits(50, 1), 10)])
def test_files_are_split_by_the_limits(tmp_path: Path, limits: FileLimits, batches: int) -> None:
    fake = FakeBatches(echo)
    found = working(fake, tmp_path, sending(requests(10)), limits)
    assert len(fake.batches) == batches
    assert Counter(o.key for o in found) == Counter(list(requests(10)))


def test_bytes_count_as_they_are_sent(tmp_path: Path) -> None:
    line = len(Batches(None, Codec("m", body_of, reply_of), None)._line("key0", requests(1)["key0"]))  # type: ignore[arg-type]
    for most, files in ((2 * line, 2), (2 * line - 1, 4)):
        fake = FakeBatches(echo)
        working(fake, tmp_path, sending(requests(4)), FileLimits(50, most))
        assert len(fake.batches) == files


def test_broken_and_double_lines_cost_nothing_else(tmp_path: Path) -> None:
    fake = FakeBatches(echo, BatchPlan(failing=frozenset({1}), broken_lines=frozenset({2}), twice=frozenset({3})))

    async def work(batches: Batches) -> tuple[list[Outcome], int]:
        return await sending(requests(6))(batches), batches.odd_lines

    found, odd = working(fake, tmp_path, work)
    assert Counter(o.key for o in found) == Counter(list(requests(6)))
    problems = {o.key: (o.problem, o.again) for o in found if o.reply is None}
    assert problems == {
        "key0": ("failed on request", True),
        "key1": ("no answer in the batch (completed)", True),
    }
    assert odd == 2


@pytest.mark.parametrize("end", ["expired", "cancelled"])
def test_what_was_answered_before_the_end_is_kept(tmp_path: Path, end: Any) -> None:
    fake = FakeBatches(echo, BatchPlan(ends=(end,), answered_share=0.5))
    found = working(fake, tmp_path, sending(requests(6)))
    assert [bool(o.reply) for o in found] == [True] * 3 + [False] * 3
    assert all(o.again and end in o.problem for o in found[3:])


def test_a_batch_that_is_turned_down_stops_with_the_providers_words(tmp_path: Path) -> None:
    fake = FakeBatches(echo, BatchPlan(ends=("failed",)))
    with pytest.raises(EndpointError, match="turned a batch down: invalid_file"):
        working(fake, tmp_path, sending(requests(3)))


def test_too_much_enqueued_is_sent_in_smaller_files_one_at_a_time(tmp_path: Path) -> None:
    fake = FakeBatches(echo, BatchPlan(most_enqueued=3))

    async def work(batches: Batches) -> list[Outcome]:
        left, answered = requests(6), []
        while left:
            await batches.send(left)
            found = await collected(batches)
            answered += [o for o in found if o.reply]
            left = {o.key: o.request for o in found if o.again} | {
                k: r for k, r in left.items() if k not in {o.key for o in found}
            }
        return answered

    answered = working(fake, tmp_path, work)
    assert sorted(o.key for o in answered) == sorted(requests(6))
    sizes = [b["request_counts"]["total"] for b in fake.batches.values()]
    assert sizes == [6, 3, 3]


@pytest.mark.parametrize("lost", [{"files 1"}, {"batches 1"}, {"files 1", "batches 1"}])
def test_a_lost_answer_to_a_sending_is_found_again(tmp_path: Path, lost: set[str]) -> None:
    fake = FakeBatches(echo, BatchPlan(lost_answers=frozenset(lost)))
    found = working(fake, tmp_path, sending(requests(5)))
    assert Counter(o.key for o in found) == Counter(list(requests(5)))
    assert len(fake.batches) == 1
    assert len(fake.asked) == 5


class Killed(BaseException):
    """The process ends here."""


# Every place at which a run of two batches has just written something down or heard from the provider; 0 is no kill.
PLACES = 19


@pytest.mark.parametrize("place", range(PLACES + 1))
def test_killed_anywhere_it_goes_on_and_asks_nothing_twice(
    tmp_path: Path, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the `place`-th call of the store or the provider (or not at all), then run again."""
    fake, asked = FakeBatches(echo), requests(9)
    kept: dict[str, str] = {}
    count = 0

    def killing(call: Any) -> Any:
        def counted(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == place:
                raise Killed
            return call(*args, **kwargs)

        return counted

    async def work(batches: Batches) -> None:
        await batches.recover()
        waiting = batches.store.keys()
        left = {k: r for k, r in asked.items() if k not in kept and k not in waiting}
        if left:
            await batches.send(left)
        async for batch, remote in batches.ended(lambda steps, note: None):
            for o in await batches.outcomes(batch, remote):
                kept[o.key] = o.reply.text if o.reply else o.problem
            await batches.forget(batch, remote)

    with monkeypatch.context() as patched:
        for name in ("intend", "uploaded", "created", "drop"):
            patched.setattr(BatchStore, name, killing(getattr(BatchStore, name)))
        patched.setattr(Batches, "_tried", killing_after(Batches._tried, killing))
        with suppress(Killed):
            working(fake, tmp_path, work, FileLimits(5))
    assert count == (place or PLACES)
    working(fake, tmp_path, work, FileLimits(5))
    assert sorted(kept) == sorted(asked)
    assert Counter(line["custom_id"] for line in fake.asked) == Counter(list(asked))
    assert len(fake.batches) == 2


def killing_after(call: Any, killing: Any) -> Any:
    """A call of the provider that is carried out, and then the process is killed before it can note the answer."""
    check = killing(lambda: None)

    async def counted(self: Batches, wanted: Any) -> Any:
        said = await call(self, wanted)
        check()
        return said

    return counted


def test_cancelling_keeps_what_was_answered(tmp_path: Path) -> None:
    fake = FakeBatches(echo, BatchPlan(looks=1000, answered_share=0.5))

    async def work(batches: Batches) -> tuple[int, list[Outcome]]:
        await batches.send(requests(6))
        return await batches.cancel(), await collected(batches)

    cancelled, found = working(fake, tmp_path, work)
    assert cancelled == 1
    assert [bool(o.reply) for o in found] == [True] * 3 + [False] * 3


def test_an_endpoint_without_batches_is_told_apart(tmp_path: Path) -> None:
    class Without(FakeBatches):
        def handle(self, asked: Asked) -> Answered:
            return Answered(b'{"error": {"message": "no such path"}}', 404)

    with pytest.raises(UserMistake, match=r"no Batch API\n  Run without --batch"):
        working(Without(echo), tmp_path, lambda batches: batches.check())
    working(FakeBatches(echo), tmp_path, lambda batches: batches.check())


def test_requests_are_stored_whole_and_small(tmp_path: Path) -> None:
    system = "Rules. " * 1200
    asked = {
        f"k{n}": ChatRequest((ChatMessage("system", system), ChatMessage("user", f"{n} 头痛")), 0.7, 99, {"a": n})
        for n in range(3)
    }
    database = sqlite3.connect(":memory:", isolation_level=None)
    store = BatchStore(database)
    batch = OpenBatch("x", "m", "intended", 10, 3)
    store.intend(batch, asked)
    assert dict(store.asked(batch)) == asked
    assert list(dict(store.asked(batch))) == ["k0", "k1", "k2"]
    assert store.request(batch, "k1") == asked["k1"]
    assert store.request(batch, "k9") is None
    (size,) = database.execute("SELECT max(length(request)) FROM asked").fetchone()
    assert size < len(json.dumps(system)) / 20
    store.drop(batch)
    assert (store.open(), store.keys()) == ([], set())
    database.close()
