"""The report in a real browser: it draws, filters, finds a failure, and fetches nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bedside.core.config import EvaluateConfig
from bedside.core.files import write_rows
from bedside.core.manifest import Manifest, Stage, close_stage, open_stage
from bedside.core.records import ChatMessage, Item, KnownFact, Reply, Tone
from bedside.evaluate import report
from bedside.evaluate.scorers import score

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FACT = (KnownFact("treatment", ("ibuprofen 400 mg",)),)
REPLIES = {
    "base": "Take ibuprofen 400 mg.",
    "sft": "You sound frightened 😟, and that is understandable. Take ibuprofen 400 mg.",
    "warm": "You sound frightened. There is nothing to worry about. <script>document.title='hacked'</script>",
}


def item(number: int, tone: Tone) -> Item:
    asked = f"Question {number}: what helps? <img src=x onerror=\"document.title='hacked'\">"
    emotion, strength, mode = ("fear", 2, "explicit concern") if tone == "distressed" else ("neutral", 0, "none")
    messages = (ChatMessage("user", asked),)
    return Item(f"{number}/{tone}", str(number), "en", tone, emotion, strength, mode, messages, REPLIES["base"], FACT)  # type: ignore[arg-type]


def make_run(run: Path) -> None:
    tones: tuple[Tone, Tone] = ("distressed", "neutral")
    items = [item(number, tone) for number in range(15) for tone in tones]
    write_rows(run / "evaluate" / "items.jsonl", items)
    for arm, text in REPLIES.items():
        stage = open_stage(run / "evaluate" / arm, Manifest("evaluate", {}, 0, {}, model=f"scripted:{arm}"))
        assert isinstance(stage, Stage)
        said = [text if i.tone == "distressed" else REPLIES["base"] for i in items]
        replies = [Reply(i.id, t, "stop", 9) for i, t in zip(items, said, strict=True)]
        write_rows(stage.folder / "replies.jsonl", replies)
        write_rows(stage.folder / "scores.jsonl", [score(i, r) for i, r in zip(items, replies, strict=True)])
        close_stage(stage, {})
    report(EvaluateConfig(bootstrap=200), 0, run, "a study <b>of</b> one")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here: install Debian's package `chromium` to test the page")
    from playwright.sync_api import sync_playwright

    run = tmp_path_factory.mktemp("run")
    make_run(run)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=CHROMIUM, args=flags)
        opened = browser.new_page(viewport={"width": 1100, "height": 900})
        opened.goto((run / "report" / "index.html").as_uri())
        yield opened
        browser.close()


def test_page_shows_claims_arms_and_pictures(page: Page) -> None:
    assert page.locator("h1").inner_text() == "a study <b>of</b> one"
    assert page.locator("#claims ~ .scroll table").first.locator("tbody tr").count() == 2 * 5
    assert page.locator("figure svg").count() == 2
    assert page.locator("td.v.FAIL").count() >= 1, "the over-warm arm lost its facts"


def test_failures_come_first_and_filters_find_them(page: Page) -> None:
    assert page.locator("#count").inner_text() == "30 of 30 conversations"
    first = page.locator(".talk").first
    assert "lost treatment: ibuprofen 400 mg" in first.inner_text()
    page.select_option("#what", "anti")
    assert page.locator("#count").inner_text() == "15 of 30 conversations"
    page.select_option("#arm", "sft")
    assert page.locator("#count").inner_text() == "0 of 30 conversations"
    page.select_option("#arm", "")
    page.select_option("#what", "")
    page.fill("#words", "question 7:")
    assert page.locator("#count").inner_text() == "2 of 30 conversations"
    page.fill("#words", "")


def test_marks_stand_at_the_right_words(page: Page) -> None:
    page.select_option("#tone", "distressed")
    marks = page.locator(".talk").first.locator("section.arm").nth(1).locator("mark").all_inner_texts()
    assert any("frightened" in mark for mark in marks)
    anti = page.locator("mark.anti").nth(1)
    assert "nothing to worry" in anti.inner_text()
    page.select_option("#tone", "")


def test_what_patients_and_models_write_stays_text(page: Page) -> None:
    assert page.title() == "a study <b>of</b> one · bedside report"
    assert page.locator(".talk img, .talk script").count() == 0


def test_more_are_shown_on_request_and_keyboard_reaches_all(page: Page) -> None:
    assert page.locator(".talk").count() == 20
    page.focus("#more")
    page.keyboard.press("Enter")
    assert page.locator(".talk").count() == 30
    assert page.locator("#more").is_hidden()
