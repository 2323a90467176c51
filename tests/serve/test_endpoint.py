"""The endpoint over HTTP: OpenAI's shapes, the dial, the guard's field, errors, measures, the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import bedside
from bedside.llm.pieces import GenerationRequest
from bedside.llm.protocol import Failure
from bedside.serve.levels import Levels
from bedside.serve.options import Limits, Options
from bedside.serve.replies import default_region, replies
from tests.serve.speaking import Running, Speaking, serving, text_of

EN = replies("en", default_region())
HEART = "My chest feels crushed, I am sweating and my left arm is numb."


@pytest.fixture(scope="module")
def model() -> Speaking:
    return Speaking()


@pytest.fixture(scope="module")
def server(model: Speaking) -> Iterator[Running]:
    with serving(model, options=Options(Limits(requests_a_minute=100_000, max_tokens=64))) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(model: Speaking) -> None:
    model.text, model.failure, model.pause_s = "Rest and drink. See a doctor if it lasts.", None, 0.0
    model.asked.clear()


def test_a_completion_has_openais_shape(server: Running) -> None:
    got = server.chat("I have a cold").json
    assert got["object"] == "chat.completion"
    assert got["id"].startswith("chatcmpl-")
    assert got["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Rest and drink. See a doctor if it lasts."},
            "finish_reason": "stop",
            "logprobs": None,
        }
    ]
    assert got["usage"] == {"prompt_tokens": 11, "completion_tokens": 9, "total_tokens": 20}
    assert got["bedside"] == {"comfort": 1.0, "language": "en", "guard": []}


def test_a_stream_says_the_same_in_sentences(server: Running) -> None:
    events = server.events("I have a cold", stream_options={"include_usage": True})
    assert text_of(events) == "Rest and drink. See a doctor if it lasts."
    assert {event["object"] for event in events} == {"chat.completion.chunk"}
    assert len({event["id"] for event in events}) == 1
    assert events[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert [c["delta"]["content"] for e in events[1:-2] for c in e["choices"]] == [
        "Rest and drink. ",
        "See a doctor if it lasts.",
    ]
    assert events[-2]["choices"][0]["finish_reason"] == "stop"
    assert events[-1]["choices"] == []
    assert events[-1]["usage"]["completion_tokens"] == 9


def test_settings_reach_the_model(server: Running, model: Speaking) -> None:
    more: dict[str, Any] = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "stop": ["X", "Y"], "seed": 3}
    server.chat("a", **more)
    asked = model.asked[-1]
    assert (asked.temperature, asked.top_p, asked.max_tokens, asked.stop, asked.seed) == (0.5, 0.9, 7, ("X", "Y"), 3)
    server.chat("a", max_completion_tokens=9, max_tokens=3, stop="Z")
    assert (model.asked[-1].max_tokens, model.asked[-1].stop, model.asked[-1].temperature) == (9, ("Z",), 0.0)
    server.chat("a", max_tokens=5000)
    assert model.asked[-1].max_tokens == 64, "the server's own limit"


def test_several_choices_are_drawn_and_read_each_by_itself(server: Running, model: Speaking) -> None:
    model.text = lambda asked: "It is nothing at all, trust me." if asked.seed == 6 else "Rest."
    got = server.chat("a", n=3, seed=5, temperature=1).json
    said = [choice["message"]["content"] for choice in got["choices"]]
    assert sorted(asked.seed or 0 for asked in model.asked) == [5, 6, 7]
    assert said == ["Rest.", EN.text("false reassurance"), "Rest."]
    assert [(d["reason"], d["choice"]) for d in got["bedside"]["guard"]] == [("false reassurance", 1)]
    events = server.events("a", n=3, seed=5, temperature=1)
    assert [text_of(events, n) for n in range(3)] == said


def test_parts_of_text_are_one_message_and_developer_is_system(server: Running, model: Speaking) -> None:
    parts = [{"type": "text", "text": "I have"}, {"type": "text", "text": "a cold"}]
    body = {
        "model": "tuned",
        "messages": [{"role": "developer", "content": "Be brief"}, {"role": "user", "content": parts}],
    }
    assert server.ask("POST", "/v1/chat/completions", body).status == 200
    assert [(m.role, m.content) for m in model.asked[-1].messages] == [
        ("system", "Be brief"),
        ("user", "I have\na cold"),
    ]


def test_a_crisis_gets_the_fixed_reply_and_the_model_is_not_asked(server: Running, model: Speaking) -> None:
    got = server.chat("I want to kill myself", comfort=1.5).json
    assert got["choices"][0]["message"]["content"] == EN.crisis["suicide"]
    assert got["usage"]["total_tokens"] == 0
    decision = {"reason": "crisis", "action": "fixed reply", "detail": "suicide", "version": "en-2"}
    assert got["bedside"]["guard"] == [decision]
    events = server.events("I want to kill myself", n=2)
    assert text_of(events, 1) == EN.crisis["suicide"]
    assert events[0]["bedside"]["guard"] == [decision]
    assert model.asked == []


@pytest.mark.parametrize("level", ["base", "tuned@0.5", "tuned", "tuned@1.5"])
def test_the_dial_never_softens_the_guard(server: Running, level: str) -> None:
    body = {"model": level, "messages": [{"role": "user", "content": HEART}]}
    said = server.ask("POST", "/v1/chat/completions", body).json["choices"][0]["message"]["content"]
    assert said == EN.text("emergency") + "\n\nRest and drink. See a doctor if it lasts."


def test_stop_strings_and_lengths_do_not_cut_the_guards_words(server: Running) -> None:
    got = server.chat(HEART, stop=["call", "Please"], max_tokens=1).json
    assert got["choices"][0]["message"]["content"].startswith(EN.text("emergency"))


def test_an_unsafe_sentence_never_reaches_a_stream(server: Running, model: Speaking) -> None:
    model.text = "I hear you. I promise you will be completely fine. Take paracetamol 9 g three times a day. Rest."
    got = server.chat("my tooth hurts", stream=True)
    assert "promise you" not in got.text
    assert "9 g" not in got.text
    events = server.events("my tooth hurts")
    assert text_of(events) == f"I hear you. {EN.text('false reassurance')} {EN.text('broken dose')} Rest."
    assert [d["reason"] for d in events[-1]["bedside"]["guard"]] == ["false reassurance", "broken dose"]


def test_the_dial_by_name_and_by_field(server: Running, model: Speaking) -> None:
    asked: list[tuple[str, dict[str, float], float]] = [
        ("tuned", {}, 1.0), ("base", {}, 0.0), ("tuned@0.5", {}, 0.5), ("tuned", {"comfort": 0.25}, 0.25),
        ("tuned@0.5", {"comfort": 0.5}, 0.5), ("tuned", {"comfort": 1.5}, 1.5), ("tuned", {"comfort": 0}, 0.0),
    ]  # fmt: skip
    for name, more, level in asked:
        got = server.ask(
            "POST", "/v1/chat/completions", {"model": name, "messages": [{"role": "user", "content": "a"}], **more}
        )
        assert got.status == 200, got.text
        assert got.json["bedside"]["comfort"] == level
        assert model.asked[-1].level == level


@pytest.mark.parametrize(
    ("more", "status", "param"),
    [
        ({"comfort": 1.6}, 400, "comfort"),
        ({"comfort": -0.1}, 400, "comfort"),
        ({"model": "tuned@2"}, 400, "model"),
        ({"model": "tuned@nan"}, 400, "model"),
        ({"model": "tuned@0.5", "comfort": 1}, 400, "comfort"),
        ({"model": "gpt-4o"}, 404, "model"),
        ({"model": "tuned@warm"}, 404, "model"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "assistant", "content": "Sure, "}]}, 400, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, 400, "messages.0.role"),
        ({"temperature": 3}, 400, "temperature"),
        ({"top_p": 0}, 400, "top_p"),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"n": 9}, 400, "n"),
        ({"n": 0}, 400, "n"),
        ({"tools": [{"type": "function"}]}, 400, "tools"),
        ({"logprobs": True}, 400, "logprobs"),
        ({"response_format": {"type": "json_object"}}, 400, "response_format"),
    ],
)
def test_what_cannot_be_served_is_told_in_openais_shape(
    server: Running, model: Speaking, more: dict[str, Any], status: int, param: str
) -> None:
    body = {"model": "tuned", "messages": [{"role": "user", "content": "secret words"}], **more}
    got = server.ask("POST", "/v1/chat/completions", body)
    assert got.status == status
    error = got.json["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"
    assert "secret" not in got.text
    assert model.asked == []


def test_fields_that_ask_for_nothing_or_are_unknown_are_let_pass(server: Running) -> None:
    more: dict[str, Any] = {
        "tools": None,
        "logprobs": False,
        "response_format": {"type": "text"},
        "user": "u",
        "metadata": {"a": 1},
    }
    assert server.chat("a", **more).status == 200


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        '{"model": "tuned"}',
        '{"model":"tuned","messages":"\\ud800"}',
        "\x00",
        '{"temperature": NaN}',
    ],
)
def test_a_body_that_is_none_is_a_400(server: Running, body: str) -> None:
    got = server.ask("POST", "/v1/chat/completions", body)
    assert got.status == 400
    assert got.json["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("cause", "status", "code"),
    [
        ("context length", 400, "context_length_exceeded"),
        ("rate limit", 503, "overloaded"),
        ("server", 502, None),
        ("timeout", 504, "timeout"),
    ],
)
def test_a_model_that_fails_is_told(
    server: Running, model: Speaking, cause: Any, status: int, code: str | None
) -> None:
    model.failure = Failure("it broke", cause)
    got = server.chat("a")
    assert (got.status, got.json["error"]["code"]) == (status, code)
    streamed = server.chat("a", stream=True)
    assert '"error"' in streamed.text.split("\n\n")[-2]
    assert "[DONE]" not in streamed.text


def test_models_are_listed_and_found(server: Running) -> None:
    listed = server.ask("GET", "/v1/models").json["data"]
    assert [entry["id"] for entry in listed] == [
        "base",
        "tuned",
        "tuned@0.25",
        "tuned@0.5",
        "tuned@0.75",
        "tuned@1.25",
        "tuned@1.5",
    ]
    assert [entry["bedside"]["comfort"] for entry in listed] == [0, 1, 0.25, 0.5, 0.75, 1.25, 1.5]
    assert server.ask("GET", "/v1/models/tuned@0.5").json["id"] == "tuned@0.5"
    assert server.ask("GET", "/v1/models/other").json["error"]["code"] == "model_not_found"


def test_levels_of_each_kind() -> None:
    with serving(Speaking(), Levels("clinic")) as server:
        assert [entry["id"] for entry in server.ask("GET", "/v1/models").json["data"]] == ["clinic"]
        body = {"model": "clinic", "messages": [{"role": "user", "content": "a"}]}
        assert server.ask("POST", "/v1/chat/completions", body).status == 200
        got = server.ask("POST", "/v1/chat/completions", {**body, "comfort": 0.5})
        assert got.status == 400
        assert "no dial" in got.text
    with serving(Speaking(), Levels("dpo", "listed", (0.0, 0.5, 1.0))) as server:
        assert [e["id"] for e in server.ask("GET", "/v1/models").json["data"]] == ["base", "dpo", "dpo@0.5"]
        got = server.ask("POST", "/v1/chat/completions", {**body, "model": "dpo", "comfort": 0.7})
        assert got.status == 400
        assert "0, 0.5, 1" in got.text


def test_health_and_measures(model: Speaking) -> None:
    with serving(model) as server:
        health = server.ask("GET", "/healthz").json
        assert health["status"] == "ok"
        assert health["version"] == bedside.__version__
        server.chat("I want to kill myself, says Wilhelmina")
        server.chat("a cold")
        server.chat("a cold", temperature=9)
        server.ask("GET", "/Wilhelmina")
        told = server.ask("GET", "/metrics").text
        assert 'bedside_guard_decisions_total{action="fixed reply",reason="crisis"} 1.0' in told
        assert 'bedside_requests_total{path="/v1/chat/completions",status="200"} 2.0' in told
        assert 'bedside_requests_total{path="/v1/chat/completions",status="400"} 1.0' in told
        assert 'bedside_tokens_total{kind="written"} 9.0' in told
        assert "bedside_rows 1.0" in told
        assert "Wilhelmina" not in told


def test_the_page_comes_with_a_strict_policy(server: Running) -> None:
    got = server.ask("GET", "/")
    assert got.status == 200
    policy = got.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert got.headers["x-content-type-options"] == "nosniff"
    assert server.ask("GET", "/docs").status == 404


def test_reading_a_message_and_a_reply(server: Running) -> None:
    path = "/v1/bedside/read"
    patient = server.ask("POST", path, {"text": f"I am terrified. {HEART}"}).json
    assert (patient["emotion"]["emotion"], patient["urgency"]["level"]) == ("fear", "emergency")
    assert server.ask("POST", path, {"text": "I want to die"}).json["urgency"]["crisis"] == "suicide"
    doctor = server.ask(
        "POST", path, {"text": "That sounds frightening. Take ibuprofen 400 mg.", "role": "doctor"}
    ).json
    assert {"ibuprofen", "400 mg"} <= {fact["norm"] for fact in doctor["facts"]}
    assert doctor["comfort_acts"]
    assert server.ask("POST", path, {"text": "x", "role": "nurse"}).status == 400


def test_the_time_for_a_reply_is_bounded(model: Speaking) -> None:
    model.pause_s = 0.3
    with serving(model, options=Options(Limits(request_s=0.4))) as server:
        got = server.chat("a")
        assert (got.status, got.json["error"]["code"]) == (504, "timeout")
        assert '"timeout"' in server.chat("a", stream=True).text


def test_the_model_is_closed_with_the_server() -> None:
    model = Speaking()
    with serving(model):
        assert not model.closed
    assert model.closed


def test_what_the_model_is_asked_is_what_was_said(server: Running, model: Speaking) -> None:
    server.chat("one", "two")
    assert model.asked[-1] == GenerationRequest(model.asked[-1].messages, max_tokens=64)
    assert [m.content for m in model.asked[-1].messages] == ["one", "two"]
