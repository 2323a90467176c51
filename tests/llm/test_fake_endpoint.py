"""The fake endpoint speaks enough of the OpenAI protocol, misbehaves on request, and listens on loopback only."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from bedside.core.files import write_rows
from bedside.llm.fake_endpoint import Fault, scripted_answer, serving

BODY = {"model": "m", "messages": [{"role": "user", "content": "one two three"}]}


def posted(url: str, body: dict[str, Any] = BODY) -> tuple[int, dict[str, Any], dict[str, str]]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error), dict(error.headers)


def test_an_answer_is_a_completion_with_its_usage() -> None:
    with serving(lambda body: f"You said {body['messages'][0]['content']}") as url:
        status, value, _ = posted(f"{url}/chat/completions")
    assert url.startswith("http://127.0.0.1:")
    assert (status, value["model"], value["object"]) == (200, "m", "chat.completion")
    (choice,) = value["choices"]
    assert choice["message"] == {"role": "assistant", "content": "You said one two three"}
    assert choice["finish_reason"] == "stop"
    assert value["usage"] == {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}


def test_a_fault_has_its_status_headers_and_message() -> None:
    with serving(lambda body: Fault(429, "slow down", {"Retry-After": "7"})) as url:
        status, value, headers = posted(f"{url}/chat/completions")
    assert (status, value, headers["Retry-After"]) == (429, {"error": {"message": "slow down"}}, "7")


def test_another_path_is_not_found() -> None:
    with serving(lambda body: "hi") as url:
        status, value, _ = posted(f"{url}/completions")
    assert status == 404
    assert "/v1/completions" in value["error"]["message"]


def test_it_is_gone_when_the_block_ends() -> None:
    with serving(lambda body: "hi") as url:
        assert posted(f"{url}/chat/completions")[0] == 200
    with pytest.raises(urllib.error.URLError):
        posted(f"{url}/chat/completions")


def test_a_script_is_served_line_by_line(tmp_path: Path) -> None:
    lines = [{"contains": "cough", "reply": "Tea."}, {"contains": "boom", "fail": True}]
    write_rows(tmp_path / "s.jsonl", lines)
    answer = scripted_answer(tmp_path / "s.jsonl")

    def said(*texts: str) -> str | Fault:
        return answer({"messages": [{"role": "user", "content": text} for text in texts]})

    assert said("a cough") == "Tea."
    assert said("boom") == Fault(500, "scripted failure")
    assert said("a cough", "a fever") == Fault(500, "no line of the script fits")
