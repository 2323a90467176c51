"""The rewrite stage: dialogues in, exactly one row out for each, whatever happened to it."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import msgspec

from bedside.core.config import RewriteConfig
from bedside.core.errors import UserMistake
from bedside.core.files import read_rows, write_rows
from bedside.core.manifest import Manifest, close_stage, input_hashes, open_stage
from bedside.core.progress import Advance, progress
from bedside.core.records import Dialogue, PlannedEmotion, Reason, Recipe, Rewrite, Usage
from bedside.llm import ChatModel, Ledger, LedgeredModel, open_model, parse_model
from bedside.rewrite.gates import Case, Verdict, judge
from bedside.rewrite.llm_rewriter import Attempted, attempt
from bedside.rewrite.phrasebook import rewrite as by_phrasebook
from bedside.rewrite.plan import make_recipes
from bedside.rewrite.recipes import prompt_hash
from bedside.rewrite.source_gate import unsafe_sources

__all__ = ["build", "dialogues_of"]

LEDGER = "requests.sqlite"


class Order(msgspec.Struct, frozen=True):
    """One dialogue and what is asked of its rewrite."""

    dialogue: Dialogue
    planned: PlannedEmotion
    recipe: Recipe


def build(config: RewriteConfig, seed: int, source: Path, out: Path) -> Manifest:
    """Rewrite the dialogues of `source` (a corpus folder or file) into `out/rewrites.jsonl`; skip when that is done.

    Replies of a model are kept in `out/requests.sqlite` and never asked for twice.
    """
    path = dialogues_of(source)
    model = parse_model(config.model)
    planned = Manifest(
        "rewrite",
        config.model_dump(mode="json"),
        seed,
        input_hashes(dialogues=path),
        model=config.model,
        prompt_hash=prompt_hash(),
    )
    stage = open_stage(out, planned, keep=(LEDGER,))
    if isinstance(stage, Manifest):
        return stage
    dialogues = list(read_rows(path, Dialogue))[: config.limit]
    if not dialogues:
        raise UserMistake("holds no dialogue", where=str(path))
    orders = [
        Order(dialogue, emotion, recipe)
        for dialogue, (emotion, recipe) in zip(
            dialogues, make_recipes(len(dialogues), config.plan, seed, config.recipe), strict=True
        )
    ]
    unsafe = {} if config.unsafe_sources else unsafe_sources(dialogues)
    wanted = [order for order in orders if order.dialogue.id not in unsafe]
    if model.kind == "phrasebook":
        done = [_by_phrasebook(order, seed) for order in wanted]
    else:
        done = asyncio.run(_by_llm(wanted, config, out / LEDGER))
    written = iter(done)
    rows = [_turned_down(o, unsafe[o.dialogue.id]) if o.dialogue.id in unsafe else next(written) for o in orders]
    if len(rows) != len(dialogues):
        raise AssertionError(f"{len(dialogues)} dialogues in, {len(rows)} rows out")
    write_rows(out / "rewrites.jsonl", rows)
    return close_stage(stage, _counts(rows))


def dialogues_of(source: Path) -> Path:
    """The dialogues file of a corpus folder, or the file itself."""
    return source / "dialogues.jsonl" if source.is_dir() else source


def _turned_down(order: Order, reasons: tuple[Reason, ...]) -> Rewrite:
    """The row of a dialogue that was not rewritten: comfort around a dangerous answer makes it worse."""
    return _row(order, Attempted((), Verdict(reasons, ()), 0, Usage()), "")


def _by_phrasebook(order: Order, seed: int) -> Rewrite:
    messages = by_phrasebook(order.dialogue, order.planned, order.recipe, seed)
    verdict = judge(Case(order.dialogue.language, order.dialogue.messages, messages, order.planned, order.recipe))
    return _row(order, Attempted(messages, verdict, 1, Usage()), "phrasebook")


async def _by_llm(orders: list[Order], config: RewriteConfig, ledger_path: Path) -> list[Rewrite]:
    ledger = Ledger(ledger_path)
    model = LedgeredModel(open_model(config.model, config.timeout_s), ledger)
    places = asyncio.Semaphore(config.concurrency)
    try:
        with progress("rewrite", len(orders)) as advance:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(_one(order, model, config, places, advance)) for order in orders]
            return [task.result() for task in tasks]
    except* Exception as errors:  # noqa: BLE001 (raised again, as the one cause)
        # The first cause is told; the others are the same endpoint failing the other rows.
        raise errors.exceptions[0] from None
    finally:
        await model.close()
        ledger.close()


async def _one(
    order: Order, model: ChatModel, config: RewriteConfig, places: asyncio.Semaphore, advance: Advance
) -> Rewrite:
    async with places:
        done = await attempt(order.dialogue, order.planned, order.recipe, model, config)
    advance(1, "")
    return _row(order, done, config.model)


def _row(order: Order, done: Attempted, model: str) -> Rewrite:
    dialogue, planned = order.dialogue, order.planned
    return Rewrite(
        id=dialogue.id,
        source=dialogue.source,
        language=dialogue.language,
        split=dialogue.split,
        status="failed" if done.failed else "accepted" if done.verdict.accepted else "rejected",
        recipe=order.recipe,
        emotion=planned.emotion,
        intensity=planned.intensity,
        mode=planned.mode,
        original=dialogue.messages,
        rewritten=done.messages,
        reasons=done.verdict.reasons,
        ledger=done.verdict.ledger,
        facts=dialogue.facts,
        model=model,
        attempts=done.attempts,
        usage=done.usage,
        licence=dialogue.licence,
        false_belief=done.false_belief,
    )


def _counts(rows: list[Rewrite]) -> dict[str, int]:
    status = Counter(row.status for row in rows)
    gates = Counter(gate for row in rows for gate in {reason.gate for reason in row.reasons})
    counts = {
        "read": len(rows),
        "accepted": status["accepted"],
        "rejected": status["rejected"],
        "failed": status["failed"],
    }
    usage = {
        "requests": sum(row.usage.requests for row in rows),
        "input_tokens": sum(row.usage.input_tokens for row in rows),
        "output_tokens": sum(row.usage.output_tokens for row in rows),
    }
    return counts | {f"gate: {gate}": n for gate, n in sorted(gates.items())} | (usage if usage["requests"] else {})
