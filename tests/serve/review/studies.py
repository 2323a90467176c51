"""Runs to review, with names that would show anywhere they leaked, and a server to rate them on."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bedside.core.files import write_rows
from bedside.core.manifest import Manifest, Stage, close_stage, open_stage
from bedside.core.records import ChatMessage, Item, LedgerEntry, Message, Reason, Reply, Rewrite, Tone
from bedside.serve.review.store import Store
from bedside.serve.review.study import Place, invite, locate, open_study

# Arms and models whose names occur nowhere else.
MODEL = "scripted:secretmodel"
ARMS = {
    "base": "Take ibuprofen 400 mg",
    "warmarm": "I am sorry that it hurts. Take ibuprofen 400 mg",
    "otherarm": "Rest",
}
SCRIPT = "<script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\">"


def item(number: int, reference: str = "Take ibuprofen 400 mg twice a day.") -> Item:
    tone: Tone = "distressed" if number % 2 else "neutral"
    asked = (ChatMessage("system", "secretprompt"), ChatMessage("user", f"Question {number}: what helps? {SCRIPT}"))
    emotion, intensity, mode = ("fear", 2, "explicit concern") if number % 2 else ("neutral", 0, "none")
    return Item(f"item{number}/{tone}", f"talk{number}", "en", tone, emotion, intensity, mode, asked, reference)  # type: ignore[arg-type]


def evaluate(run: Path, count: int = 4, arms: tuple[str, ...] = ("base", "warmarm"), probes: int = 0) -> Path:
    """A run folder with an evaluation of `count` items with a reference and `probes` without."""
    items = [item(number, "" if number >= count else "Take ibuprofen.") for number in range(count + probes)]
    write_rows(run / "evaluate" / "items.jsonl", items)
    for arm in arms:
        stage = open_stage(run / "evaluate" / arm, Manifest("evaluate", {}, count, {}, model=f"{MODEL}-{arm}"))
        assert isinstance(stage, Stage)
        replies = [Reply(each.id, f"{ARMS[arm]} ({number}). {SCRIPT}", "stop", 9) for number, each in enumerate(items)]
        write_rows(stage.folder / "replies.jsonl", replies)
        close_stage(stage, {})
    return run


def rewrite(number: int, status: str) -> Rewrite:
    original = (Message("patient", "My head hurts."), Message("doctor", "Take ibuprofen 400 mg."))
    rewritten = (Message("patient", f"My head hurts. I am scared. {SCRIPT}"), Message("doctor", "Take aspirin 400 mg."))
    return Rewrite(
        f"row{number}", "made", "en", "train", status, "distressed query", "fear", 2, "explicit concern",  # type: ignore[arg-type]
        original, rewritten if status != "failed" else (),
        reasons=(Reason("facts", "doctor", "critical", "ibuprofen became aspirin"),) if status == "rejected" else (),
        ledger=(
            LedgerEntry("drug", "doctor", "ibuprofen", "ibuprofen", "lost", "critical"),
            LedgerEntry("drug", "doctor", "aspirin", "aspirin", "added", "critical"),
            LedgerEntry("dose", "doctor", "400 mg", "400 mg", "kept", "critical"),
        ),
        model=MODEL,
    )  # fmt: skip


def rewrites(run: Path, statuses: tuple[str, ...] = ("accepted", "accepted", "rejected", "rejected", "failed")) -> Path:
    write_rows(run / "rewrite" / "rewrites.jsonl", [rewrite(number, status) for number, status in enumerate(statuses)])
    return run


Answered = tuple[int, dict[str, str], bytes]


class Study(NamedTuple):
    """A study that is being served."""

    store: Store
    place: Place
    port: int
    links: dict[str, str]

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}{self.links[name]}"

    def ask(
        self, method: str, path: str, body: Any = None, kind: str = "application/json"
    ) -> tuple[int, dict[str, str], bytes]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=120)) as connection:
            sent = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
            connection.request(method, path, sent, {"content-type": kind} if sent is not None else {})
            reply = connection.getresponse()
            return reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read()

    def told(self, method: str, path: str, body: Any = None) -> Any:
        status, _, reply = self.ask(method, path, body)
        assert status == 200, (status, reply)
        return json.loads(reply)


@contextmanager
def served(
    run: Path, kind: Any = "pairs", names: tuple[str, ...] = ("anna", "ben"), **settings: Any
) -> Iterator[Study]:
    """The study of a run, served until the block ends."""
    need_serving()
    from bedside.serve.review.app import build_app
    from bedside.serve.review.server import listen, server_of

    place = locate(run, kind, None)
    store = open_study(place, settings)
    links = {name: f"/r/{token}" for name, token in invite(store, names).items()}
    listening = listen("127.0.0.1", 0)
    server = server_of(build_app(store))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield Study(store, place, listening.getsockname()[1], links)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
        store.close()


def need_serving() -> None:
    """Skip where what the page needs is not installed."""
    pytest.importorskip("fastapi", reason="the review page needs the extra `serve`")
    pytest.importorskip("uvicorn", reason="the review page needs the extra `serve`")


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return int(taken.getsockname()[1])
