"""OpenAI's own clients work unchanged: Python, sync and async and streaming; and npm's."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from bedside.serve.keys import new_key
from bedside.serve.options import Options
from bedside.serve.replies import default_region, replies
from tests.serve.speaking import Running, Speaking, serving

SAID = "Rest and drink. See a doctor if it lasts."
FIXED = replies("en", default_region()).crisis["suicide"]
NODE = Path(__file__).parent / "npm"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    file = tmp_path_factory.mktemp("keys") / "keys"
    key = new_key(file, "tests")
    with serving(Speaking(SAID), options=Options(keys=file)) as running:
        yield running, key


def test_the_python_client(served: tuple[Running, str]) -> None:
    with openai.OpenAI(base_url=served[0].base, api_key=served[1]) as client:
        asked = client.chat.completions.create
        done = asked(model="tuned", messages=[{"role": "user", "content": "a cold"}], extra_body={"comfort": 0.5})
        assert done.choices[0].message.content == SAID
        assert done.usage is not None
        assert done.usage.completion_tokens == 9
        assert (done.model_extra or {})["bedside"]["comfort"] == 0.5
        stream = asked(
            model="tuned", messages=[{"role": "user", "content": "a cold"}], stream=True,
            stream_options={"include_usage": True},
        )  # fmt: skip
        chunks = list(stream)
        assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == SAID
        assert chunks[-1].usage is not None
        assert [model.id for model in client.models.list()][:2] == ["base", "tuned"]
        assert client.models.retrieve("tuned@0.5").id == "tuned@0.5"


def test_the_python_clients_errors(served: tuple[Running, str]) -> None:
    with openai.OpenAI(base_url=served[0].base, api_key=served[1], max_retries=0) as client:
        with pytest.raises(openai.NotFoundError) as missing:
            client.chat.completions.create(model="other", messages=[{"role": "user", "content": "a"}])
        assert missing.value.code == "model_not_found"
        with pytest.raises(openai.BadRequestError) as wrong:
            client.chat.completions.create(model="tuned", messages=[{"role": "user", "content": "a"}], temperature=9)
        assert wrong.value.param == "temperature"
    with (
        openai.OpenAI(base_url=served[0].base, api_key="bedside-wrong", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.models.list()


def test_the_async_python_client(served: tuple[Running, str]) -> None:
    async def ask() -> None:
        async with openai.AsyncOpenAI(base_url=served[0].base, api_key=served[1]) as client:
            asked = client.chat.completions.create
            several = [asked(model="tuned", messages=[{"role": "user", "content": "a cold"}]) for _ in range(8)]
            assert [done.choices[0].message.content for done in await asyncio.gather(*several)] == [SAID] * 8
            stream = await asked(model="tuned", messages=[{"role": "user", "content": "I want to die"}], stream=True)
            assert "".join([c.choices[0].delta.content or "" async for c in stream if c.choices]) == FIXED

    asyncio.run(ask())


def test_the_npm_client(served: tuple[Running, str]) -> None:
    if shutil.which("node") is None or not (NODE / "node_modules" / "openai").is_dir():
        pytest.skip("no node, or no openai for it: npm ci --prefix tests/serve/npm")
    environment = os.environ | {"BASE_URL": served[0].base, "API_KEY": served[1]}
    command = ["node", str(NODE / "client.mjs")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["whole"] == told["streamed"] == SAID
    assert told["comfort"] == 0.5
    assert told["crisis"] == FIXED
    assert told["models"][:2] == ["base", "tuned"]
    assert told["missing"] == [404, "model_not_found"]
    assert told["wrong_key"] == 401
