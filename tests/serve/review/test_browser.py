"""The page in a real browser: two reviewers rate, reload, undo; by keyboard alone; what is in data stays text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bedside.serve.review.export import export
from bedside.serve.review.records import PairRating, RewriteRating
from tests.contrast import contrasts
from tests.serve.review.studies import ARMS, SCRIPT, Study, evaluate, rewrites, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Open = Callable[..., "Page"]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens a link as a reviewer would; when the test ends, nothing may have gone wrong or gone out."""
    contexts, wrong = [], []

    def visit(link: str, forgiven: str = "no message", **settings: object) -> Page:
        context = browser.new_context(**({"locale": "en-GB"} | settings))  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console",
            lambda m: wrong.append(m.text) if m.type in ("error", "warning") and forgiven not in m.text else None,
        )
        page.on("request", lambda r: None if "127.0.0.1" in r.url or r.url.startswith("data:") else wrong.append(r.url))
        page.goto(link)
        page.wait_for_selector("h1")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert wrong == []


def settled(page: Page, rated: int, total: int = 4) -> None:
    """Wait until so many are rated."""
    page.get_by_text(f"{rated} of {total} rated", exact=True).wait_for()


def rate(page: Page, keys: str, rated: int) -> None:
    """Answer the case that is shown and confirm it."""
    for key in keys:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    settled(page, rated)


def of(study: Study, name: str) -> dict[int, PairRating | RewriteRating]:
    return {given.place: given.rating for given in study.store.ratings() if given.reviewer == name}


def test_two_reviewers_rate_by_keyboard_reload_undo_and_are_exported(tmp_path: Path, opened: Open) -> None:
    with served(evaluate(tmp_path)) as study:
        anna, ben = opened(study.url("anna")), opened(study.url("ben"))
        rate(anna, "aeb", 1)
        rate(ben, "bbb", 1)
        for key in "ben18":
            anna.keyboard.press(key)
        anna.keyboard.press("c")
        anna.keyboard.type("both wrong, say 1 or b")
        anna.keyboard.press("Escape")
        anna.reload()
        anna.get_by_text("Pair 2 of 4").first.wait_for()
        assert anna.locator("#note").input_value() == "both wrong, say 1 or b"
        assert anna.locator("input:checked").count() == 5, "three answers, two flags"
        rate(anna, "", 2)
        rate(anna, "aaa", 3)
        anna.keyboard.press("z")
        settled(anna, 2)
        anna.get_by_text("Pair 3 of 4").first.wait_for()
        assert anna.locator("input:checked").count() == 3, "what was taken back can be mended"
        for key in "sn":
            anna.keyboard.press(key)
        rate(anna, "", 3)
        rate(anna, "eee", 4)
        assert anna.locator("h1").inner_text() == "All rated. Thank you."
        anna.reload()
        anna.get_by_text("All rated. Thank you.").wait_for()
        settled(ben, 1)
        said = {
            place: (r.feeling, r.medicine, r.send)
            for place, r in of(study, "anna").items()
            if isinstance(r, PairRating)
        }
        assert said == {0: ("A", "equal", "B"), 1: ("B", "equal", "neither"), 2: ("A", "A", "neither"),
                        3: ("equal", "equal", "either")}  # fmt: skip
        second = of(study, "anna")[1]
        assert isinstance(second, PairRating)
        assert (second.flags_a, second.flags_b, second.note) == (
            ("unsafe",),
            ("false_reassurance",),
            "both wrong, say 1 or b",
        )
        assert second.seconds > 0
        assert export(study.store, tmp_path / "r.jsonl") == 5
        rows = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text(encoding="utf-8").splitlines()]
        flipped = {given.place: given.task.flipped for given in study.store.ratings() if given.reviewer == "anna"}
        assert [row["feeling"] for row in rows[:4]] == [
            "arm" if flipped[0] else "base", "base" if flipped[1] else "arm", "arm" if flipped[2] else "base", "tie"
        ]  # fmt: skip


def test_what_patients_and_models_write_stays_text(tmp_path: Path, opened: Open) -> None:
    with served(evaluate(tmp_path)) as study, served(rewrites(tmp_path), "rewrites") as audit:
        page, other = opened(study.url("anna")), opened(audit.url("anna"))
        assert page.locator(".patient").inner_text().endswith(SCRIPT)
        shown = page.locator(".reply .said").all_inner_texts()
        assert len(shown) == 2
        assert all(text.endswith(SCRIPT) for text in shown)
        assert {text.split(" (")[0] for text in shown} == {ARMS["base"], ARMS["warmarm"]}
        assert SCRIPT in other.locator(".versions").inner_text()
        for one in (page, other):
            assert one.locator("main script, main img").count() == 0
            assert "hacked" not in one.title()


def test_nothing_is_confirmed_before_all_is_answered(tmp_path: Path, opened: Open) -> None:
    with served(evaluate(tmp_path)) as study:
        page = opened(study.url("anna"))
        for key in ("a", "a", "Enter"):
            page.keyboard.press(key)
        page.locator("#live", has_text="Which would you send?").wait_for(state="attached")
        assert page.locator(".active").get_attribute("data-question") == "send"
        assert of(study, "anna") == {}
        rate(page, "a", 1)


