"""An OpenAI-compatible endpoint on loopback that answers by script: for tests, and to try bedside without a model.

`python -m bedside.llm.fake_endpoint SCRIPT.jsonl --port 8000` serves a script in the format of `scripted:`. In tests
the answer is a function from the request's body to a text, or to a `Fault`.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from bedside.core.files import read_rows
from bedside.llm.scripted import Line

__all__ = ["Answer", "Fault", "main", "serving"]


class Fault(msgspec.Struct, frozen=True):
    """An answer that is none: an HTTP status with headers and a message."""

    status: int
    message: str = "fault on request"
    headers: dict[str, str] = {}


Answer = Callable[[dict[str, Any]], str | Fault]


@contextmanager
def serving(answer: Answer, port: int = 0) -> Iterator[str]:
    """Serve on a loopback port (a free one by default) for as long as the block lasts; gives the base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(answer))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(answer: Answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/v1/chat/completions":
                self._send(404, {"error": {"message": f"no such path {self.path}"}}, {})
                return
            said = answer(body)
            if isinstance(said, Fault):
                self._send(said.status, {"error": {"message": said.message}}, said.headers)
            else:
                self._send(200, _completion(body, said), {})

        def _send(self, status: int, value: dict[str, Any], headers: dict[str, str]) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            for name, text in {
                "Content-Type": "application/json",
                "Content-Length": str(len(data)),
                **headers,
            }.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
            """Keep quiet."""

    return Handler


def _completion(body: dict[str, Any], text: str) -> dict[str, Any]:
    asked = sum(len(m["content"].split()) for m in body["messages"])
    message = {"role": "assistant", "content": text}
    return {
        "id": "fake",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": asked,
            "completion_tokens": len(text.split()),
            "total_tokens": asked + len(text.split()),
        },
    }


def scripted_answer(path: Path) -> Answer:
    """Answers by a script file: the first line whose `contains` stands in the last message."""
    lines = tuple(read_rows(path, Line))

    def answer(body: dict[str, Any]) -> str | Fault:
        last = body["messages"][-1]["content"]
        line = next((line for line in lines if line.contains in last), None)
        if line is None or line.fail:
            return Fault(500, "no line of the script fits" if line is None else "scripted failure")
        return line.reply

    return answer


def main() -> None:
    """Serve a script until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m bedside.llm.fake_endpoint", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("script", type=Path)
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    with serving(scripted_answer(arguments.script), arguments.port) as url:
        sys.stderr.write(f"serving {arguments.script} at {url} (Ctrl-C ends it)\n")
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
