"""Posting: headers, refusals, proxies of the environment."""

from __future__ import annotations

import asyncio

import openai
import pytest

from bedside.llm.fake_endpoint import Fault, serving
from bedside.llm.wire import Refused, Wire, _proxy_of


def posted(wire_url: str) -> str:
    async def post() -> str:
        async with openai.AsyncOpenAI(api_key="sesame", base_url=wire_url) as client:
            wire = Wire(client)
            try:
                return await wire.post("/chat/completions", {"model": "m", "messages": [], "n": 1})
            finally:
                await wire.close()

    return asyncio.run(post())


def test_the_answer_comes_back_as_it_is() -> None:
    with serving(lambda body: f"{sorted(body)}") as url:
        assert "['messages', 'model', 'n']" in posted(url)


def test_a_refusal_tells_status_words_and_headers() -> None:
    told = pytest.raises(Refused, match=r"Error code: 429 - .*slower")
    with serving(lambda body: Fault(429, "slower", {"Retry-After": "7"})) as url, told as caught:
        posted(url)
    assert (caught.value.status, caught.value.headers["retry-after"]) == (429, "7")


def test_the_key_is_sent_and_nothing_about_this_machine() -> None:
    client = openai.AsyncOpenAI(api_key="sesame", base_url="http://127.0.0.1:1/v1", organization="ward 3")
    headers = Wire(client)._headers
    assert (headers["Authorization"], headers["OpenAI-Organization"]) == ("Bearer sesame", "ward 3")
    assert [name for name in headers if name.startswith("X-Stainless")] == []


def test_the_environments_proxy_is_used_unless_the_host_is_excepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1,inner.example")
    found = [_proxy_of(u) for u in ("https://api.example/v1", "https://inner.example/v1", "http://other.example/v1")]
    assert found == ["http://proxy:3128", None, None]
