"""The servers that are measured: bedside and `transformers serve`, each in its own process on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Running", "Server", "bedside", "running", "transformers"]

START_S, STOP_S = 180.0, 20.0
TRANSFORMERS = (sys.executable, "-c", "from transformers.cli.transformers import main; main()", "serve")


class Server(NamedTuple):
    """A server by its command, to which the port is added, and how it is asked."""

    name: str
    command: tuple[str, ...]
    model: str
    health: str
    stream_fields: Mapping[str, Any]
    # Whether the end token is counted among the tokens written.
    counts_end: bool


class Running(NamedTuple):
    """A server that listens."""

    server: Server
    pid: int
    port: int

    @property
    def url(self) -> str:
        """Where replies are asked for."""
        return f"http://127.0.0.1:{self.port}/v1/chat/completions"


def bedside(folder: str, more: tuple[str, ...] = ()) -> Server:
    """bedside as its users run it, guard on; only the rate for one address is lifted, because all clients have one."""
    begin = (sys.executable, "-c", "from bedside.cli import main; main()", "serve", f"local:{folder}")
    usage = {"stream_options": {"include_usage": True}}
    return Server("bedside serve", (*begin, "--name", "m", "--rate", "10000000", *more), "m", "/healthz", usage, False)


def transformers(folder: str, blocks: int = 0) -> Server:
    """transformers' own server; with continuous batching where it gets so many blocks of memory for it."""
    batching = ("--continuous-batching", "--cb-num-blocks", str(blocks)) if blocks else ()
    name = f"transformers serve{' --continuous-batching' if blocks else ''}"
    return Server(name, (*TRANSFORMERS, folder, *batching), folder, "/health", {}, True)


@contextmanager
def running(server: Server) -> Iterator[Running]:
    """The server for as long as the block lasts; what it says goes to a file, of which the end is told if it fails.

    Raises:
        RuntimeError: it does not start.
    """
    port = _free_port()
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    with tempfile.NamedTemporaryFile(suffix=".log") as said:
        process = subprocess.Popen(
            [*server.command, "--port", str(port)], env=environment, stdout=said, stderr=subprocess.STDOUT
        )
        try:
            _wait(process, f"http://127.0.0.1:{port}{server.health}", Path(said.name))
            yield Running(server, process.pid, port)
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, said: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"{process.args!r} does not listen: ...{said.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])
