"""A model server behind the endpoint: names and streams pass through the guard, and its faults are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bedside.core.errors import UserMistake
from bedside.llm.fake_server import Answered, Asked, running
from bedside.serve.keys import new_key
from bedside.serve.levels import Levels
from bedside.serve.models import Answerer, open_served
from bedside.serve.options import Options
from bedside.serve.replies import default_region, replies
from bedside.serve.upstream import levels_of
from tests.serve.speaking import Running, Speaking, serving, text_of

EN = replies("en", default_region())


@contextmanager
def in_front(url: str, model: str = "dpo", **more: object) -> Iterator[Running]:
    served = open_served(Answerer(model, upstream=url, **more))  # type: ignore[arg-type]
    with serving(served.model, served.levels) as server:
        yield server


def test_levels_are_names_there_and_streams_pass_the_guard() -> None:
    """The server behind is bedside itself, without its guard's words in what it says."""
    behind = Speaking("I hear you. I promise you will be completely fine. Rest.")
    mapping = {0.0: "base", 0.5: "dpo@0.5", 1.0: "dpo"}
    with (
        serving(behind, Levels("dpo", "listed", (0.0, 0.5, 1.0))) as inner,
        in_front(inner.base, mapping=mapping) as server,
    ):
        assert [entry["id"] for entry in server.ask("GET", "/v1/models").json["data"]] == ["base", "dpo", "dpo@0.5"]
        body = {"model": "dpo", "comfort": 0.5, "messages": [{"role": "user", "content": "a cold"}]}
        got = server.ask("POST", "/v1/chat/completions", body).json
        said = f"I hear you. {EN.text('false reassurance')} Rest."
        assert got["choices"][0]["message"]["content"] == said
        assert got["usage"]["completion_tokens"] > 0
        assert behind.asked[-1].level == 0.5
        settings = {"temperature": 0.7, "top_p": 0.9, "max_tokens": 50, "seed": 4, "stop": ["Z"]}
        server.ask("POST", "/v1/chat/completions", {**body, "comfort": 0, **settings})
        asked = behind.asked[-1]
        assert (asked.level, asked.temperature, asked.top_p, asked.max_tokens) == (0.0, 0.7, 0.9, 50)
        assert (asked.seed, asked.stop) == (4, ("Z",))
        before = len(behind.asked)
        body["messages"] = [{"role": "user", "content": "I want to kill myself"}]
        assert server.ask("POST", "/v1/chat/completions", body).json["usage"]["total_tokens"] == 0
        assert len(behind.asked) == before, "nothing of a crisis goes to the model server"


def test_levels_are_found_among_what_the_server_lists() -> None:
    assert levels_of("dpo", ["Qwen/Qwen3", "dpo", "dpo@0.5", "dpo@x", "sft"]) == {1.0: "dpo", 0.5: "dpo@0.5"}
    with serving(Speaking(), Levels("dpo", "listed", (0.5, 1.0))) as inner:
        served = open_served(Answerer("dpo", upstream=inner.base))
        assert served.levels == Levels("dpo", "listed", (0.5, 1.0))
        with pytest.raises(UserMistake, match="serves no model 'kto'"):
            open_served(Answerer("kto", upstream=inner.base))
        assert open_served(Answerer(f"{inner.base}#dpo")).levels == Levels("dpo")


def test_the_operators_key_is_sent_and_the_clients_is_not(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []

    async def handle(asked: Asked) -> Answered:
        seen.append(asked.headers)
        return Answered(stream("Rest."), headers={"Content-Type": "text/event-stream"})

    monkeypatch.setenv("BEDSIDE_UPSTREAM_KEY", "the-operators")
    with running({"/v1/chat/completions": handle}) as url, in_front(f"{url}/v1", mapping={1.0: "m"}) as server:
        body = {"model": "dpo", "messages": [{"role": "user", "content": "a"}]}
        headers = {"Content-Type": "application/json", "Authorization": "Bearer the-clients", "X-Secret": "s"}
        got = server.ask("POST", "/v1/chat/completions", body, headers)
        assert got.json["choices"][0]["message"]["content"] == "Rest."
    assert seen[0]["authorization"] == "Bearer the-operators"
    assert "x-secret" not in seen[0]


def stream(text: str, end: str = '{"choices":[{"delta":{},"finish_reason":"stop"}]}', thinking: bool = False) -> bytes:
    said = [{"choices": [{"delta": {"reasoning_content": "hm"}}]}] if thinking else []
    said += [{"choices": [{"delta": {"content": c}, "finish_reason": None}]} for c in text]  # type: ignore[dict-item]
    lines = [f"data: {json.dumps(event)}" for event in said] + ([f"data: {end}"] if end else [])
    return ("\r\n\r\n".join([": comment", *lines, "data: [DONE]"]) + "\r\n\r\n").encode()


@pytest.mark.parametrize(
    ("answered", "status", "told"),
    [
        (Answered(stream("<think>kill</think>Rest.", thinking=True)), 200, "Rest."),
        (Answered(stream("Rest.", end="")), 502, "broke off"),
        (Answered(b'data: {"error": {"message": "Wilhelmina"}}\n\n'), 502, "broke off"),
        (Answered(b"data: {nonsense\n\n"), 502, "cannot be used"),
        (Answered(b"", 503), 503, "overloaded"),
        (Answered(b"", 429), 503, "overloaded"),
        (Answered(b'{"error": "maximum context length is 10, Wilhelmina"}', 400), 400, "too long"),
        (Answered(b'{"error": "Wilhelmina"}', 400), 400, "refused"),
        (Answered(b"", 401), 502, "status 401"),
        (Answered(stream("Rest."), ending="half"), 502, "cannot be used"),
        (Answered(b"", ending="reset"), 502, "cannot be used"),
    ],
)
def test_what_a_server_behind_may_do(answered: Answered, status: int, told: str) -> None:
    async def handle(_: Asked) -> Answered:
        return answered

    with running({"/v1/chat/completions": handle}) as url, in_front(f"{url}/v1", mapping={1.0: "m"}) as server:
        got = server.ask(
            "POST", "/v1/chat/completions", {"model": "dpo", "messages": [{"role": "user", "content": "a"}]}
        )
        assert got.status == status, got.text
        assert told in got.text
        assert "Wilhelmina" not in got.text


def test_a_server_that_is_not_there_is_told_at_the_start() -> None:
    with pytest.raises(UserMistake, match="does not tell its models"):
        open_served(Answerer("dpo", upstream="http://127.0.0.1:9/v1"))
    with pytest.raises(UserMistake, match="is no address"):
        open_served(Answerer("dpo", upstream="file:///etc/passwd"))
    with pytest.raises(UserMistake, match="provider"):
        open_served(Answerer("openai:gpt-4o-mini"))


def test_an_endpoint_with_keys_in_front_of_one_with_keys(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathlib import Path

    key = new_key(Path(str(tmp_path)) / "keys", "front")
    monkeypatch.setenv("BEDSIDE_UPSTREAM_KEY", key)
    options = Options(keys=Path(str(tmp_path)) / "keys")
    with serving(Speaking("Rest."), options=options) as inner, in_front(inner.base, model="tuned") as server:
        assert text_of(server.events("a")) == "Rest."
