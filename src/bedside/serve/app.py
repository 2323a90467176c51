"""The application: OpenAI's chat completions and models with bedside's additions, health, measures, and the page.

`build_app` puts together a model, its levels, a guard and options; nothing is global, so that several may live in a
process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from bedside.core.extras import missing_extra

try:
    from fastapi import FastAPI, Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
    from fastapi.staticfiles import StaticFiles
    from starlette.exceptions import HTTPException
    from starlette.middleware.cors import CORSMiddleware
    from starlette.types import Receive, Scope, Send
except ImportError as error:
    raise missing_extra("serving", "serve", error) from None

import bedside
from bedside.llm.protocol import Failure
from bedside.serve.answering import Answer, Part, answer, ruled
from bedside.serve.body import ChatBody, asked
from bedside.serve.danger import DangerReader
from bedside.serve.described import COMPLETION, Health, Model, Models, Reading, refusals
from bedside.serve.errors import ApiError, body_of, of_failure
from bedside.serve.gate import Gate, Gone, broken
from bedside.serve.guard import Guard
from bedside.serve.keep import Keeper
from bedside.serve.measures import Measures
from bedside.serve.models import Served
from bedside.serve.options import Options
from bedside.serve.reading import ReadBody, read
from bedside.serve.replies import emergency_numbers
from bedside.serve.shapes import Shaper, event, models_listed

__all__ = ["build_app"]

LISTING = refusals(401, 421, 429, 431)
STATIC = Path(__file__).parent / "static"
T = TypeVar("T")


class Service:
    """What the routes share."""

    def __init__(self, served: Served, guard: Guard, options: Options) -> None:
        self.model, self.levels = served
        self.guard, self.options = guard, options
        self.measures = Measures(lambda: self.model.load)
        self.keeper = Keeper(options.keep) if options.keep else None
        self.reader = DangerReader()

    async def completion(self, body: ChatBody, request: Request) -> Response:
        """A reply, whole or as a stream."""
        level = self.levels.of(body.model, body.comfort)
        question = asked(body, level, self.options.limits)
        ruling, guard_s = ruled(self.guard, question.messages)
        so_far = Answer(question, ruling, body.n or 1)
        so_far.guard_s = guard_s
        shaper = Shaper(body.model, level, so_far)
        if body.stream:
            usage = bool(body.stream_options and body.stream_options.include_usage)
            return Events(self._events(so_far, shaper, usage), media_type="text/event-stream")
        await unless_gone(request, self._whole(so_far))
        return Response(shaper.whole(), media_type="application/json")

    async def _whole(self, so_far: Answer) -> None:
        try:
            async with aclosing(self._parts(so_far)) as parts:
                async for _ in parts:
                    pass
        except Failure as failure:
            raise of_failure(failure) from None

    async def _events(self, so_far: Answer, shaper: Shaper, usage: bool) -> AsyncIterator[bytes]:
        yield shaper.opening()
        try:
            async with aclosing(self._parts(so_far)) as parts:
                async for part in parts:
                    yield shaper.part(part)
        except Failure as failure:
            yield event(body_of(of_failure(failure)))
            return
        except ApiError as error:
            yield event(body_of(error))
            return
        except Exception as error:  # noqa: BLE001 (the stream's boundary: told without the request's words)
            yield event(body_of(broken(error)))
            return
        yield shaper.closing(usage)

    async def _parts(self, so_far: Answer) -> AsyncGenerator[Part]:
        """The parts within the time for a request; counted, and kept where that is turned on."""
        limit = self.options.limits.request_s
        with self.measures.under_way.track_inprogress(), self.measures.seconds.time():
            deadline = asyncio.get_running_loop().time() + limit
            parts = answer(self.model, self.guard, so_far)
            try:
                while (part := await _next(parts, deadline)) is not None:
                    yield part
            except TimeoutError:
                raise ApiError(504, f"no whole reply within {limit:g} s", code="timeout") from None
            finally:
                await parts.aclose()
                self._count(so_far)
        if self.keeper is not None:
            await asyncio.to_thread(self.keeper.add, so_far)

    def _count(self, so_far: Answer) -> None:
        self.measures.decided(so_far.decisions)
        self.measures.guard_seconds.observe(so_far.guard_s)
        self.measures.tokens.labels("read").inc(so_far.input_tokens)
        self.measures.tokens.labels("written").inc(sum(so_far.output_tokens))


class Events(StreamingResponse):
    """A stream whose source is closed with it, also when the client goes or takes nothing: the model stops then."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        async with aclosing(self.body_iterator):  # type: ignore[type-var]  # it is an async generator here
            await super().__call__(scope, receive, send)


