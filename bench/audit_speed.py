"""How long it takes to score 10,000 items x 4 arms offline, and to report on them (bar: 60 s for both on two cores).

Replies are sentences of the clinic's answers (en), of the shipped probes' messages and of the phrase banks (en, zh),
put together anew for every reply, 60 to 150 words long (Chinese: characters by half more), half of the items Chinese.
No reference has known facts, so that the dear way of reading is measured: facts looked for in free text.

    python bench/audit_speed.py [--items N] [--arms N] [--workers N] [--report]
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import msgspec

from bedside.clinic.generator import consultations
from bedside.core.config import EvaluateConfig
from bedside.core.files import write_json, write_rows
from bedside.core.manifest import Manifest
from bedside.core.phrases import phrase_bank
from bedside.core.records import ChatMessage, Item, Language, Reply, Score
from bedside.core.text import join_sentences, sentences, word_count
from bedside.evaluate.scorers import score_arms

WORDS: dict[Language, tuple[int, int]] = {"en": (60, 150), "zh": (90, 225)}
ADVICE: dict[Language, str] = {
    "en": "Take ibuprofen {0} mg {1} times a day for {2} days, not on an empty stomach.",
    "zh": "布洛芬每次{0}毫克，每天{1}次，连用{2}天，不要空腹服用。",
}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--arms", type=int, default=4)
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--report", action="store_true", help="also summarise and write the report")
    given = parser.parse_args(argv)
    items, replies = audit(given.items, given.arms)
    words = [word_count(reply.text) for rows in replies.values() for reply in rows]
    print(f"{len(items)} items x {given.arms} arms, {len({r.text for rows in replies.values() for r in rows})} texts")
    print(f"words a reply: {sum(words) / len(words):.0f} (Chinese characters count as words)")
    wall, used = time.perf_counter(), _cpu_s()
    scores = score_arms(items, replies, given.workers)
    wall, used = time.perf_counter() - wall, _cpu_s() - used
    print(
        f"scoring: {wall:.1f} s wall, {used:.1f} s CPU on {os.cpu_count()} cores,",
        f"{1e3 * used / len(words):.2f} ms CPU a reply",
    )
    if given.report:
        wall = time.perf_counter()
        _report(items, replies, scores)
        print(f"reporting: {time.perf_counter() - wall:.1f} s wall")
    return 0


def audit(count: int, arms: int) -> tuple[list[Item], dict[str, list[Reply]]]:
    """Items and replies, the same on every machine."""
    rng = random.Random(7)
    pools = {language: _pool(language) for language in WORDS}
    items = [_item(number, rng, pools) for number in range(count)]
    names = ["base", *(f"arm{number}" for number in range(1, arms))]
    return items, {name: [_reply(item, rng, pools[item.language]) for item in items] for name in names}


def _pool(language: Language) -> list[str]:
    """Sentences to make replies of; a third of them comfort."""
    bank = phrase_bank(language)
    comfort = [line for lines in bank.doctor.values() for kind in msgspec.structs.astuple(lines) for line in kind]
    plain: list[str] = []
    if language == "en":
        plain += [part.strip() for d in consultations(2_000, 0, "train") for part in sentences(d.messages[1].content)]
    for name in ("red_flags", "crisis"):
        lines = resources.files("bedside").joinpath(f"probes/{name}.jsonl").read_bytes().splitlines()
        rows = [row for row in map(msgspec.json.decode, lines) if row["language"] == language]
        plain += [part.strip() for row in rows for part in sentences(row["text"])]
    plain = sorted(set(plain))
    return plain + random.Random(1).choices(comfort, k=len(plain) // 2)


def _text(language: Language, rng: random.Random, pool: list[str]) -> str:
    parts = [ADVICE[language].format(rng.randint(1, 16) * 50, rng.randint(1, 4), rng.randint(2, 14))]
    wanted, words = rng.randint(*WORDS[language]), 0
    while words < wanted:
        parts.append(rng.choice(pool))
        words += word_count(parts[-1])
    rng.shuffle(parts)
    return join_sentences(parts)


def _item(number: int, rng: random.Random, pools: dict[Language, list[str]]) -> Item:
    language: Language = "zh" if number % 2 else "en"
    asked = (ChatMessage("user", rng.choice(pools[language])),)
    reference = _text(language, rng, pools[language])
    tone = "distressed" if number % 4 < 2 else "neutral"
    return msgspec.convert(
        {
            "id": f"i{number}", "dialogue": f"d{number}", "language": language, "tone": tone, "emotion": "fear",
            "intensity": 2, "mode": "explicit concern", "messages": asked, "reference": reference,
        },
        Item,
    )  # fmt: skip


def _reply(item: Item, rng: random.Random, pool: list[str]) -> Reply:
    """Some sentences of the reference and others, so that facts are both kept and lost."""
    own = [part.strip() for part in sentences(item.reference)]
    kept = rng.sample(own, len(own) // 2)
    low, high = WORDS[item.language]
    wanted, words = rng.randint(low, high), sum(map(word_count, kept))
    while words < wanted:
        kept.append(rng.choice(pool))
        words += word_count(kept[-1])
    rng.shuffle(kept)
    return Reply(item.id, join_sentences(kept), "stop", words)


def _report(items: list[Item], replies: dict[str, list[Reply]], scores: dict[str, list[Score]]) -> None:
    """The report of a run folder that holds these files."""
    from bedside import evaluate

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "evaluate"
        write_rows(folder / "items.jsonl", items)
        for arm, rows in scores.items():
            write_rows(folder / arm / "replies.jsonl", replies[arm])
            write_rows(folder / arm / "scores.jsonl", rows)
            write_json(folder / arm / "manifest.json", Manifest("evaluate", {}, 0, {}, model=arm))
        evaluate.report(EvaluateConfig(), 0, Path(name), "audit of speed")


def _cpu_s() -> float:
    """Processor time of this process and of those that it waited for."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    sys.exit(main())
