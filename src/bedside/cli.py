"""The command line: verbs; with `verbs/` the only reader of argv. A stage is imported only when its verb is called.

Results go to stdout, bars and messages to stderr. Exit codes: 0 done; 1 a claim failed; 2 a mistake the user can mend,
or an inconclusive claim; 130 interrupted.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from bedside.core.errors import BedsideError, Stop, UnknownName, UserMistake, refused
from bedside.tables import judge_lines, print_arms, print_claims, print_lint
from bedside.typed import named, outcome_of, prompted, run_folder, text_or_file
from bedside.verbs import models, reviewing, rewriting, serving
from bedside.verbs.terminal import (
    Json,
    Out,
    Seed,
    Settings,
    counts_line,
    finished,
    say,
    show,
    stage_settings,
    until_nobody_reads,
)

if TYPE_CHECKING:
    from bedside.study import Done

__all__ = ["app", "main"]

app = typer.Typer(
    name="bedside",
    help="A bedside manner for medical language models, without costing them their medicine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def run(
    study: Annotated[
        list[str] | None, typer.Argument(help="STUDY.yaml and key=value settings.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a whole study; with no file, the embedded clinic study."""
    from bedside import study as studies

    words = study or []
    file = Path(words.pop(0)) if words and "=" not in words[0] else None
    config = studies.load(file, words)
    folder = studies.run(config, lambda name: say(f"{name} ..."), tell)
    if as_json:
        show(json.loads((folder / "report" / "report.json").read_text(encoding="utf-8")))
    else:
        print_arms(folder)


