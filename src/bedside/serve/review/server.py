"""Running the review page: one process and one study, until it is told to stop."""

from __future__ import annotations

import logging
import socket

from bedside.core.extras import missing_extra

try:
    import uvicorn
    from fastapi import FastAPI
except ImportError as error:
    raise missing_extra("the review page", "serve", error) from None

from bedside.serve.server import bind

__all__ = ["listen", "serve", "server_of"]

SHUTDOWN_S = 5


def listen(host: str, port: int) -> socket.socket:
    """The socket that the page is served on; port 0 takes a free one.

    Raises:
        UserMistake: the address cannot be had.
    """
    listening = bind(host, port)
    listening.listen()  # from now on a browser waits for its answer, where it would have been turned away
    return listening


def serve(app: FastAPI, listening: socket.socket) -> None:
    """Answer until a signal comes, which is then raised again. Requests are not logged: links are in their paths."""
    server_of(app).run(sockets=[listening])


def server_of(app: FastAPI) -> uvicorn.Server:
    """A server that says nothing of what it is asked."""
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    return uvicorn.Server(
        uvicorn.Config(
            app, ws="none", loop="asyncio", lifespan="off", log_config=None, access_log=False, server_header=False,
            proxy_headers=False, timeout_graceful_shutdown=SHUTDOWN_S, limit_concurrency=200,
        )
    )  # fmt: skip
