"""How long the report of 10,000 items x 4 arms takes, how large its page is, and how fast a browser opens it.

    python bench/report.py [FOLDER OF SHARED DATA] [--items N] [--keep DIR]

Replies are sentences of real answers (iCliniq, COVID-Dialogue, Toyhom), 60 to 150 words, a fifth of them in Chinese. In
the first case the arms say mostly the same to a question, as arms of one base do; in the second nothing that one arm
says is said by another, which compresses worst. The bars: page <= 15 MB, made in <= 15 s, open in <= 3 s.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bedside.core.config import EvaluateConfig
from bedside.core.files import read_text
from bedside.core.records import ChatMessage, Emotion, Item, Language, Mode, Reply, Score, Tone
from bedside.core.text import sentences, word_count
from bedside.evaluate.claims import Claim
from bedside.evaluate.report import write_report
from bedside.evaluate.statistics import Estimate
from bedside.evaluate.summary import ArmFigures, Audit
from bedside.signals import ACTS

ARMS = ("base", "sft", "dpo", "over_warm")
FEELINGS: dict[Tone, tuple[Emotion, int, Mode]] = {
    "distressed": ("fear", 2, "explicit concern"),
    "neutral": ("neutral", 0, "none"),
}
COMFORT = "You sound really frightened, and that is understandable."


class Case(NamedTuple):
    """A name, and how much of the reference's sentences a reply keeps."""

    name: str
    kept: float


CASES = (Case("arms say much the same", 0.7), Case("arms share no sentence", 0.0))


def pool(data: Path) -> dict[str, list[str]]:
    """Sentences of real answers by language."""
    english = [row["answer"] for name in ("icliniq", "ehealthforum", "questionDoctor")
               for row in json.loads((data / "icliniq" / f"{name}QAs.json").read_text(encoding="utf-8"))]  # fmt: skip
    english.append(read_text(data / "covid_dialogue" / "COVID-Dialogue-Dataset-English.txt"))
    chinese = read_text(data / "toyhom_zh" / "toyhom_internal_medicine_sample.csv")
    found = {"en": [s for text in english for s in sentences(text)], "zh": sentences(chinese)}
    return {code: [s.strip() for s in parts if 3 < word_count(s) < 60] for code, parts in found.items()}


def audit_of(case: Case, parts: dict[str, list[str]], many: int) -> Audit:
    """An audit of made-up scores over such replies; one reply in ten of a tuned arm has lost a fact."""
    rng = random.Random(7)
    items = [_item(number, parts, rng) for number in range(many)]
    replies = {arm: [_reply(arm, item, case, parts, rng) for item in items] for arm in ARMS}
    scores = {arm: [_score(arm, i, r, rng) for i, r in zip(items, replies[arm], strict=True)] for arm in ARMS}
    return _audit(items, replies, scores)


def _text(sentences_: list[str], least: int, start: list[str], rng: random.Random) -> str:
    said, words = list(start), sum(map(word_count, start))
    while words < least:
        said.append(rng.choice(sentences_))
        words += word_count(said[-1])
    return " ".join(said)


def _item(number: int, parts: dict[str, list[str]], rng: random.Random) -> Item:
    language: Language = "zh" if number % 5 == 4 else "en"
    tone: Tone = "distressed" if number % 2 else "neutral"
    asked = _text(parts[language], rng.randint(40, 120), [], rng)
    reference = _text(parts[language], rng.randint(60, 150), [], rng)
    emotion, intensity, mode = FEELINGS[tone]
    name, messages = f"consultation-{number}/{tone}", (ChatMessage("user", asked),)
    return Item(name, str(number), language, tone, emotion, intensity, mode, messages, reference)


def _reply(arm: str, item: Item, case: Case, parts: dict[str, list[str]], rng: random.Random) -> Reply:
    kept = [sentence for sentence in sentences(item.reference) if rng.random() < case.kept]
    start = [COMFORT, *kept] if arm != "base" and item.tone == "distressed" else kept
    return Reply(item.id, _text(parts[item.language], rng.randint(60, 150), start, rng), "stop", 200)