async def _next(parts: AsyncGenerator[Part], deadline: float) -> Part | None:
    async with asyncio.timeout_at(deadline):
        return await anext(parts, None)


def build_app(served: Served, guard: Guard | None = None, options: Options | None = None) -> FastAPI:
    """The application of one server; it closes the model when it stops."""
    options = options or Options()
    service = Service(served, guard or Guard(), options)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await service.model.close()

    app = FastAPI(
        title="bedside", version=bedside.__version__, docs_url=None, redoc_url=None, lifespan=lifespan,
        summary="A medical language model with a bedside manner, behind a guard. Not medical advice.",
    )  # fmt: skip
    _add_endpoint(app, service)
    _add_rest(app, service)
    _add_errors(app)
    if options.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=options.origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type"],
        )
    app.add_middleware(Gate, options=options, measures=service.measures)
    return app


def _add_endpoint(app: FastAPI, service: Service) -> None:
    asking = refusals(400, 401, 408, 413, 415, 421, 422, 429, 431, 500)

    @app.post("/v1/chat/completions", responses=asking | refusals(404, 502, 503, 504) | COMPLETION)
    async def chat_completions(body: ChatBody, request: Request) -> Response:
        return await service.completion(body, request)

    @app.get("/v1/models", response_model=Models, responses=LISTING)
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": models_listed(service.levels)}

    @app.get("/v1/models/{name:path}", response_model=Model, responses=LISTING | refusals(404))
    async def model(name: str) -> dict[str, Any]:
        found = next((entry for entry in models_listed(service.levels) if entry["id"] == name), None)
        if found is None:
            raise ApiError(404, "no such model here", param="model", code="model_not_found")
        return found

    @app.post("/v1/bedside/read", responses=asking | {200: {"model": Reading}})
    async def reading(body: ReadBody) -> dict[str, Any]:
        return read(body, service.reader)


def _add_rest(app: FastAPI, service: Service) -> None:
    @app.get("/healthz", response_model=Health, responses=refusals(421, 431))
    async def healthz() -> dict[str, Any]:
        running, waiting = service.model.load
        return {
            "status": "ok",
            "version": bedside.__version__,
            "model": service.levels.name,
            "region": service.guard.region.region,
            "emergency_number": emergency_numbers(service.guard.region),
            "running": running,
            "waiting": waiting,
            "kept_days": service.options.keep.days if service.options.keep else 0,
        }

    @app.get("/metrics", response_class=PlainTextResponse, responses=refusals(401, 421, 431))
    async def metrics() -> Response:
        return Response(service.measures.text(), media_type="text/plain; version=0.0.4")

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(STATIC / "index.html")

    app.mount("/static", StaticFiles(directory=STATIC))


def _add_errors(app: FastAPI) -> None:
    def shaped(error: ApiError) -> Response:
        return JSONResponse(body_of(error), error.status, headers=error.headers)

    @app.exception_handler(ApiError)
    async def api_error(_: Request, error: ApiError) -> Response:
        return shaped(error)

    @app.exception_handler(HTTPException)
    async def http_error(_: Request, error: HTTPException) -> Response:
        return shaped(ApiError(error.status_code, str(error.detail), headers=error.headers))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        """The first thing that is wrong, and where; never what was sent."""
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part != "body")
        return shaped(ApiError(400, f"{place or 'body'}: {first['msg']}", param=place or None))


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; it is ended when the client goes."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request.receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Gone
        return task.result()
    finally:
        for one in (task, gone):
            one.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(receive: Callable[[], Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
