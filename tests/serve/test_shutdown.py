"""SIGTERM: streams under way finish within the limit, new requests are not taken, and the process ends."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = """
import sys
from bedside.serve.app import build_app
from bedside.serve.levels import Levels
from bedside.serve.models import Served
from bedside.serve.options import Limits, Options
from bedside.serve.server import bind, server_of
from tests.serve.speaking import Speaking
limits = Limits(shutdown_s=float(sys.argv[1]))
listening = bind("127.0.0.1", 0)
print(listening.getsockname()[1], flush=True)
model = Speaking("Rest well now. " * int(sys.argv[2]), size=15, pause_s=0.1)
server_of(build_app(Served(model, Levels("tuned")), None, Options(limits)), limits).run(sockets=[listening])
"""


def answers(port: int) -> bool:
    """Whether somebody listens."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=60).close()
    except OSError:
        return False
    return True


def streamed_until(limit_s: float, sentences: int) -> tuple[str, int]:
    """What a stream of ten sentences a second says when SIGTERM comes in its midst; the exit code."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, str(limit_s), str(sentences)], stdout=subprocess.PIPE, env=environment, text=True
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        body = {"model": "tuned", "stream": True, "messages": [{"role": "user", "content": "a"}]}
        while not answers(port):
            assert process.poll() is None
            time.sleep(0.1)
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        got = response.read(600)
        process.send_signal(signal.SIGTERM)
        while answers(port):
            time.sleep(0.1)
        assert process.poll() is None, "it ended before what was under way"
        with contextlib.suppress(http.client.HTTPException, OSError):
            got += response.read()
        connection.close()
        return got.decode(), process.wait(120)
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_a_stream_under_way_is_finished() -> None:
    said, code = streamed_until(120, 30)
    assert said.rstrip().endswith("data: [DONE]")
    assert said.count("Rest well now.") == 30
    assert code in (0, -signal.SIGTERM)


def test_a_stream_that_takes_longer_than_the_limit_is_cut() -> None:
    said, code = streamed_until(1, 6000)
    assert "[DONE]" not in said
    assert said.count("Rest well now.") < 3000, "the stream alone would have taken ten minutes"
    assert code in (0, -signal.SIGTERM)