@app.command()
def corpus(
    sources: Annotated[
        list[str], typer.Argument(help="FORMAT:PATH, e.g. icliniq:data/icliniqQAs.json; auto:PATH; hf:NAME")
    ],
    out: Out,
    seed: Seed = 0,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Sources to cleaned, unique, split dialogues."""
    from bedside.core.config import CorpusConfig
    from bedside.corpus import build

    config = stage_settings(CorpusConfig, settings, sources=sources)
    finished(lambda: build(config, seed, out), out, as_json)


app.command()(rewriting.rewrite)
app.command()(rewriting.gate)


@app.command()
def compare(
    original: Annotated[str, typer.Argument(help="The original: a text, or a file that holds it.")],
    rewrite: Annotated[str, typer.Argument(help="Its rewrite: a text, or a file that holds it.")],
    side: Annotated[Literal["patient", "doctor"], typer.Option(help="Whose words they are.")] = "doctor",
    language: Annotated[Literal["en", "zh"] | None, typer.Option(help="Recognised where not given.")] = None,
    as_json: Json = False,
) -> None:
    """What became of each fact of an original in its rewrite, side by side."""
    from msgspec.structs import asdict

    from bedside.signals.read import ledger_of
    from bedside.tables import print_ledger

    before, after = text_or_file(original), text_or_file(rewrite)
    entries = ledger_of(before, after, side, language)
    show([asdict(entry) for entry in entries]) if as_json else print_ledger(before, after, entries)


@app.command()
def pairs(  # noqa: PLR0913 (each is an option)
    source: Annotated[Path, typer.Argument(metavar="DIR", help="A rewrite folder or its file.")],
    out: Out,
    values: Annotated[list[str] | None, typer.Argument(metavar="[key=value ...]", help="Settings.")] = None,
    settings: Settings = None,
    strict: Annotated[
        bool, typer.Option(help="Exit 1 when the lint calls the pairs bad, 2 when it cannot tell.")
    ] = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Rewrites to training examples: SFT, preferences, labels; and what gives the rejected side away."""
    from bedside.core.config import PairsConfig
    from bedside.core.manifest import leaving_no_husk
    from bedside.pairs import build

    config = stage_settings(PairsConfig, [*(values or []), *(settings or [])])
    with leaving_no_husk(out):
        manifest = build(config, seed, source, out)
    lint = json.loads((out / "lint.json").read_text(encoding="utf-8"))
    if as_json:
        told = {"verdict": lint["verdict"], "reasons": lint["reasons"]}
        show({"stage": "pairs", "out": str(out), "counts": manifest.counts, "wall_s": manifest.wall_s, "lint": told})
    else:
        say(f"pairs: {counts_line(manifest.counts)} -> {out}")
        print_lint(lint)
    if strict and lint["verdict"] != "acceptable":
        raise typer.Exit(1 if lint["verdict"] == "bad" else 2)


app.command()(models.train)
app.command()(models.export)
app.command()(models.push)
app.command()(serving.serve)
app.command()(reviewing.review)


@app.command()
def evaluate(  # noqa: PLR0913 (each is an option)
    arm: Annotated[
        list[str], typer.Option(help="NAME=MODEL; may be given again. The one to compare with is named base.")
    ],
    out: Out,
    items: Annotated[
        list[Path] | None, typer.Option(help="A file of rewrites (their test split) or of items; may be given again.")
    ] = None,
    exam: Annotated[
        list[str] | None, typer.Option(help="FORMAT:PATH of multiple-choice questions; may be given again.")
    ] = None,
    judge: Annotated[list[str] | None, typer.Option(help="MODEL that compares replies; may be given again.")] = None,
    system: Annotated[
        list[str] | None, typer.Option(help="NAME=TEXT: an arm's system prompt, or the file that holds it.")
    ] = None,
    settings: Settings = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Ask all arms the same held-out questions, score the replies, let all sit the same exam; --judge compares them."""
    from bedside.core.config import EvaluateConfig
    from bedside.core.manifest import leaving_no_husk
    from bedside.evaluate import build
    from bedside.evaluate.judge import check
    from bedside.evaluate.judge import judge as judge_arms

    arms = dict(named(text) for text in arm)
    given: dict[str, Any] = {"exam": {"sources": exam} if exam else None, "judge": {"models": judge} if judge else None}
    config = stage_settings(EvaluateConfig, settings, arms=prompted(arms, system or []), **given)
    check(config)
    with leaving_no_husk(out):
        done = build(config, seed, items or [], arms, out)
        judged = judge_arms(config, seed, out)
    if judged is not None:
        done["judge"] = judged
        for line in judge_lines(out):
            say(line)
    if as_json:
        show({name: manifest.counts for name, manifest in done.items()})
    for name, manifest in done.items():
        say(f"{name}: {counts_line(manifest.counts)}")


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder (the one that holds `evaluate`).")],
    claims: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="The margins of the claims.", show_default=False)
    ] = None,
    settings: Settings = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of everything random.  [default: 0]", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the report of a run's evaluation: one HTML page and its numbers as JSON.

    Settings that are not given are those of the report that is there.
    """
    from bedside.core.config import EvaluateConfig, read_settings
    from bedside.core.manifest import read_manifest
    from bedside.evaluate import report as build
    from bedside.study import tell_cards

    earlier = read_manifest(run_folder(folder) / "report")
    given = dict(earlier.config) if earlier else {}
    if claims is not None:
        given["claims"] = read_settings(claims)
    config = stage_settings(EvaluateConfig, settings, **given)
    build(config, seed if seed is not None else earlier.seed if earlier else 0, folder, folder.resolve().name)
    tell_cards(folder)
    if as_json:
        show(json.loads((folder / "report" / "report.json").read_text(encoding="utf-8")))
    else:
        print_arms(folder)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder with a report.")],
    arm: Annotated[str | None, typer.Option(help="The verdict of this arm alone.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Print the claims; exit 0 PASS, 1 FAIL, 2 INCONCLUSIVE (or a mistake in the command, told as `error:`)."""
    numbers = outcome_of(folder)
    if arm == "base":
        others = ", ".join(numbers["verdicts"])
        raise UserMistake(
            "nothing is claimed of 'base': the others are compared with it", remedy=f"They are: {others}."
        )
    if arm is not None and arm not in numbers["verdicts"]:
        raise UnknownName("arm", arm, list(numbers["verdicts"]))
    verdict = numbers["verdicts"][arm] if arm else numbers["verdict"]
    with until_nobody_reads():
        if as_json:
            claims = [claim for claim in numbers["claims"] if arm in (None, claim["arm"])]
            show(numbers | {"verdict": verdict, "arm": arm, "study": numbers["verdict"], "claims": claims})
        else:
            print_claims(numbers, arm)
    if verdict == "INCONCLUSIVE":
        say("exit 2: INCONCLUSIVE, the data do not settle it (an error of yours would be told as `error:`)")
    raise typer.Exit({"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 2}[verdict])


@app.command()
def signals(
    text: Annotated[str, typer.Argument(help="A text, or a .jsonl file with --field.")],
    field: Annotated[str | None, typer.Option(help="The field of a JSONL file that holds the text.")] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File for the readings of a JSONL file.")] = None,
    language: Annotated[Literal["en", "zh"] | None, typer.Option(help="Recognised where not given.")] = None,
) -> None:
    """What bedside reads in a text: facts, feelings, comfort acts, as JSON."""
    from bedside.core.files import read_rows, write_rows
    from bedside.signals.read import read

    if field is None:
        if text.endswith((".jsonl", ".parquet")) and Path(text).is_file():
            raise UserMistake("is a file", where=text, remedy="Name the field that holds its texts: --field NAME")
        if out is not None:
            raise UserMistake(
                "-o is for the readings of a file", remedy="Example: FILE.jsonl --field NAME -o OUT.jsonl"
            )
        show(read(text, language))
        return
    rows = [(f"{text}:{n}", row) for n, row in enumerate(read_rows(Path(text), dict), start=1)]
    missing = [where for where, row in rows if not isinstance(row.get(field), str)]
    if missing:
        raise UserMistake(f"has no text in field {field!r}", where=missing[0])
    readings = [{"id": row.get("id", n), "signals": read(row[field], language)} for n, (_, row) in enumerate(rows)]
    if out is None:
        for reading in readings:
            sys.stdout.write(json.dumps(reading, ensure_ascii=False) + "\n")
    else:
        say(f"{write_rows(out, readings)} texts read -> {out}")


@app.command()
def chat(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="local:clinic, local:PATH-or-hub-name, http://...#NAME.")
    ],
    max_tokens: Annotated[int, typer.Option(help="Longest reply, in tokens.")] = 300,
) -> None:
    """Talk to a model in the terminal. An empty line or Ctrl-D ends it."""
    import asyncio

    from bedside.core.records import ChatMessage
    from bedside.llm import ChatRequest, Failure, open_model

    async def talk() -> None:
        partner, said = open_model(model), []
        say("Not medical advice. In an emergency call your local emergency number.")
        try:
            while words := await asyncio.to_thread(ask_line):
                said.append(ChatMessage("user", words))
                try:
                    reply = await partner.reply(ChatRequest(tuple(said), 0.0, max_tokens))
                except Failure as failure:
                    said.pop()
                    say(f"no reply: {failure}")
                    continue
                said.append(ChatMessage("assistant", reply.text))
                sys.stdout.write(reply.text + "\n\n")
                sys.stdout.flush()
        finally:
            await partner.close()

    asyncio.run(talk())


def ask_line() -> str:
    """A line from the user; empty at the end of input."""
    if sys.stdin.isatty():
        sys.stderr.write("> ")
        sys.stderr.flush()
    return sys.stdin.readline().strip()


def tell(done: Done) -> None:
    """Say that a stage of a study is complete."""
    time = "already complete" if done.skipped else f"{done.manifest.wall_s:.1f} s"
    say(f"  {counts_line(done.manifest.counts)}  ({time})")


class Interrupted(BaseException):
    """Ctrl-C. Of its own kind, because the command-line library would turn KeyboardInterrupt into a bare abort."""


def interrupt(signum: int, frame: object) -> None:
    """Raise Interrupted where the process stands."""
    raise Interrupted


def main() -> None:
    """The process boundary: what a user can mend is told without a traceback."""
    signal.signal(signal.SIGINT, interrupt)
    try:
        app()
    except UserMistake as mistake:
        say(f"error: {mistake}")
        sys.exit(2)
    except Stop as stop:
        say(f"stopped: {stop}")
        sys.exit(130 if stop.interrupted else 2)
    except BedsideError as error:
        say(f"error: {error}")
        sys.exit(2)
    except Interrupted:
        say("\ninterrupted; run the same command again to go on from here")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        if (told := refused(error)) is None:
            raise
        say(f"error: {told}")
        sys.exit(2)


if __name__ == "__main__":
    main()
