"""The review page's application: a page for each link, and what the page asks for.

Whoever has no link learns nothing: every path that is not theirs is the same 404. Nothing is logged.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bedside.core.extras import missing_extra

try:
    from fastapi import FastAPI, Request
    from fastapi.responses import FileResponse, JSONResponse, Response
    from starlette.datastructures import MutableHeaders
    from starlette.exceptions import HTTPException
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
except ImportError as error:
    raise missing_extra("the review page", "serve", error) from None

from bedside.serve.review.records import PairRating, Rating, RewriteRating, is_complete
from bedside.serve.review.store import Store
from bedside.serve.review.view import view

__all__ = ["build_app"]

T = TypeVar("T")

STATIC = Path(__file__).parent.parent / "static" / "review"
PARTS = {
    "page.css": "text/css",
    "words.json": "application/json",
    "page.js": "text/javascript",
    "parts.js": "text/javascript",
    "desk.js": "text/javascript",
    "pair.js": "text/javascript",
    "rewrite.js": "text/javascript",
}
MAX_BODY = 64 * 1024
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
}


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reviewer's answers at a place; `done` makes them a rating."""

    rating: dict[str, Any]
    done: bool = False


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a reviewer goes."""

    place: int


class Desk:
    """What the routes share: a study's file, and how a reviewer's words are read."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.kind: type[Rating] = PairRating if store.drawing.kind == "pairs" else RewriteRating

    def reviewer(self, token: str) -> str:
        """Whose link it is; a 404 for everyone else."""
        name = self.store.reviewer_of(token)
        if name is None:
            raise HTTPException(404)
        return name

    def state(self, reviewer: str) -> dict[str, Any]:
        """Where a reviewer is."""
        place, total, rated = self.store.state(reviewer)
        return {
            "kind": self.store.drawing.kind, "reviewer": reviewer, "closed": self.store.closed,
            "place": place, "total": total, "rated": rated,
        }  # fmt: skip

    def task(self, reviewer: str, place: int) -> dict[str, Any]:
        """A case, and what the reviewer has said of it."""
        found = self.store.task(reviewer, place)
        if found is None:
            raise HTTPException(404)
        task, case, rating = found
        return {"case": view(case, task, self.store.drawing.settings.reference), "rating": msgspec.to_builtins(rating)}

    def change(self, reviewer: str, place: int, change: Change) -> None:
        """Keep a reviewer's answers."""
        if self.store.task(reviewer, place) is None:
            raise HTTPException(404)
        rating = _converted(change.rating, self.kind)
        if not change.done:
            self.store.draft(reviewer, place, rating)
        elif is_complete(rating):
            self.store.rate(reviewer, place, rating)
        else:
            raise HTTPException(422)


def build_app(store: Store) -> FastAPI:
    """The application of one study."""
    app = FastAPI(title="bedside review", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    _add_page(app, Desk(store))
    _add_answers(app, Desk(store))

    @app.exception_handler(HTTPException)
    async def told(_: Request, error: HTTPException) -> Response:
        """A wrong link, a wrong path and a wrong method look alike."""
        status = 404 if error.status_code == 405 else error.status_code
        return JSONResponse({"status": status}, status)

    app.add_middleware(Sealed)
    return app


def _add_page(app: FastAPI, desk: Desk) -> None:
    @app.get("/r/{token}", response_class=Response)
    async def page(token: str) -> Response:
        desk.reviewer(token)
        return FileResponse(STATIC / "index.html")

    @app.get("/part/{name}", response_class=Response)
    async def part(name: str) -> Response:
        if name not in PARTS:
            raise HTTPException(404)
        return FileResponse(STATIC / name, media_type=PARTS[name])


def _add_answers(app: FastAPI, desk: Desk) -> None:
    @app.get("/r/{token}/state")
    async def state(token: str) -> dict[str, Any]:
        return desk.state(desk.reviewer(token))

    @app.get("/r/{token}/task/{place}")
    async def task(token: str, place: str) -> dict[str, Any]:
        return desk.task(desk.reviewer(token), _number(place))

    @app.put("/r/{token}/task/{place}")
    async def change(token: str, place: str, request: Request) -> dict[str, Any]:
        name = _open(desk, token)
        desk.change(name, _number(place), _read(await _body(request), Change))
        return desk.state(name)

    @app.put("/r/{token}/place")
    async def move(token: str, request: Request) -> dict[str, Any]:
        name = desk.reviewer(token)
        place = _read(await _body(request), Move).place
        if not 0 <= place <= desk.store.state(name).total:
            raise HTTPException(422)
        desk.store.move(name, place)
        return desk.state(name)

    @app.post("/r/{token}/undo")
    async def undo(token: str) -> dict[str, Any]:
        name = _open(desk, token)
        desk.store.undo(name)
        return desk.state(name)


def _open(desk: Desk, token: str) -> str:
    """The reviewer, as long as the study lasts."""
    name = desk.reviewer(token)
    if desk.store.closed:
        raise HTTPException(409)
    return name


def _number(place: str) -> int:
    if not (place.isascii() and place.isdigit() and len(place) < 9):
        raise HTTPException(404)
    return int(place)


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise HTTPException(415)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise HTTPException(413)
    return body


def _read(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError):
        raise HTTPException(422) from None


def _converted(answers: dict[str, Any], kind: type[Rating]) -> Rating:
    try:
        return msgspec.convert(answers, kind)
    except msgspec.ValidationError:
        raise HTTPException(422) from None


class Sealed:
    """Puts the headers on every answer: only our own scripts run, nothing is kept, nothing is framed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers."""

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, sealed)
