"""Multiple choice beside lm-eval: the same items on the same model, item by item, and how many a second.

    python bench/knowledge.py [--data benchmark.json] [--items 500] [--speed-items 60] [-o OUT.json]

Needs lm-eval (pip install lm-eval). Parity: MedQA and MMLU items of MIRAGE through lm-eval's own task files, on the
clinic's model as plain text and through its chat template, with and without a system prompt. Speed: both in turn on one
random Llama, by processor time of this process, in the same precision; the second figure is with each option's words
instead of letters, the third with the four skins. lm-eval is run at bedside's batch size and, since padding and large
logits may cost it more than batches gain, one by one as well.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bedside.core.evaluate_config import SKINS
from bedside.core.records import ExamItem
from bedside.evaluate.exam import by_likelihood, choice_of, in_text
from bedside.evaluate.exam_endpoint import Sitting
from bedside.evaluate.exam_formats import exam_items
from bedside.evaluate.posing import Posed, pose
from bedside.llm import local_path
from bedside.llm.likelihood import Asked, log_likelihoods
from bedside.llm.local import LocalModel
from knowledge_parts.models import SIZES, random_llama
from knowledge_parts.peer import Course, peer_tasks, run_peer, shown_task

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "mirage" / "benchmark.json"
BATCH = 16
PEER_BATCHES = (BATCH, 1)
SYSTEM = "You are a careful physician. Choose the one best answer."


def timed(work: Callable[[], dict[str, tuple[float, ...]]]) -> Course:
    """bedside's run of something that gives log-likelihoods by item."""
    begun, wall = time.process_time(), time.monotonic()
    found = work()
    cpu_s, wall_s = time.process_time() - begun, time.monotonic() - wall
    return Course({id_: choice_of(values) for id_, values in found.items()}, found, cpu_s, wall_s)


def plain(local: LocalModel, items: Sequence[ExamItem], chat: bool = False, system: str = "") -> Course:
    """The plain skin, as the audit scores it."""
    sittings = [Sitting(item, "plain") for item in items]
    return timed(lambda: {s.item: s.log_likelihoods for s in by_likelihood(local, sittings, BATCH, chat, system)})


def shown(local: LocalModel, rows: Sequence[tuple[str, Posed, int]]) -> Course:
    """Finished prompts, as the audit scores them."""

    def work() -> dict[str, tuple[float, ...]]:
        asked: list[Asked] = [in_text(posed, "") for _, posed, _ in rows]
        found = log_likelihoods(local.model, local.tokenizer, asked, BATCH).values
        return {row[0]: values for row, values in zip(rows, found, strict=True)}

    return timed(work)


def compared(name: str, ours: Course, theirs: Course, answers: dict[str, int]) -> dict[str, Any]:
    """What a run of each amounts to."""
    assert set(ours.chosen) == set(theirs.chosen) == set(answers)
    right = {id_: ours.chosen[id_] == answer for id_, answer in answers.items()}
    theirs_right = {id_: theirs.chosen[id_] == answer for id_, answer in answers.items()}
    pairs = [zip(ours.log_likelihoods[id_], theirs.log_likelihoods[id_], strict=True) for id_ in answers]
    return {
        "what": name,
        "items": len(answers),
        "accuracy": round(sum(right.values()) / len(answers), 4),
        "lm_eval_accuracy": round(sum(theirs_right.values()) / len(answers), 4),
        "correctness_differs": sum(right[id_] != theirs_right[id_] for id_ in answers),
        "choice_differs": sum(ours.chosen[id_] != theirs.chosen[id_] for id_ in answers),
        "largest_difference_nats": max(abs(a - b) for pair in pairs for a, b in pair),
        "items_per_cpu_s": round(len(answers) / ours.cpu_s, 2),
        "lm_eval_items_per_cpu_s": round(len(answers) / theirs.cpu_s, 2),
        "ratio": round(theirs.cpu_s / ours.cpu_s, 2),
        "wall_ratio": round(theirs.wall_s / ours.wall_s, 2),
    }


def parity(items: list[ExamItem], work: Path) -> list[dict[str, Any]]:
    """The clinic's model on all items: plain text, chat template, chat template with a system prompt."""
    local = LocalModel(local_path("clinic"))
    tasks = peer_tasks(work, items)
    answers = {item.id: item.answer for item in items}
    rows = []
    for name, chat, system in (("plain text", False, ""), ("chat template", True, ""), ("chat, system", True, SYSTEM)):
        theirs = run_peer(local, tasks, work, BATCH, chat, system)
        rows.append(compared(f"clinic, {name}", plain(local, items, chat, system), theirs, answers))
        show(rows[-1])
    return rows


def speed(items: list[ExamItem], work: Path, size: str, vocabulary: int) -> list[dict[str, Any]]:
    """One larger random model: letters, options' words, four skins."""
    local = LocalModel(str(random_llama(work / "random", size, vocabulary)))
    model = f"random Llama {size}, {vocabulary:,} tokens"
    plain(local, items[:4])  # so that both are warm
    words = [(i.id, pose(i, "plain")._replace(options=i.options), i.answer) for i in items]
    skins = [(f"{i.id} {skin}", pose(i, skin), i.answer) for i in items for skin in SKINS]
    ways: tuple[tuple[str, list[str], dict[str, int], Callable[[], Course]], ...] = (
        ("letters", peer_tasks(work, items), {i.id: i.answer for i in items}, lambda: plain(local, items)),
        ("options", shown_task(work, "peer_options", words), told(words), lambda: shown(local, words)),
        ("skins", shown_task(work, "peer_skins", skins), told(skins), lambda: shown(local, skins)),
    )
    rows = []
    for name, tasks, answers, ask in ways:
        for batch in PEER_BATCHES:
            theirs = run_peer(local, tasks, work, batch)
            rows.append(compared(f"{model}: {name}, lm-eval in batches of {batch}", ask(), theirs, answers))
            show(rows[-1])
    return rows


def told(rows: Sequence[tuple[str, Posed, int]]) -> dict[str, int]:
    """The places of the right options."""
    return {id_: answer for id_, _, answer in rows}


def show(row: dict[str, Any]) -> None:
    """One line of the table, as soon as it is known."""
    print(json.dumps(row), flush=True)


def main() -> None:
    """Read the command line, run, write."""
    parser = argparse.ArgumentParser(prog="python bench/knowledge.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="MIRAGE's benchmark.json")
    parser.add_argument("--items", type=int, default=500, help="items of each part for parity (0: none)")
    parser.add_argument("--speed-items", type=int, default=60, help="items of each part for speed (0: none)")
    parser.add_argument("--size", choices=sorted(SIZES), default="50M", help="of the random model")
    parser.add_argument("--vocabulary", type=int, default=32000, help="tokens of the random model")
    parser.add_argument("-o", "--out", type=Path, help="file for the rows, as JSON")
    given = parser.parse_args()
    if not given.data.is_file():
        sys.exit(f"{given.data}: no such file; --data names MIRAGE's benchmark.json")
    sources = tuple(f"mirage/{part}:{given.data}" for part in ("medqa", "mmlu"))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        if given.items:
            rows += parity(exam_items(sources, given.items, 0), Path(folder))
        if given.speed_items:
            rows += speed(exam_items(sources, given.speed_items, 1), Path(folder), given.size, given.vocabulary)
    if given.out:
        given.out.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
