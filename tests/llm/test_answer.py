"""Answers as OpenAI, vLLM, llama.cpp, Ollama and proxies write them are read; what holds none is told apart."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.llm.answer import Duplicates, bare, holds_object, read_answer
from bedside.llm.protocol import ChatReply, Failure

OBJECT = '{"messages": []}'


def body(message: Any, finish: Any = "stop", **more: Any) -> str:
    return json.dumps({"id": "1", "choices": [{"index": 0, "message": message, "finish_reason": finish}], **more})


OPENAI = body(
    {"role": "assistant", "content": OBJECT, "refusal": None, "annotations": []},
    usage={
        "prompt_tokens": 1200,
        "completion_tokens": 300,
        "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 192},
    },
    service_tier="default",
    system_fingerprint=None,
)
VLLM = body(
    {"role": "assistant", "content": OBJECT, "reasoning_content": "Let me think.", "tool_calls": []},
    usage={"prompt_tokens": 9, "total_tokens": 14, "completion_tokens": 5, "prompt_tokens_details": None},
    prompt_logprobs=None,
    kv_transfer_params=None,
)
LLAMA_CPP = body(
    {"role": "assistant", "content": f"\n{OBJECT}"},
    timings={"prompt_n": 10, "predicted_per_second": 31.5},
    usage={"completion_tokens": 5, "prompt_tokens": 9, "total_tokens": 14},
)
OLLAMA = body({"role": "assistant", "content": f"```json\n{OBJECT}\n```"}, finish=None)
REASONING = body({"role": "assistant", "content": f"<think>\nHm. {{}} </think>\n\n{OBJECT}"}, usage=None)
OPENED_BY_TEMPLATE = body({"role": "assistant", "content": f"I weigh it.\n</think>\n{OBJECT}"})
MISFILED = body({"role": "assistant", "content": None, "reasoning_content": OBJECT}, finish="stop")
PARTS = body({"role": "assistant", "content": [{"type": "text", "text": OBJECT}]}, finish="eos_token")


@pytest.mark.parametrize("data", [OPENAI, VLLM, LLAMA_CPP, OLLAMA, REASONING, OPENED_BY_TEMPLATE, MISFILED, PARTS])
def test_every_servers_answer_is_read(data: str) -> None:
    reply = read_answer(data, wants_object=True)
    assert (reply.text, reply.finish, reply.refusal) == (OBJECT, "stop", "")


def test_tokens_are_the_endpoints_own() -> None:
    assert read_answer(OPENAI, True) == ChatReply(OBJECT, "stop", 1200, 300, 1024, 192)
    assert read_answer(VLLM, True) == ChatReply(OBJECT, "stop", 9, 5)
    assert read_answer(OLLAMA, True) == ChatReply(OBJECT)


def test_a_model_that_declines_is_no_fault() -> None:
    declined = read_answer(body({"content": None, "refusal": "I cannot."}), True)
    assert (declined.text, declined.refusal) == ("", "I cannot.")
    filtered = read_answer(body({"content": ""}, finish="content_filter"), True)
    assert (filtered.text, filtered.finish) == ("", "content filter")
    assert read_answer(body({"content": "half"}, finish="length"), False).finish == "length"


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        ("", "broken reply"),
        ('{"choices": [{"mess', "broken reply"),
        ("[]", "broken reply"),
        ("<html>Bad gateway</html>", "broken reply"),
        ('{"error": {"message": "overloaded"}}', "server"),
        ('{"choices": []}', "empty"),
        ('{"choices": [null]}', "empty"),
        ("{}", "empty"),
        (body(None), "empty"),
        (body({"content": None}), "empty"),
        (body({"content": "<think>so long"}, finish="length"), "empty"),
        (body({"content": None, "reasoning_content": "only thoughts"}), "empty"),
    ],
)
def test_what_holds_no_answer_says_why(data: str, cause: str) -> None:
    with pytest.raises(Failure) as caught:
        read_answer(data, wants_object=True)
    assert caught.value.cause == cause


def test_thinking_that_takes_all_the_room_is_told_with_the_remedy() -> None:
    with pytest.raises(Failure, match="max_output_tokens"):
        read_answer(body({"content": "<think>so long"}, finish="length"), wants_object=True)


def test_thoughts_are_no_answer_where_no_object_was_asked_for() -> None:
    with pytest.raises(Failure):
        read_answer(MISFILED, wants_object=False)


def test_only_a_fence_round_all_of_it_is_taken_off() -> None:
    assert bare("```\na\n```") == "a"
    assert bare("see ```a``` there") == "see ```a``` there"
    assert not holds_object("[1]")
    assert not holds_object(OBJECT + "x")


KEYS = st.sampled_from(["choices", "message", "content", "usage", "error", "finish_reason", "x"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner))


@settings(max_examples=100, deadline=None)
@given(value=JSON)
def test_any_json_is_an_answer_or_a_failure(value: Any) -> None:
    try:
        reply = read_answer(json.dumps(value), wants_object=True)
    except Failure as failure:
        assert failure.cause in ("broken reply", "server", "empty")
    else:
        assert reply.text or reply.refusal or reply.finish == "content filter"


def test_an_answer_given_before_to_another_request_is_noticed() -> None:
    seen, long = Duplicates(), "x" * Duplicates.SHORTEST
    assert [seen.again(f'{{"id": "{name}"}}', long) for name in "abba"] == [False, False, True, True]


def test_servers_without_ids_of_their_own_are_believed() -> None:
    seen, long = Duplicates(), "x" * Duplicates.SHORTEST
    assert not any(seen.again('{"id": "fixed"}', long) for _ in range(5))
    assert not any(Duplicates().again(data, long) for data in ("{}", "{}"))
    assert [seen.again(f'{{"id": "{name}"}}', "yes") for name in "abba"] == [False] * 4
