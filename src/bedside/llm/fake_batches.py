"""OpenAI's Files and Batches as far as bedside uses them, in memory: for tests, mounted in the fake endpoint.

What can go wrong with a batch goes wrong here on request: it expires or fails, single requests fail, a line of the
output is broken or comes twice, the answer to an upload or a creation is lost after the work was done, too much is
enqueued.
A batch moves on by one step each time it is looked at.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from email.parser import BytesParser
from typing import Any, Literal
from urllib.parse import parse_qs

import msgspec

from bedside.llm.fake_server import Answered, Asked, Routes

__all__ = ["SMOOTH", "BatchPlan", "Complete", "FakeBatches"]

# One request's body to its status and the body of the answer.
Complete = Callable[[dict[str, Any]], tuple[int, dict[str, Any]]]
End = Literal["completed", "expired", "failed", "cancelled"]
FINAL = ("completed", "expired", "failed", "cancelled")
MOST_REQUESTS, MOST_BYTES = 50_000, 200_000_000


class BatchPlan(msgspec.Struct, frozen=True):
    """How batches go. Requests are numbered over all batches, from 1; `ends` is how batches end, later ones well."""

    looks: int = 1
    ends: tuple[End, ...] = ()
    # Of an expired or cancelled batch, the share of requests that were answered in time.
    answered_share: float = 0.5
    failing: frozenset[int] = frozenset()
    broken_lines: frozenset[int] = frozenset()
    twice: frozenset[int] = frozenset()
    # Which POSTs ("files 1" is the first upload) are carried out and then answered by a 500.
    lost_answers: frozenset[str] = frozenset()
    most_enqueued: int = 1_000_000


SMOOTH = BatchPlan()


class FakeBatches:
    """The state of one fake provider; `handle` answers a request, from any thread."""

    def __init__(self, complete: Complete, plan: BatchPlan = SMOOTH) -> None:
        self.files: dict[str, dict[str, Any]] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        self._contents: dict[str, bytes] = {}
        self._posts: dict[str, int] = {"files": 0, "batches": 0}
        self._complete, self._plan = complete, plan
        self._lock = threading.Lock()

    @property
    def routes(self) -> Routes:
        """Its paths."""
        paths = ("/v1/files", "/v1/files/", "/v1/batches", "/v1/batches/")
        return dict.fromkeys(paths, self._answer)

    async def _answer(self, asked: Asked) -> Answered:
        return await asyncio.get_running_loop().run_in_executor(None, self.handle, asked)

    def handle(self, asked: Asked) -> Answered:
        """The answer to a request for files or batches."""
        parts = [part for part in asked.path.split("/") if part]
        with self._lock:
            if asked.method == "POST" and len(parts) == 2:
                return self._post(parts[1], asked.headers.get("content-type", ""), asked.body)
            if asked.method == "GET" and len(parts) == 2:
                return self._list(self.files if parts[1] == "files" else self.batches, parse_qs(asked.query))
            return self._one(asked.method, parts)

    def _post(self, kind: str, content_type: str, body: bytes) -> Answered:
        self._posts[kind] += 1
        made = self._upload(content_type, body) if kind == "files" else self._create(json.loads(body))
        lost = f"{kind} {self._posts[kind]}" in self._plan.lost_answers
        return _error(500, "the answer was lost") if lost else made

    def _one(self, method: str, parts: list[str]) -> Answered:
        kind, name = parts[1], parts[2]
        if name not in (self.files if kind == "files" else self.batches):
            return _error(404, f"no such {kind}: {name}")
        if kind == "files" and parts[3:] == ["content"]:
            return Answered(self._contents[name], headers={"Content-Type": "application/octet-stream"})
        if kind == "files" and method == "DELETE":
            del self.files[name]
            return _json({"id": name, "object": "file", "deleted": True})
        if kind == "files":
            return _json(self.files[name])
        batch = self.batches[name]
        if parts[3:] == ["cancel"]:
            if batch["status"] not in FINAL:
                batch["status"], batch["end"] = "cancelling", "cancelled"
        else:
            self._step(batch)
        return _json(_shown(batch))

    def _upload(self, content_type: str, body: bytes) -> Answered:
        form = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
        sent = form.get_payload()
        assert isinstance(sent, list)
        part = next(p for p in sent if not isinstance(p, str) and p.get_filename())
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        if len(data) > MOST_BYTES:
            return _error(413, "the file is larger than 200 MB")
        return _json(self._keep(str(part.get_filename()), data))

    def _keep(self, filename: str, data: bytes, purpose: str = "batch") -> dict[str, Any]:
        name = f"file-{len(self._contents) + 1}"
        self._contents[name] = data
        shown = {"id": name, "object": "file", "bytes": len(data), "filename": filename, "purpose": purpose}
        self.files[name] = shown | {"created_at": len(self._contents), "status": "processed"}
        return self.files[name]

    def _create(self, body: dict[str, Any]) -> Answered:
        if body["input_file_id"] not in self.files:
            return _error(400, "no such input file")
        number = len(self.batches) + 1
        end = self._plan.ends[number - 1] if number <= len(self._plan.ends) else "completed"
        total = self._contents[body["input_file_id"]].count(b"\n")
        self.batches[f"batch_{number}"] = {
            "id": f"batch_{number}",
            "object": "batch",
            "endpoint": body["endpoint"],
            "completion_window": body["completion_window"],
            "input_file_id": body["input_file_id"],
            "metadata": body.get("metadata"),
            "created_at": number,
            "status": "validating",
            "end": end,
            "looks": 0,
            "request_counts": {"total": total, "completed": 0, "failed": 0},
        }
        return _json(_shown(self.batches[f"batch_{number}"]))

    def _list(self, things: dict[str, dict[str, Any]], query: dict[str, list[str]]) -> Answered:
        newest = list(reversed(things.values()))
        if "after" in query:
            newest = newest[[thing["id"] for thing in newest].index(query["after"][0]) + 1 :]
        limit = int(query.get("limit", ["20"])[0])
        page = [_shown(thing) for thing in newest[:limit]]
        return _json({"object": "list", "data": page, "has_more": len(newest) > limit})

    def _step(self, batch: dict[str, Any]) -> None:
        if batch["status"] in FINAL:
            return
        batch["looks"] += 1
        if batch["looks"] <= self._plan.looks and batch["status"] != "cancelling":
            batch["status"] = "in_progress"
            return
        lines = [json.loads(line) for line in self._contents[batch["input_file_id"]].splitlines()]
        problem = self._problem(batch, lines)
        if problem:
            batch["status"] = "failed"
            batch["errors"] = {"object": "list", "data": [{"code": problem, "message": problem.replace("_", " ")}]}
        else:
            self._finish(batch, lines)

    def _problem(self, batch: dict[str, Any], lines: list[dict[str, Any]]) -> str:
        if batch["end"] == "failed":
            return "invalid_file"
        if len(lines) > self._plan.most_enqueued:
            return "token_limit_exceeded"
        names = {line["custom_id"] for line in lines}
        return "duplicate_custom_id" if len(names) < len(lines) else "too_many" if len(lines) > MOST_REQUESTS else ""

    def _finish(self, batch: dict[str, Any], lines: list[dict[str, Any]]) -> None:
        in_time = len(lines) if batch["end"] == "completed" else int(len(lines) * self._plan.answered_share)
        good: list[str] = []
        bad: list[str] = []
        for line in lines[:in_time]:
            self.asked.append(line)
            number = len(self.asked)
            failing = number in self._plan.failing
            status, body = (
                (500, {"error": {"message": "failed on request"}}) if failing else self._complete(line["body"])
            )
            row = {"id": f"r{number}", "custom_id": line["custom_id"], "error": None}
            row["response"] = {"status_code": status, "request_id": f"q{number}", "body": body}
            text = json.dumps(row)
            text = text[: len(text) // 2] if number in self._plan.broken_lines else text
            (good if status == 200 else bad).extend([text] * (2 if number in self._plan.twice else 1))
        late = {"code": f"batch_{batch['end']}", "message": f"the batch was {batch['end']} before this request"}
        bad += [json.dumps({"custom_id": x["custom_id"], "response": None, "error": late}) for x in lines[in_time:]]
        counts = {"total": len(lines), "completed": len(good), "failed": len(bad)}
        batch |= {"status": batch["end"], "request_counts": counts}
        for field, rows in (("output_file_id", good), ("error_file_id", bad)):
            if rows:
                data = "".join(f"{row}\n" for row in reversed(rows)).encode()
                batch[field] = self._keep(f"{field}.jsonl", data, "batch_output")["id"]


def _shown(thing: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if name not in ("end", "looks")}


def _json(value: dict[str, Any]) -> Answered:
    return Answered(json.dumps(value).encode())


def _error(status: int, message: str) -> Answered:
    return Answered(json.dumps({"error": {"message": message}}).encode(), status)
