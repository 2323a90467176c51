"""The report in a real browser: it draws, filters, searches, finds failures, works by keyboard, and fetches nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bedside.core.config import EvaluateConfig
from bedside.evaluate.report import write_report
from tests.contrast import contrasts
from tests.evaluate.report_sample import ARMS, EVIL, sample_audit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TITLE = f"a study <b>of</b> one {EVIL}"
# 60 consultations asked twice, and 3 probes of each of four kinds, false beliefs twice.
MANY, ALL = 60, 60 * 2 + 3 * 5


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    run = tmp_path_factory.mktemp("run")
    write_report(sample_audit(MANY), EvaluateConfig(), (run, TITLE, 0))
    return (run / "report" / "index.html").as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh page, on which nothing may go wrong and nothing may be fetched."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    opened, trouble = context.new_page(), list[str]()
    opened.set_default_timeout(120_000)
    opened.on("console", lambda message: trouble.append(message.text))
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on(
        "request", lambda request: None if request.url.startswith((address, "data:,")) else trouble.append(request.url)
    )
    opened.goto(address)
    opened.wait_for_selector("html[data-ready]")
    yield opened
    assert trouble == []
    context.close()


def count(page: Page, told: str) -> None:
    """Wait until the list says so."""
    page.locator("#count", has_text=re.compile(f"^{re.escape(told)}")).wait_for()


def test_page_tells_the_verdict_first_then_claims_and_pictures(page: Page) -> None:
    assert page.locator("h1").inner_text() == TITLE
    assert "FAIL" in page.locator("#verdict").inner_text()
    assert page.locator("#verdict").bounding_box()["y"] < 400, "above the fold"  # type: ignore[index]
    assert page.locator("table.claims tbody tr:not(.group)").count() == 4 * 5
    assert page.locator("figure svg").count() == 4
    assert "caught" in page.locator(".card").last.inner_text()
    assert page.locator(".silent li").count() == 2


def test_failures_come_first_and_filters_find_them(page: Page) -> None:
    count(page, f"{ALL} of {ALL}")
    assert "missed red flag" in page.locator(".talk").first.inner_text()
    page.select_option("#failure", "false reassurance")
    count(page, "90 of")  # the control's, of all English consultations
    page.select_option("#arm", label="dpo")
    count(page, "18 of")  # the first of each five items
    page.select_option("#arm", label="sft")
    count(page, "0 of")
    page.click("button[type=reset]")
    count(page, f"{ALL} of")
    page.select_option("#kind", "crisis")
    count(page, "3 of")


def test_search_finds_words_phrases_and_chinese_everywhere(page: Page) -> None:
    page.fill("#words", '"question 58:"')
    count(page, "2 of")
    page.fill("#words", "58: question")
    count(page, "2 of")
    page.fill("#words", '"58: question"')
    count(page, "0 of")
    page.fill("#words", "膝盖疼")
    count(page, f"{MANY // 4 * 2} of")
    page.fill("#words", "administrative/admin-1")
    count(page, "1 of")


def test_a_number_of_the_failures_table_leads_to_its_conversations(page: Page) -> None:
    page.locator(".find[data-failure='red flag']").first.click()
    count(page, "3 of")
    assert page.evaluate("document.activeElement.id") == "conversations"
    reply = page.locator(".talk").first.locator("section.arm", has_text="missed red flag").first
    assert "send for help" in reply.inner_text() and reply.locator("mark").count() > 0


def test_marks_stand_at_the_right_words(page: Page) -> None:
    page.fill("#words", '"question 0:"')
    count(page, "2 of")
    reply = page.locator(".talk", has_text="distressed patients").locator("section.arm[aria-label=dpo]")
    assert any("nothing to worry about" in mark for mark in reply.locator("mark.false_reassurance").all_inner_texts())
    assert any("frightened" in mark for mark in reply.locator("mark.names, mark.legitimises").all_inner_texts())
    assert "lost fact: treatment: ibuprofen 400 mg" in reply.inner_text()
    assert page.locator(".talk details[open] mark.lost").first.inner_text() == "ibuprofen 400 mg"


def test_what_patients_models_and_users_write_stays_text(page: Page) -> None:
    assert page.title() == f"{TITLE} · FAIL · bedside report"
    for _ in range(3):
        assert page.locator("main img, main script, header script").count() == 0
        page.click("#after")
    assert page.locator("#arm option").last.inner_text() == list(ARMS)[-1]


def test_everything_works_by_keyboard_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the conversations"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "words"
    page.keyboard.type("knee")
    count(page, "90 of")
    page.keyboard.press("Tab")
    page.keyboard.type("lost")
    count(page, "90 of")
    assert page.locator("#failure").input_value() == "lost fact"
    page.focus("#after")
    page.keyboard.press("Enter")
    page.get_by_text("page 2 of 5").wait_for()
    assert page.evaluate("document.activeElement.closest('.talk') !== null"), "focus goes to the new page's first"


def test_a_link_leads_to_one_conversation(page: Page, address: str) -> None:
    target = "dialogue/40/neutral"
    page.goto("about:blank")
    page.goto(f"{address}#item-{target.replace('/', '%2F')}")
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate("document.activeElement.textContent") == target
    page.locator(".example a").first.click()
    page.wait_for_selector(".talk h3:focus")
    assert page.evaluate("document.activeElement.textContent") == page.locator(".example a").first.inner_text()
    page.locator(".talk .copy").first.click()
    page.locator(".copy", has_text=re.compile("copied|address bar")).wait_for()


def test_what_clinicians_said_is_reached_by_keyboard_and_leads_to_conversations(page: Page) -> None:
    page.get_by_role("link", name="What clinicians said").press("Enter")
    section = page.get_by_role("region", name="What clinicians said")
    assert section.locator("tbody .group").all_inner_texts() == ["dpo", list(ARMS)[-1]] * 2
    section.locator("summary").press("Enter")
    section.get_by_role("link", name="dialogue/40/neutral").press("Enter")
    page.wait_for_selector(".talk h3:focus")
    assert page.evaluate("document.activeElement.textContent") == "dialogue/40/neutral"


def test_screen_readers_find_landmarks_headings_captions_and_names(page: Page) -> None:
    told = page.evaluate("""() => ({
      landmarks: ["main", "header", "footer", "nav[aria-label]", "[role=search]"]
        .map(s => document.querySelectorAll(s).length),
      levels: [...document.querySelectorAll("h1,h2,h3,h4")].map(h => +h.tagName[1]),
      tables: document.querySelectorAll("table").length,
      captions: document.querySelectorAll("table > caption").length,
      scopeless: document.querySelectorAll("th:not([scope])").length,
      nameless: [...document.querySelectorAll("svg[role=img]")]
        .filter(s => !s.querySelector("title") || !s.querySelector("desc")).length,
      unlabelled: [...document.querySelectorAll("input,select")].filter(e => !e.labels.length).length,
      twice: [...document.querySelectorAll("[id]")].map(e => e.id).filter((id, n, ids) => ids.indexOf(id) !== n),
      live: document.querySelector("#count").getAttribute("aria-live")})""")
    assert told["landmarks"][0] == told["landmarks"][2] == told["landmarks"][4] == 1 and told["landmarks"][3] == 2
    assert told["tables"] == told["captions"] >= 9
    assert (told["scopeless"], told["nameless"], told["unlabelled"], told["twice"], told["live"]) == (
        0,
        0,
        0,
        [],
        "polite",
    )
    levels = told["levels"]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), "no level is skipped"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_contrast_in_light_and_dark(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = contrasts(page, "script, option, :disabled")
    assert len(found) > 500
    assert min(found)[0] >= 4.5, min(found)
    shade = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert shade == {"light": "rgb(252, 251, 248)", "dark": "rgb(18, 23, 28)"}[scheme]


def test_a_phone_scrolls_only_down(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_motion_is_only_for_those_who_want_it(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_paper_holds_the_report_without_the_controls(page: Page, tmp_path: Path) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator("#filters").is_visible() and not page.locator(".talk").first.is_visible()
    assert page.locator(".example").first.is_visible() and page.locator(".paper").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    sheet = page.pdf(format="A4")
    assert sheet.startswith(b"%PDF") and 4 <= len(re.findall(rb"/Type\s*/Page\b", sheet)) <= 20
