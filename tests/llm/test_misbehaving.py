"""The endpoint misbehaves by law, and a model behind it is asked until it answers: each kind of fault by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

import openai
import pytest

from bedside.core.records import ChatMessage, Dialogue, Message, PlannedEmotion
from bedside.llm.endpoint import EndpointModel
from bedside.llm.fake_endpoint import misbehaving
from bedside.llm.fake_writer import OTHERWISE
from bedside.llm.misbehaving import FAULTS, FaultKind, Law
from bedside.llm.model_string import ModelName
from bedside.llm.protocol import ChatReply, ChatRequest, Failure, Limits

QUICK = Law(latency_s=0.002, retry_after_s=0.01)
# These are answers, if bad ones: it is the rewriter that asks again.
ANSWERS = ("wrong json", "truncated", "refusal", "slow")


def requests(count: int) -> list[ChatRequest]:
    return [ChatRequest((ChatMessage("user", f"question {n}"),), 0.5, 9) for n in range(count)]


def asked(url: str, what: Sequence[ChatRequest], most: int = 8) -> list[ChatReply | BaseException]:
    async def ask() -> list[ChatReply | BaseException]:
        model = EndpointModel(ModelName("endpoint", "m", url), Limits(60.0, 300.0, most))
        try:
            return await asyncio.gather(*(model.reply(request) for request in what), return_exceptions=True)
        finally:
            await model.close()

    return asyncio.run(ask())


@pytest.mark.parametrize("kind", [kind for kind in FAULTS if kind not in (*ANSWERS, "duplicate")])
def test_a_fault_is_asked_again_as_often_as_it_came(kind: FaultKind) -> None:
    law = Law(0.002, retry_after_s=0.01, faults={kind: 0.3})
    with misbehaving(law) as (url, endpoint):
        replies = asked(url, requests(12))
    assert [reply.text for reply in replies if isinstance(reply, ChatReply)] == [OTHERWISE] * 12
    assert endpoint.stats[kind] > 0
    assert endpoint.stats["requests"] == endpoint.stats["answered"] + endpoint.stats[kind] == 12 + endpoint.stats[kind]


def test_a_fault_that_does_not_end_fails_the_row_with_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bedside.llm.waits.FIRST_WAIT_S", 0.001)
    cases: tuple[tuple[FaultKind, str], ...] = (("reset", "connection"), ("empty choice", "empty"))
    for kind, cause in cases:
        with misbehaving(Law(0.001, faults={kind: 1.0})) as (url, _):
            (failure,) = asked(url, requests(1), most=1)
        assert isinstance(failure, Failure)
        assert failure.cause == cause


def test_what_happens_depends_on_what_is_asked_not_on_the_order() -> None:
    law = Law(0.002, faults={"server error": 0.3, "empty choice": 0.2}, seed=3)
    counts = []
    for what in (requests(20), requests(20)[::-1]):
        with misbehaving(law) as (url, endpoint):
            asked(url, what, most=4)
        counts.append({name: endpoint.stats[name] for name in ("requests", "server error", "empty choice")})
    assert counts[0] == counts[1]


def test_an_endpoint_that_is_not_there_is_no_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bedside.llm.waits.FIRST_WAIT_S", 0.001)
    with misbehaving(QUICK) as (url, _):
        pass
    (failure,) = asked(url, requests(1))
    assert isinstance(failure, Failure)
    assert failure.cause == "connection"
    assert url in str(failure)


def test_one_that_answers_too_late_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bedside.llm.waits.FIRST_WAIT_S", 0.001)

    async def ask(url: str) -> None:
        model = EndpointModel(ModelName("endpoint", "m", url), Limits(0.05, 0.12))
        try:
            await model.reply(requests(1)[0])
        finally:
            await model.close()

    with misbehaving(Law(5.0, 0.0)) as (url, _), pytest.raises(Failure, match="row_timeout_s") as caught:
        asyncio.run(ask(url))
    assert caught.value.cause == "timeout"


def test_more_than_its_capacity_is_refused_or_waits() -> None:
    cases: tuple[tuple[Literal["refuse", "queue"], bool], ...] = (("refuse", True), ("queue", False))
    for over, refused in cases:
        with misbehaving(Law(0.02, 0.0, capacity=3, over=over)) as (url, endpoint):
            replies = asked(url, requests(30))
        assert sum(isinstance(reply, ChatReply) for reply in replies) == 30
        assert (endpoint.stats["over capacity"] > 0) == refused
        if refused:
            assert endpoint.stats["most at once"] == 3


def test_the_sdks_own_call_understands_it() -> None:
    async def ask(url: str) -> str | None:
        async with openai.AsyncOpenAI(api_key="none", base_url=url) as client:
            answer = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}])
            return answer.choices[0].message.content

    with misbehaving(QUICK) as (url, _):
        assert asyncio.run(ask(url)) == OTHERWISE


def test_a_dialogue_is_rewritten_so_that_it_passes_the_gates() -> None:
    from bedside.rewrite.gates import Case, judge
    from bedside.rewrite.recipes import parse, prompt, schema_of

    words = ("My knee has hurt for 3 days. What helps?", "Take ibuprofen 400 mg twice a day. Do not run.")
    messages = (Message("patient", words[0]), Message("doctor", words[1]))
    sad = PlannedEmotion("sadness", 2, "explicit concern")
    dialogue = Dialogue("d", "here", "en", messages)
    with misbehaving(QUICK) as (url, _):
        (reply,) = asked(
            url, [ChatRequest(prompt(dialogue, sad, "distressed query"), 0.7, 99, schema_of("distressed query"))]
        )
    assert isinstance(reply, ChatReply)
    rewritten = parse(reply.text).messages
    assert rewritten != messages
    assert judge(Case("en", messages, rewritten, sad, "distressed query")).accepted