def _score(arm: str, item: Item, reply: Reply, rng: random.Random) -> Score:
    warm = reply.text.startswith(COMFORT)
    lost = ("dose: 400 mg",) if arm != "base" and rng.random() < 0.1 else ()
    return Score(
        item.id, item.dialogue, item.tone, ("legitimises", "names") if warm else (), warm, (), 3, lost,
        1 - len(lost) / 3, word_count(reply.text), word_count(item.reference),
    )  # fmt: skip


def _audit(items: list[Item], replies: dict[str, list[Reply]], scores: dict[str, list[Score]]) -> Audit:
    share = Estimate(0.9, 0.88, 0.92, len(items) // 2)
    row: dict[str, Estimate | None] = dict.fromkeys(("comfort", "facts", "false reassurance"), share)
    figures = {"distressed": row, "neutral": row}
    arms = [
        ArmFigures(
            arm, arm, "base" if arm == "base" else "control" if arm == "over_warm" else "claimed", figures,
            dict.fromkeys(map(str, ACTS), 0.5), {"comfort": 0, "facts": 0}, {}, {},
        )
        for arm in ARMS
    ]  # fmt: skip
    claims = [Claim(arm, "comfort", f"{arm} comforts more", 0.0, True, share, "PASS") for arm in ARMS[1:]]
    return Audit(
        items=items, arms=arms, claims=claims, verdicts=dict.fromkeys(ARMS[1:], "PASS"), caught={"over_warm": False},
        verdict="INCONCLUSIVE", replies=replies, scores=scores, skins=[], interactions=[], judge=None,
    )  # fmt: skip


def opening_s(page: Path) -> tuple[float, float, float]:
    """Seconds until the list stands, until a search through everything is done, and of a filter."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        view = browser.new_page()
        started = time.perf_counter()
        view.goto(page.as_uri())
        view.wait_for_selector("html[data-ready]")
        opened = time.perf_counter()
        view.fill("#words", "qqzzqq")
        view.locator("#count", has_text=re.compile(r"^0 of ")).wait_for(timeout=120_000)
        searched = time.perf_counter()
        view.fill("#words", "")
        view.wait_for_selector(".talk")
        again = time.perf_counter()
        view.select_option("#failure", "lost fact")
        view.locator("#count", has_text=re.compile(r"^(?!10,000)[\d,]+ of ")).wait_for()
        filtered = time.perf_counter()
        browser.close()
    return opened - started, searched - opened, filtered - again


def main() -> None:
    """Print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=Path("../shared/data"))
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, default=None)
    given = parser.parse_args()
    parts = pool(given.data)
    for case in CASES:
        audit = audit_of(case, parts, given.items)
        mean = np.mean([reply.text.count(" ") + 1 for reply in audit.replies["base"]])
        run = (given.keep or Path(tempfile.mkdtemp())) / case.name.replace(" ", "-")
        started, used = time.perf_counter(), time.process_time()
        write_report(audit, EvaluateConfig(), (run, case.name, 0))
        wall, cpu = time.perf_counter() - started, time.process_time() - used
        page = run / "report" / "index.html"
        size = page.stat().st_size / 1e6
        shown = json.loads((run / "report" / "report.json").read_text(encoding="utf-8"))["shown"]["in_full"]
        opened, searched, filtered = opening_s(page)
        print(
            f"{case.name}: {given.items:,} items x {len(ARMS)} arms, {mean:.0f} words a reply\n"
            f"  made in {wall:.1f} s ({cpu:.1f} s of processor time; bar 15), {size:.1f} MB (bar 15),"
            f" {shown:,} conversations in full\n"
            f"  open in {opened:.2f} s (bar 3); first search through all {searched:.2f} s, a filter {filtered:.2f} s"
        )
        if given.keep is None:
            shutil.rmtree(run.parent)


if __name__ == "__main__":
    main()
