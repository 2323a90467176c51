"""An endpoint model: what it sends, what it tries again, what fails a row, and what ends the run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from bedside.core.errors import EndpointError
from bedside.core.records import ChatMessage
from bedside.llm.endpoint import TRIES, EndpointModel
from bedside.llm.fake_endpoint import Fault, serving
from bedside.llm.model_string import ModelName
from bedside.llm.protocol import ChatReply, ChatRequest, Failure, Limits
from bedside.llm.waits import FIRST_WAIT_S

SCHEMA = {"type": "object"}
PLAIN = ChatRequest((ChatMessage("system", "be kind"), ChatMessage("user", "hello there")), 0.25, 77)
SHAPED = ChatRequest(PLAIN.messages, schema=SCHEMA)
NOW = {"Retry-After": "0"}


def replies(
    answer: Callable[[dict[str, Any], int], str | Fault], *requests: ChatRequest
) -> tuple[list[ChatReply | Exception], list[dict[str, Any]]]:
    """The replies to requests made one after another (an error stands for itself), and the bodies that were sent."""
    bodies: list[dict[str, Any]] = []

    def keeping(body: dict[str, Any]) -> str | Fault:
        bodies.append(body)
        return answer(body, len(bodies))

    async def ask(url: str) -> list[ChatReply | Exception]:
        model = EndpointModel(ModelName("endpoint", "m", url), Limits(60.0, 300.0))
        try:
            got: list[ChatReply | Exception] = []
            for request in requests:
                try:
                    got.append(structs.replace(await model.reply(request), seconds=0.0))
                except (Failure, EndpointError) as error:
                    got.append(error)
            return got
        finally:
            await model.close()

    with serving(keeping) as url:
        return asyncio.run(ask(url)), bodies


def test_a_request_is_sent_as_it_is_and_the_answer_read() -> None:
    got, bodies = replies(lambda body, number: "Good day.", PLAIN)
    assert got == [ChatReply("Good day.", "stop", input_tokens=4, output_tokens=2)]
    assert bodies == [
        {
            "model": "m",
            "temperature": 0.25,
            "max_tokens": 77,
            "messages": [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hello there"}],
        }
    ]


def test_a_schema_is_asked_for_strictly() -> None:
    _, bodies = replies(lambda body, number: "{}", SHAPED)
    assert bodies[0]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA},
    }


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_may_pass_is_tried_again_at_once_where_the_endpoint_says_so(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    own: list[int] = []
    monkeypatch.setattr("bedside.llm.endpoint.own_wait_s", lambda tries, _: own.append(tries))
    faults = [Fault(status, headers=NOW)] * (TRIES - 1)
    got, bodies = replies(lambda body, number: faults[number - 1] if number <= len(faults) else "at last", PLAIN)
    assert [reply.text for reply in got if isinstance(reply, ChatReply)] == ["at last"]
    assert len(bodies) == TRIES
    assert own == [], "waits of its own choice"


def test_it_waits_as_long_as_the_endpoint_asks() -> None:
    start = time.monotonic()
    got, _ = replies(lambda body, number: Fault(429, headers={"Retry-After": "0.8"}) if number == 1 else "now", PLAIN)
    assert isinstance(got[0], ChatReply)
    # The first wait of its own choice would be 0.5 s at most.
    assert time.monotonic() - start >= 0.8


def test_it_gives_up_on_a_row_after_all_tries() -> None:
    got, bodies = replies(lambda body, number: Fault(500, "too bad", NOW), PLAIN)
    assert isinstance(got[0], Failure)
    assert got[0].cause == "server"
    assert f"no answer after {TRIES} tries" in str(got[0])
    assert "too bad" in str(got[0])
    assert len(bodies) == TRIES


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_no_request_can_pass_ends_the_run(status: int) -> None:
    got, bodies = replies(lambda body, number: Fault(status, "never"), PLAIN)
    assert isinstance(got[0], EndpointError)
    assert "never" in str(got[0])
    assert "http://127.0.0.1:" in str(got[0])
    assert len(bodies) == 1


@pytest.mark.parametrize("status", [409, 413, 422])
def test_what_only_this_request_cannot_pass_fails_the_row(status: int) -> None:
    got, bodies = replies(lambda body, number: Fault(status, "not this") if number == 1 else "ok", PLAIN, PLAIN)
    assert isinstance(got[0], Failure)
    assert "not this" in str(got[0])
    assert isinstance(got[1], ChatReply)
    assert len(bodies) == 2


def forms(bodies: list[dict[str, Any]]) -> list[str | None]:
    return [body.get("response_format", {}).get("type") for body in bodies]


@pytest.mark.parametrize(
    ("refused", "asked"),
    [
        ([], ["json_schema", "json_schema"]),
        (["json_schema"], ["json_schema", "json_object", "json_object"]),
        (["json_schema", "json_object"], ["json_schema", "json_object", None, None]),
    ],
)
def test_output_falls_back_step_by_step_and_stays_there(refused: list[str], asked: list[str | None]) -> None:
    got, bodies = replies(
        lambda body, number: Fault(400, "unknown format") if forms([body])[0] in refused else "{}", SHAPED, SHAPED
    )
    assert [isinstance(reply, ChatReply) for reply in got] == [True, True]
    assert forms(bodies) == asked


def test_a_request_that_is_refused_in_every_form_fails_the_row() -> None:
    got, bodies = replies(lambda body, number: Fault(400, "too long"), SHAPED)
    assert isinstance(got[0], Failure)
    assert str(got[0]).startswith("refused: ")
    assert "too long" in str(got[0])
    assert forms(bodies) == ["json_schema", "json_object", None]


def test_a_plain_request_that_is_refused_fails_at_once() -> None:
    got, bodies = replies(lambda body, number: Fault(400, "too long"), PLAIN)
    assert isinstance(got[0], Failure)
    assert len(bodies) == 1


def test_a_date_in_retry_after_is_answered_by_a_wait_of_its_own() -> None:
    dated = Fault(429, headers={"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"})
    start = time.monotonic()
    got, _ = replies(lambda body, number: dated if number == 1 else "now", PLAIN)
    assert isinstance(got[0], ChatReply)
    assert time.monotonic() - start >= FIRST_WAIT_S / 2
