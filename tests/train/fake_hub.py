"""A hub on loopback that keeps what it is given: making repositories, asking how to upload, and commits."""

from __future__ import annotations

import base64
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class FakeHub(ThreadingHTTPServer):
    """`files` holds what was committed, by repository and name; `refuse` is a status that every request gets."""

    def __init__(self, refuse: int | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.tokens: set[str] = set()
        self.refuse = refuse
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: FakeHub

    def log_message(self, *args: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._answer({"error": "not here"}, self.server.refuse or 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.tokens.add(self.headers.get("Authorization", ""))
        if self.server.refuse is not None:
            self._answer({"error": "you may not, hf_abcdefgh"}, self.server.refuse)
        elif self.path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked.get('type') or 'model'}:{asked.get('organization')}/{asked['name']}"
            self.server.private[name] = bool(asked.get("private") or asked.get("visibility") == "private")
            self.server.files[name] = {}
            self._answer({"url": f"{self.server.url}/{asked.get('organization')}/{asked['name']}"})
        elif self.path == "/api/validate-yaml":
            self._answer({"errors": [], "warnings": []})
        elif "/preupload/" in self.path:
            files = [
                {"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in json.loads(body)["files"]
            ]
            self._answer({"files": files})
        elif "/commit/" in self.path:
            self._commit(body)
        else:
            self._answer({"error": self.path}, 404)

    def _commit(self, body: bytes) -> None:
        kind, owner, name = self.path.split("/")[2:5]
        kept = self.server.files[f"{kind.removesuffix('s')}:{owner}/{name}"]
        for line in body.decode().splitlines():
            row = json.loads(line)
            if row["key"] == "file":
                kept[row["value"]["path"]] = base64.b64decode(row["value"]["content"])
        self._answer({"commitUrl": f"{self.server.url}/{owner}/{name}/commit/1", "commitOid": "1", "success": True})

    def _answer(self, value: dict[str, Any], status: int = 200) -> None:
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
