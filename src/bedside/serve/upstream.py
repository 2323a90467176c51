"""An OpenAI-compatible server behind the endpoint: vLLM, SGLang, llama.cpp. Its streams pass through the guard.

Levels of the dial are names there, such as vLLM's LoRA modules. What is sent is what bedside knows of a request,
under the operator's own key (BEDSIDE_UPSTREAM_KEY), never the client's.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any

import aiohttp

from bedside.core.errors import UserMistake
from bedside.llm.dialect import cause_of_refusal
from bedside.llm.pieces import GenerationRequest, Piece
from bedside.llm.protocol import Cause, Failure

__all__ = ["Upstream", "levels_of", "listed_by"]

KEY = "BEDSIDE_UPSTREAM_KEY"
CONNECT_S = 10.0
# A line of a stream that is longer is no token.
LONGEST_LINE = 1 << 20
OVERLOADED = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
REFUSALS = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY)


class Upstream:
    """The models of one base URL, by the level that each has."""

    def __init__(self, url: str, names: Mapping[float, str]) -> None:
        self._url, self._names = url.rstrip("/"), dict(names)
        self._session: aiohttp.ClientSession | None = None
        self._under_way = 0

    @property
    def load(self) -> tuple[int, int]:
        """Replies under way; who waits there is not known."""
        return self._under_way, 0

    async def stream(self, request: GenerationRequest) -> AsyncGenerator[Piece]:
        """See `StreamingModel.stream`."""
        self._under_way += 1
        try:
            async with self._open().post(f"{self._url}/chat/completions", json=self._body(request)) as response:
                if response.status >= HTTPStatus.BAD_REQUEST:
                    raise _refused(response.status, (await response.content.read(2000)).decode("utf-8", "replace"))
                async for piece in _pieces(response.content):
                    yield piece
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Failure(f"the model server cannot be used: {type(error).__name__}", "connection") from None
        finally:
            self._under_way -= 1

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers=_authorization(),
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
                read_bufsize=LONGEST_LINE,
            )
        return self._session

    def _body(self, request: GenerationRequest) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._names[request.level],
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            "temperature": request.temperature,
            "top_p": request.top_p,
            "max_tokens": request.max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if request.stop:
            body["stop"] = list(request.stop)
        if request.seed is not None:
            body["seed"] = request.seed
        return body


def listed_by(url: str) -> list[str]:
    """The names of the models behind a URL.

    Raises:
        UserMistake: nothing there that lists models.
    """
    asked = urllib.request.Request(f"{url.rstrip('/')}/models", headers=_authorization())
    if not url.startswith(("http://", "https://")):
        raise UserMistake(f"{url!r} is no address", where="--upstream", remedy="Example: http://127.0.0.1:8000/v1")
    try:
        with urllib.request.urlopen(asked, timeout=CONNECT_S) as response:
            return [str(entry["id"]) for entry in json.load(response)["data"]]
    except (urllib.error.URLError, OSError, ValueError, KeyError, TypeError) as error:
        raise UserMistake(
            f"{url} does not tell its models: {error}", where="--upstream",
            remedy="Start it first, or say which names it has: --upstream-model 1=NAME.",
        ) from None  # fmt: skip


def levels_of(name: str, listed: list[str]) -> dict[float, str]:
    """The levels among listed names: NAME is 1, NAME@LEVEL that level, as `bedside export` names adapters."""
    found = {}
    for one in listed:
        own, at, level = one.rpartition("@")
        if one == name:
            found[1.0] = one
        elif at and own == name:
            try:
                found[float(level)] = one
            except ValueError:
                continue
    return found


async def _pieces(content: aiohttp.StreamReader) -> AsyncIterator[Piece]:
    """The pieces of an event stream; the last carries the counts, which servers send after the end."""
    finish, counts, said = "", (0, 0), 0
    async for raw in content:
        line = raw.decode("utf-8", "replace").strip()
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            break
        text, ended, used = _read(json.loads(data))
        finish, counts = ended or finish, used or counts
        if text:
            said += 1
            yield Piece(text)
    if not finish:
        raise Failure("the model server broke off its reply", "connection")
    yield Piece("", finish, counts[0], counts[1] or said)


def _read(event: Any) -> tuple[str, str, tuple[int, int] | None]:
    """Text, finish and token counts of one event."""
    if not isinstance(event, dict) or event.get("error"):
        raise Failure("the model server broke off its reply", "server")
    usage = event.get("usage") or {}
    used = (int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)) if usage else None
    choice: dict[str, Any] = next(iter(event.get("choices") or []), {})
    text = (choice.get("delta") or {}).get("content") or ""
    finish = choice.get("finish_reason")
    return text, "" if not finish else "length" if finish == "length" else "stop", used


def _refused(status: int, text: str) -> Failure:
    if status in OVERLOADED:
        return Failure("the model server is overloaded", "rate limit")
    if status in REFUSALS:
        cause: Cause = cause_of_refusal(text)
        told = (
            "the conversation is too long for the model"
            if cause == "context length"
            else "the model server refused this request"
        )
        return Failure(told, cause)
    return Failure(f"the model server answered with status {status}", "server")


def _authorization() -> dict[str, str]:
    key = os.environ.get(KEY)
    return {"Authorization": f"Bearer {key}"} if key else {}
