"""The verb that lets clinicians rate blind: review."""

from __future__ import annotations

import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bedside.core.errors import UserMistake
from bedside.verbs.terminal import Json, Port, require_extra, say, show

if TYPE_CHECKING:
    from socket import socket

    from bedside.serve.review.store import Store
    from bedside.serve.review.study import Place

__all__ = ["review"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")


Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A run folder; with --rewrites maybe a rewrite folder.")]
Rewrites = Annotated[bool, typer.Option("--rewrites", help="Audit rewrites with their ledger (not blind).")]
Reviewers = Annotated[
    str | None, typer.Option(help="New reviewers, e.g. anna,ben; prints a link for each, once.", show_default=False)
]
NewLink = Annotated[
    str | None, typer.Option(help="A new link for this reviewer; the old one ends.", show_default=False)
]
Limit = Annotated[
    int | None, typer.Option(help="Most pairs (or rewrites) to rate.  [default: 100]", min=1, show_default=False)
]
Arms = Annotated[
    list[str] | None,
    typer.Option(help="Arm to put beside the base; may be given again.  [default: all]", show_default=False),
]
Probes = Annotated[
    int | None,
    typer.Option(help="Items without a reference that are asked too.  [default: 0]", min=0, show_default=False),
]
NoReference = Annotated[bool, typer.Option("--no-reference", help="Hide the doctor's own answer.")]
Drawn = Annotated[int | None, typer.Option(help="Seed of drawing and orders.  [default: 0]", show_default=False)]
Out = Annotated[
    Path | None,
    typer.Option("-o", "--out", help="Folder of the study.  [default: `review` in the run]", show_default=False),
]
Export = Annotated[
    Path | None,
    typer.Option(help="Write the ratings, unblinded (.jsonl, .csv), and the summary; no page.", show_default=False),
]
Close = Annotated[bool, typer.Option("--close", help="End the study for good, and write the summary.")]
Url = Annotated[
    str | None, typer.Option(help="What links begin with, behind a proxy: https://HOST", show_default=False)
]


def review(  # noqa: PLR0913 (each is an option)
    folder: Folder,
    rewrites: Rewrites = False,
    reviewers: Reviewers = None,
    new_link: NewLink = None,
    limit: Limit = None,
    arm: Arms = None,
    probes: Probes = None,
    no_reference: NoReference = False,
    seed: Drawn = None,
    out: Out = None,
    export: Export = None,
    close: Close = False,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Port = 8200,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Let clinicians rate pairs of replies blind, or audit rewrites, in a web page; export what they said."""
    from bedside.serve.review.study import check_names, locate

    place = locate(folder, "rewrites" if rewrites else "pairs", out)
    given = {"limit": limit, "arms": tuple(arm) if arm else None, "probes": probes, "seed": seed}
    asked: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    asked |= {"reference": False} if no_reference else {}
    if export is not None or close:
        finish(place, export, close, as_json)
        return
    require_extra("the review page", "serve", ("fastapi", "uvicorn"))
    names = names_of(reviewers)
    check_names(names)
    if new_link is not None:
        require_study(place)
    run(place, asked, (host, port, url), names, new_link)


def run(
    place: Place, asked: dict[str, Any], address: tuple[str, int, str | None], names: list[str], again: str | None
) -> None:
    """Draw the study or open it, and serve it to its reviewers until a signal comes."""
    from bedside.core.lock import locked
    from bedside.core.manifest import leaving_no_husk
    from bedside.serve.review.server import listen
    from bedside.serve.review.study import open_study, source_changed

    host, port, url = address
    with closing(listen(host, port)) as listening, leaving_no_husk(place.folder), locked(place.folder):
        start = (url or f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}").rstrip("/")
        with closing(open_study(place, asked)) as store:
            if source_changed(store, place):
                say(f"{place.source} has changed since the study was drawn; what is rated is as it was then")
            greet(store, new_links(store, names, again), start)
            if host not in LOOPBACK:
                say(
                    "other machines can reach this page, guarded by its links alone: put TLS before it (docs/review.md)"
                )
            serve_until_stopped(store, place, listening)


def new_links(store: Store, names: list[str], again: str | None) -> dict[str, str]:
    """The secret parts of the links that are to be printed: of new reviewers, and of one whose link was lost."""
    from bedside.serve.review.study import invite

    if again is not None and again not in store.reviewers():
        known = ", ".join(store.reviewers()) or "none"
        raise UserMistake(f"--new-link {again!r}: no such reviewer", remedy=f"Known: {known}.")
    tokens = invite(store, names or ([] if store.reviewers() else ["reviewer"]))
    return tokens | ({again: store.renew_link(again)} if again is not None else {})


def serve_until_stopped(store: Store, place: Place, listening: socket) -> None:
    """Serve, and write the summary however it ends."""
    from bedside.serve.review.app import build_app
    from bedside.serve.review.export import SUMMARY, publish
    from bedside.serve.review.server import serve

    signal.signal(signal.SIGTERM, leave)
    try:
        serve(build_app(store), listening)
    finally:
        publish(store, place.folder)
        say(f"\n{progress(store)}; summary: {place.folder / SUMMARY}")


def greet(store: Store, tokens: dict[str, str], start: str) -> None:
    """Each new link on stdout, where it is seen this once; who else takes part on stderr."""
    for name, token in tokens.items():
        sys.stdout.write(f"{name}\t{start}/r/{token}\n")
    sys.stdout.flush()
    if tokens:
        say("Each link is a key: give it to its reviewer alone. It is not shown again (--new-link NAME makes another).")
    say(f"{progress(store)}. Serving at {start}; Ctrl-C ends it, and nothing is lost.")


def progress(store: Store) -> str:
    """How far everyone is."""
    states = {name: store.state(name) for name in store.reviewers()}
    return "rated: " + (
        ", ".join(f"{n} {len(s.rated)} of {s.total}" for n, s in states.items()) or "nobody takes part yet"
    )


def finish(place: Place, path: Path | None, close: bool, as_json: bool) -> None:
    """Export and close a study that is there already."""
    from bedside.serve.review.export import SUMMARY, export, publish
    from bedside.serve.review.store import Store

    require_study(place)
    store = Store(place.file)
    try:
        if close:
            store.end()
        count = export(store, path) if path is not None else len(store.ratings())
        summary = publish(store, place.folder)
        if as_json:
            import msgspec

            show(msgspec.to_builtins(summary))
        to = f" -> {path}" if path is not None else ""
        say(f"{count} ratings{to}; {progress(store)}; summary: {place.folder / SUMMARY}")
        if not store.closed and any(len(s.rated) < s.total for s in map(store.state, store.reviewers())):
            say("the study is still open: whoever reads this is no longer blind to it")
    finally:
        store.close()


def require_study(place: Place) -> None:
    """Raise a UserMistake where no study was begun."""
    if not place.file.is_file():
        mode = " --rewrites" if place.kind == "rewrites" else ""
        remedy = f"Begin one: bedside review DIR{mode} --reviewers anna,ben"
        raise UserMistake("there is no review yet", where=str(place.folder), remedy=remedy)


def names_of(text: str | None) -> list[str]:
    """Names out of a list with commas."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def leave(signum: int, frame: object) -> NoReturn:
    """SIGTERM is an orderly end."""
    sys.exit(0)
