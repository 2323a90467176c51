"""The verb that serves a model: serve."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from bedside.core.errors import UserMistake
from bedside.verbs.terminal import Port, require_extra, say

if TYPE_CHECKING:
    from bedside.core.records import Language
    from bedside.serve.guard import Guard
    from bedside.serve.models import Answerer
    from bedside.serve.options import Keep, Options

__all__ = ["serve"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
Way = Literal["replace", "annotate"]


Model = Annotated[str, typer.Argument(metavar="MODEL", help="The model to serve; with --upstream, its name there.")]
Host = Annotated[str, typer.Option(help="Address to listen at.")]
Name = Annotated[str, typer.Option(help="Name that clients ask for.  [default: the folder's]", show_default=False)]
KeyFile = Annotated[
    Path | None, typer.Option(help="File of hashed keys; without it nobody needs one.", show_default=False)
]
NewKey = Annotated[
    str | None,
    typer.Option(help="Make a key of this name, print it once, keep its hash; serve nothing.", show_default=False),
]
UpstreamUrl = Annotated[
    str, typer.Option(help="URL of the server that holds the model (vLLM, SGLang, llama.cpp).", show_default=False)
]
UpstreamModels = Annotated[
    list[str] | None, typer.Option(help="LEVEL=NAME there; may be given again.", show_default=False)
]
RegionFile = Annotated[Path | None, typer.Option(help="File of the lines to call in your region.", show_default=False)]
OnReassurance = Annotated[Way, typer.Option(help="What becomes of a promise in a reply.")]
OnDose = Annotated[Way, typer.Option(help="What becomes of a dose that cannot be right.")]
RequestsAMinute = Annotated[int, typer.Option(help="Requests a minute, for each key or address.")]
MaxTokens = Annotated[int, typer.Option(help="Longest reply, in tokens.")]
Timeout = Annotated[float, typer.Option(help="Seconds for a whole reply.")]
Shutdown = Annotated[float, typer.Option(help="Seconds that replies under way may take after SIGTERM.")]
Batch = Annotated[int, typer.Option(help="Most replies written at once, for a model in this process.")]
Context = Annotated[int, typer.Option(help="Longest conversation in tokens, for a model in this process.")]
Hosts = Annotated[
    list[str] | None, typer.Option(help="Host name to answer to; may be given again.", show_default=False)
]
Origins = Annotated[
    list[str] | None, typer.Option(help="Origin of web pages that may ask; may be given again.", show_default=False)
]
KeepIn = Annotated[
    Path | None, typer.Option(help="Keep conversations here, de-identified; off without it.", show_default=False)
]
KeepDays = Annotated[int, typer.Option(help="Days that kept conversations stay.", min=1)]
OpenToAll = Annotated[bool, typer.Option("--open-to-all", help="Listen beyond this machine without keys.")]


def serve(  # noqa: PLR0913 (each is an option)
    model: Model = "",
    host: Host = "127.0.0.1",
    port: Port = 8000,
    name: Name = "",
    api_key_file: KeyFile = None,
    new_key: NewKey = None,
    upstream: UpstreamUrl = "",
    upstream_model: UpstreamModels = None,
    region: RegionFile = None,
    false_reassurance: OnReassurance = "replace",
    broken_dose: OnDose = "replace",
    rate: RequestsAMinute = 120,
    max_tokens: MaxTokens = 1024,
    timeout: Timeout = 120.0,
    shutdown: Shutdown = 30.0,
    batch: Batch = 64,
    context: Context = 8192,
    allow_host: Hosts = None,
    allow_origin: Origins = None,
    keep: KeepIn = None,
    keep_days: KeepDays = 30,
    open_to_all: OpenToAll = False,
) -> None:
    """Serve a model behind the guard: an OpenAI-compatible endpoint with a comfort dial."""
    if new_key is not None:
        print_new_key(api_key_file, new_key)
        return
    if not model:
        raise UserMistake("no MODEL to serve", remedy="Example: bedside serve local:clinic")
    if host not in LOOPBACK and api_key_file is None and not open_to_all:
        raise UserMistake(
            f"--host {host} lets other machines ask without a key",
            remedy="Add --api-key-file FILE; or say --open-to-all where something else checks who asks.",
        )
    require_extra("serving", "serve", ("fastapi", "uvicorn", "prometheus_client"))
    from bedside.serve.decisions import Policy
    from bedside.serve.guard import Guard
    from bedside.serve.models import Answerer
    from bedside.serve.options import Limits, Options
    from bedside.serve.replies import load_region

    limits = Limits(request_s=timeout, shutdown_s=shutdown, requests_a_minute=rate, max_tokens=max_tokens)
    hosts = (*LOOPBACK, *(allow_host or ())) if host in LOOPBACK or allow_host else ()
    options = Options(limits, api_key_file, hosts, tuple(allow_origin or ()), kept(keep, keep_days))
    guard = Guard(load_region(region) if region else None, Policy(false_reassurance, broken_dose))
    asked = Answerer(model, name, upstream, dict(map(level_and_name, upstream_model or ())), batch, context)
    run(asked, guard, options, (host, port))


def run(asked: Answerer, guard: Guard, options: Options, address: tuple[str, int]) -> None:
    """Load the model and serve it until the process is told to stop."""
    from bedside.serve.app import build_app
    from bedside.serve.models import open_served
    from bedside.serve.server import bind, server_of

    listening = bind(*address)
    served = open_served(asked)
    guard.warm()
    server = server_of(build_app(served, guard, options), options.limits)
    port = listening.getsockname()[1]
    say(
        f"serving {', '.join(served.levels.names())} at http://{address[0]}:{port}/v1 (the page is at /). "
        "Not medical advice."
    )
    if guard.region.region == "default":
        say("no --region: replies to crises name no telephone number; see docs/serve.md")
    server.run(sockets=[listening])


def print_new_key(file: Path | None, name: str) -> None:
    """Print a new key on stdout, where it is seen this once."""
    if file is None:
        raise UserMistake("--new-key needs the file for its hash", remedy="Add --api-key-file FILE.")
    from bedside.serve.keys import new_key

    sys.stdout.write(new_key(file, name) + "\n")
    say(f"its hash is in {file}; the key itself is kept nowhere")


def level_and_name(text: str) -> tuple[float, str]:
    """A level of the dial and a model's name: LEVEL=NAME."""
    level, given, name = text.partition("=")
    try:
        return float(level), name if given and name else name_missing(text)
    except ValueError:
        return name_missing(text)


def name_missing(text: str) -> NoReturn:
    """Raise a UserMistake for what is no LEVEL=NAME."""
    raise UserMistake(f"--upstream-model {text!r} is not LEVEL=NAME", remedy="Example: --upstream-model 0.5=dpo@0.5")


def kept(folder: Path | None, days: int) -> Keep | None:
    """Where conversations are kept, with what de-identifies them."""
    from bedside.serve.options import Keep

    return Keep(folder, days, without_names) if folder is not None else None


def without_names(texts: Sequence[tuple[bool, str]], language: Language) -> list[str]:
    """The texts of a conversation with placeholders for who the patient is."""
    from bedside.core.records import Message
    from bedside.corpus.privacy import deidentify

    said = [Message("patient" if patients else "doctor", text) for patients, text in texts]
    return [message.content for message in deidentify(said, language)[0]]