def test_pairs_can_be_skipped_and_come_again(tmp_path: Path, opened: Open) -> None:
    with served(evaluate(tmp_path)) as study:
        page = opened(study.url("anna"))
        page.keyboard.press("a")
        page.keyboard.press(".")
        page.get_by_text("Pair 2 of 4").first.wait_for()
        for rated in (1, 2, 3):
            rate(page, "bbb", rated)
        page.get_by_text("Pair 1 of 4").first.wait_for()
        assert page.locator("input:checked").count() == 1, "what was said before skipping is still there"
        rate(page, "bb", 4)
        assert of(study, "anna")[0] == PairRating("A", "B", "B", seconds=of(study, "anna")[0].seconds)


def test_mouse_and_tab_work_too_and_single_keys_can_be_turned_off(tmp_path: Path, opened: Open) -> None:
    with served(evaluate(tmp_path)) as study:
        page = opened(study.url("anna"))
        page.keyboard.press("?")
        page.get_by_label("Single keys are on").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("a")
        assert page.locator("input:checked").count() == 0
        group = page.get_by_role("group", name="Which comforts better?")
        group.get_by_role("radio", name="B").focus()
        page.keyboard.press("Space")
        page.get_by_role("group", name="medically sounder").get_by_role("radio", name="Equal").check()
        page.get_by_role("group", name="would you send").get_by_role("radio", name="Neither").check()
        page.get_by_role("group", name="Wrong with B").get_by_role("checkbox", name="Missed emergency").check()
        page.get_by_role("button", name="Confirm").click()
        settled(page, 1)
        assert of(study, "anna")[0] == PairRating(
            "B", "equal", "neither", (), ("missed_emergency",), seconds=of(study, "anna")[0].seconds
        )


def test_everything_is_said_in_chinese_too_and_the_choice_is_kept(tmp_path: Path, opened: Open) -> None:
    words = json.loads((Path(__file__).parents[3] / "src/bedside/serve/static/review/words.json").read_text("utf-8"))
    translated = {
        key
        for key in words["zh"]
        if key.split(" ")[0] not in ("emotion", "kind", "gate", "recipe", "status", "outcome")
    }
    assert translated == set(words["en"])
    with served(evaluate(tmp_path)) as study:
        page = opened(study.url("anna"))
        page.keyboard.press("a")
        page.get_by_role("button", name="中文").click()
        page.get_by_role("group", name="您会发送哪个？").wait_for()
        assert page.locator("input:checked").count() == 1
        page.reload()
        page.get_by_role("group", name="您会发送哪个？").wait_for()
        assert page.locator("html").get_attribute("lang") == "zh-CN"
        assert page.locator(".patient").get_attribute("lang") == "en", "the patient's words are not the interface's"
        opened(study.url("ben"), locale="zh-CN").get_by_text("第 1 对").first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_and_nothing_is_wider_than_a_phone(tmp_path: Path, opened: Open, scheme: str) -> None:
    phone = {"viewport": {"width": 360, "height": 780}, "color_scheme": scheme, "is_mobile": True, "has_touch": True}
    with served(evaluate(tmp_path)) as study, served(rewrites(tmp_path), "rewrites") as audit:
        for link in (study.url("anna"), audit.url("anna")):
            page = opened(link, **phone)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            found = contrasts(page, "[disabled], .sr, kbd")
            assert len(found) > 15
            assert min(found)[0] >= 4.5, min(found)


def test_a_rewrite_is_audited_with_its_ledger(tmp_path: Path, opened: Open) -> None:
    with served(rewrites(tmp_path), "rewrites") as study:
        page = opened(study.url("anna"))
        assert page.locator("del").all_inner_texts() == ["ibuprofen"]
        assert "aspirin" in page.locator("ins").all_inner_texts()
        ledger = page.locator(".ledger li").all_inner_texts()
        assert [entry.split(" ")[0] for entry in ledger] == ["lost", "added", "kept"]
        rate(page, "r1", 1)
        rate(page, "a", 2)
        found = of(study, "anna")
        assert found == {
            0: RewriteRating("reject", ("fact changed",), seconds=found[0].seconds),
            1: RewriteRating("accept", seconds=found[1].seconds),
        }
        page.keyboard.press("z")
        settled(page, 1)
        assert list(of(study, "anna")) == [0]


def test_a_closed_study_says_so_and_shows_no_pair(tmp_path: Path, opened: Open) -> None:
    with served(evaluate(tmp_path)) as study:
        study.store.end()
        page = opened(study.url("anna"))
        assert page.locator("h1").inner_text() == "This review is closed."
        assert page.locator(".reply").count() == 0


def test_a_server_that_does_not_answer_is_told_and_costs_nothing(tmp_path: Path, opened: Open) -> None:
    with served(evaluate(tmp_path)) as study:
        page = opened(study.url("anna"), forgiven="net::ERR_FAILED")
        with page.expect_response("**/task/0"):
            page.keyboard.press("b")
        page.route("**/task/*", lambda route: route.abort())
        page.keyboard.press("c")
        page.keyboard.type("not yet sent")
        page.get_by_role("alert").get_by_text("The server does not answer").wait_for()
        page.unroute("**/task/*")
        page.reload()
        page.get_by_text("Pair 1 of 4").first.wait_for()
        assert page.locator("#note").input_value() == "not yet sent"
        rate(page, "bb", 1)
        said = of(study, "anna")[0]
        assert said == PairRating("B", "B", "B", note="not yet sent", seconds=said.seconds)
        assert page.get_by_role("alert").inner_text() == ""
