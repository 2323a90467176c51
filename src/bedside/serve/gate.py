"""What every request passes before the application sees it: host, key, rate, type, size, time; and what comes back.

A body is read whole, within its bounds, before anything is done with it. Errors name no words of the request, neither
to the client nor in the log: a log line is the kind of an error and the place in the code.
"""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from bedside.serve.errors import ApiError, body_of
from bedside.serve.keys import Keys
from bedside.serve.measures import Measures
from bedside.serve.options import Options
from bedside.serve.rate import Rate

__all__ = ["HEADER_BYTES", "Gate", "Gone", "broken"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", CSP.encode()),
    (b"cross-origin-resource-policy", b"same-origin"),
]
HEADER_BYTES = 32 * 1024
LOG = logging.getLogger("bedside.serve")


class Gone(Exception):
    """The client has gone, or takes nothing more."""


class Gate:
    """Around the application."""

    def __init__(self, app: App, options: Options, measures: Measures) -> None:
        self._app, self._options, self._measures = app, options, measures
        self._keys = Keys(options.keys) if options.keys else None
        self._rate = Rate()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reply = _Reply(send, self._options.limits.send_s)
        try:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            self._admit(scope, headers)
            body = await self._body(scope, headers, receive)
            await self._app(scope, _again(body, receive), reply)
        except ApiError as error:
            await reply.error(error)
        except Gone:
            _abort(scope)
        except Exception as error:  # noqa: BLE001 (the process boundary: told without the request's words)
            await reply.error(broken(error))
        finally:
            self._measures.requests.labels(_route(scope), str(reply.status)).inc()

    def _admit(self, scope: Scope, headers: dict[str, str]) -> None:
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
            raise ApiError(431, f"the headers are larger than {HEADER_BYTES} bytes")
        host = _bare_host(headers.get("host", ""))
        if self._options.hosts and host not in self._options.hosts:
            raise ApiError(421, "this server does not answer to that host name")
        path, client = scope["path"], (scope.get("client") or ("", 0))[0]
        guarded = path.startswith("/v1") or path in ("/metrics", "/openapi.json")
        if not guarded or scope["method"] == "OPTIONS":
            return
        name, rate = f"address {client}", self._options.limits.requests_a_minute
        if self._keys is not None:
            scheme, _, given = headers.get("authorization", "").partition(" ")
            key = self._keys.find(given.strip()) if scheme.lower() == "bearer" else None
            if key is None:
                raise ApiError(401, "no valid API key", code="invalid_api_key", headers={"WWW-Authenticate": "Bearer"})
            name, rate = f"key {key.name}", rate if key.rate is None else key.rate
        if path.startswith("/v1") and (wait := self._rate.wait_s(name, rate)):
            raise ApiError(
                429,
                f"more than {rate} requests a minute",
                code="rate_limit_exceeded",
                headers={"Retry-After": str(wait)},
            )

    async def _body(self, scope: Scope, headers: dict[str, str], receive: Receive) -> bytes:
        limits = self._options.limits
        if scope["method"] in ("POST", "PUT", "PATCH") and not _is_json(headers.get("content-type", "")):
            raise ApiError(415, "the body must be application/json")
        told = headers.get("content-length", "")
        if told.isdigit() and int(told) > limits.body_bytes:
            raise ApiError(413, f"the body is larger than {limits.body_bytes} bytes")
        body = bytearray()
        try:
            async with asyncio.timeout(limits.body_s):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Gone
                    body += message.get("body", b"")
                    if len(body) > limits.body_bytes:
                        raise ApiError(413, f"the body is larger than {limits.body_bytes} bytes")
                    if not message.get("more_body"):
                        return bytes(body)
        except TimeoutError:
            raise ApiError(408, f"the body did not come within {limits.body_s:g} s") from None


class _Reply:
    """Sends on, with the headers that every answer has; a client that does not take it in time is given up."""

    def __init__(self, send: Send, limit_s: float) -> None:
        self._send, self._limit_s = send, limit_s
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = {name.lower() for name, _ in message.get("headers", [])}
            message = {**message, "headers": [*message.get("headers", []), *(h for h in ALWAYS if h[0] not in own)]}
        try:
            async with asyncio.timeout(self._limit_s):
                await self._send(message)
        except TimeoutError:
            raise Gone from None

    async def error(self, error: ApiError) -> None:
        """Answer with an error, where nothing has been answered yet."""
        if self.status:
            return
        body = json.dumps(body_of(error)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in error.headers.items()]
        if error.status in (408, 413):
            headers.append((b"connection", b"close"))
        await self({"type": "http.response.start", "status": error.status, "headers": headers})
        await self({"type": "http.response.body", "body": body})


def _again(body: bytes, receive: Receive) -> Receive:
    """The body once, then whatever comes after it."""
    given = False

    async def once() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return once


def _route(scope: Scope) -> str:
    """The path for counting; unknown ones are one, so that nobody fills the measures with names."""
    route = scope.get("route")
    return str(getattr(route, "path", "other"))


def _bare_host(host: str) -> str:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
    return name.strip("[]").lower()


def _is_json(kind: str) -> bool:
    return kind.partition(";")[0].strip().lower() == "application/json"


def _abort(scope: Scope) -> None:
    abort = scope.get("state", {}).get("abort")
    if abort is not None:
        abort()


def broken(error: BaseException) -> ApiError:
    """Log the kind and place of a defect, and tell the client that there was one."""
    LOG.error("%s at %s", type(error).__name__, _place(error))
    return ApiError(500, "bedside failed; its log names the place")


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[-4:]))
