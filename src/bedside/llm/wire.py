"""One way to post a request: straight over aiohttp, with the SDK's address and headers.

The SDK's own path to the same aiohttp (its request and response objects, and a second HTTP library between) takes more
processor time than all else that a request costs (docs/decisions/020-posting.md), and gives nothing here: tries,
time-outs and the reading of answers are bedside's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec
import openai

__all__ = ["Refused", "Wire"]


class Refused(Exception):
    """An answer with an error status; `message` tells it and what the endpoint says."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str]) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers


class Wire:
    """Connections to one endpoint, as many as are asked for; proxies of the environment are used."""

    def __init__(self, client: openai.AsyncOpenAI) -> None:
        self.base_url = str(client.base_url)
        self._headers = {
            name: value
            for name, value in {**client.default_headers, **client.auth_headers}.items()
            # The SDK also tells the provider about this machine; nobody asked for that.
            if isinstance(value, str) and not name.startswith("X-Stainless")
        }
        self._encode = msgspec.json.Encoder().encode
        self._session: aiohttp.ClientSession | None = None

    async def post(self, path: str, body: dict[str, Any]) -> str:
        """The body of the answer.

        Raises:
            Refused: an error status.
            aiohttp.ClientError, OSError: the connection, or the answer, broke.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers,
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(),  # the caller's
                trust_env=True,
            )
        url = self.base_url.rstrip("/") + path
        async with self._session.post(url, data=self._encode(body)) as response:
            text = (await response.read()).decode("utf-8", "replace")
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise Refused(response.status, _told(response.status, text), response.headers)
            return text

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


def _told(status: int, text: str) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        value = text.strip()
    return f"Error code: {status}" + (f" - {value}" if value else "")
