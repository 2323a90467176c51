"""Running the application: one process, loopback by default; on SIGTERM replies under way may finish."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any

from bedside.core.extras import missing_extra

try:
    import uvicorn
    from fastapi import FastAPI
    from uvicorn.protocols.http.h11_impl import H11Protocol
except ImportError as error:
    raise missing_extra("serving", "serve", error) from None

from bedside.core.errors import UserMistake
from bedside.serve.gate import HEADER_BYTES
from bedside.serve.options import Limits

__all__ = ["PatientProtocol", "bind", "server_of"]


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that waits only so long for a request's headers, and can drop a client that takes nothing."""

    headers_s = Limits().headers_s
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "abort": transport.abort}
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Each request's headers have their time, from their first byte."""
        before = self.cycle
        if self._waiting is None and (before is None or before.response_complete):
            self._wait()
        super().data_received(data)
        if self.cycle is not before:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(self.headers_s, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def bind(host: str, port: int) -> socket.socket:
    """The socket that a server listens on.

    Raises:
        UserMistake: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise UserMistake(
            f"cannot listen at {host}:{port}: {error.strerror}", remedy="Take another: --port 0 finds a free one."
        ) from None
    return listening


def server_of(app: FastAPI, limits: Limits) -> uvicorn.Server:
    """A server for the application; it logs what it does itself, never a request."""
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    protocol = type("Protocol", (PatientProtocol,), {"headers_s": limits.headers_s})
    config = uvicorn.Config(
        app, http=protocol, ws="none", loop="asyncio", lifespan="on", log_config=None, access_log=False,
        server_header=False, proxy_headers=False, timeout_keep_alive=15, backlog=1024,
        timeout_graceful_shutdown=int(limits.shutdown_s), limit_concurrency=limits.connections,
        h11_max_incomplete_event_size=HEADER_BYTES,
    )  # fmt: skip
    return uvicorn.Server(config)
