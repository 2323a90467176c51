"""The chat page keeps a patient safe: the guard's words stand apart, text stays text, nothing is kept."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from bedside.core.records import ChatMessage
from bedside.serve.app import STATIC
from bedside.serve.guard import Guard
from bedside.serve.keys import new_key
from bedside.serve.options import Keep, Options
from bedside.serve.replies import load_region
from tests.serve.chatting import by_level
from tests.serve.speaking import Speaking, serving
from tests.serve.test_chat_page import shown, squeezed

if TYPE_CHECKING:
    from tests.serve.conftest import OpenChat

SUICIDE = {"en": "I want to kill myself", "zh": "我想自杀"}
HEADING = {"en": "This comes before everything else", "zh": "这件事比什么都要紧"}
CHEST = "I have crushing chest pain spreading to my left arm and I'm sweating"
CALL = "Call 0800 123 456, day and night."
LINES = {"emergency_number": "000", "crisis_line": CALL, "poison_line": "-", "abuse_line": "-"}
EVIL = (
    """<script>document.title='hacked'</script><img src=x onerror="document.title='hacked'"> [x](javascript:alert(1))"""
)
UNSAFE = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|localStorage|indexedDB|cookie|https?:"


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard whose region has numbers."""
    file = tmp_path / "region.yaml"
    file.write_text(yaml.safe_dump({"region": "nowhere", "checked": date(2026, 1, 1), "en": LINES}), encoding="utf-8")
    return Guard(load_region(file))


@pytest.mark.parametrize("comparing", [False, True])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_crisis_shows_the_fixed_reply_and_no_word_of_a_model(
    open_chat: OpenChat, language: str, comparing: bool
) -> None:
    model = Speaking("MODEL WORDS")
    with serving(model) as server, open_chat(server, locale=f"{language}-XX") as chat:
        chat.page.wait_for_selector("#dial:not([hidden])")
        if comparing:
            chat.page.check("#compare")
        chat.say(SUICIDE[language])
        fixed = Guard().before([ChatMessage("user", SUICIDE[language])]).fixed
        assert chat.at(".card.crisis").count() == 1
        assert chat.at(".card.crisis h3").inner_text() == HEADING[language]
        assert squeezed(chat.at(".card.crisis .words").inner_text()) == squeezed(shown(fixed))
        assert model.asked == []
        assert "MODEL" not in chat.at("body").inner_text()
        assert chat.at("#dial").is_hidden()
        assert chat.at("details").count() == 0, "feelings are not labelled in a crisis"
        assert fixed.splitlines()[0] in chat.at("#alarm").inner_text()


@pytest.mark.parametrize("comparing", [False, True])
def test_emergency_advice_comes_first_and_once(open_chat: OpenChat, guard: Guard, comparing: bool) -> None:
    model = Speaking("Sit down and stay still.")
    with serving(model, guard=guard) as server, open_chat(server) as chat:
        if comparing:
            chat.page.wait_for_selector("#dial:not([hidden])")
            chat.page.check("#compare")
        chat.say(CHEST)
        assert chat.at(".card").count() == 1
        assert chat.at(".card.emergency h3").inner_text() == "Get help first"
        assert "Please get medical help now: call 000" in chat.at(".card.emergency").inner_text()
        assert chat.at(".reply .words").all_inner_texts() == ["Sit down and stay still."] * (1 + comparing)
        card, reply = chat.at(".card").bounding_box(), chat.at(".reply").first.bounding_box()
        assert card
        assert reply
        assert card["y"] + card["height"] <= reply["y"]
        assert "Please get medical help now" in chat.at("#alarm").inner_text()
        chat.page.click(".turn > .read summary")
        told = chat.at("dl").inner_text()
        assert "may need emergency help" in told
        assert "coronary" not in chat.at("body").inner_text(), "the page makes no diagnosis"
        assert "Feeling" not in told


def test_numbers_to_call_can_be_tapped_in_the_guards_words_alone(open_chat: OpenChat, guard: Guard) -> None:
    with serving(Speaking("Call 555 1234."), guard=guard) as server, open_chat(server) as chat:
        chat.page.wait_for_selector("#caution a")
        assert chat.at("#caution").inner_text() == "Not medical advice. In an emergency, call 000."
        chat.say("My knee hurts.")
        assert chat.at(".turn a").count() == 0
        chat.say(SUICIDE["en"])
        links = {link.get_attribute("href") for link in chat.at(".card a").all()}
        assert links == {"tel:000", "tel:0800123456"}


def test_what_the_guard_took_out_is_told(open_chat: OpenChat) -> None:
    with serving(Speaking("Take paracetamol 5 g four times a day. Rest.")) as server, open_chat(server) as chat:
        chat.say("My knee hurts.")
        assert "a dose that does not look right" in chat.at(".note").inner_text()
        assert "5 g" not in chat.reply


def test_markup_in_messages_and_replies_stays_text(open_chat: OpenChat) -> None:
    with serving(Speaking(f"{EVIL}\n\n- **{EVIL}**")) as server, open_chat(server) as chat:
        title = chat.page.title()
        chat.page.check("#compare")
        chat.say(f"My knee hurts. {EVIL}")
        chat.page.wait_for_selector(".reply .read")
        for summary in chat.at("summary").all():
            summary.click()
        assert chat.at(".message").inner_text() == f"My knee hurts. {EVIL}"
        assert EVIL in chat.reply
        assert chat.at("#turns").locator("script, img, a, style").count() == 0
        assert chat.at("#turns strong").count() == 2
        assert chat.page.title() == title


def test_the_policy_is_strict_and_the_page_has_nothing_inline() -> None:
    with serving(Speaking("")) as server:
        policy = server.ask("GET", "/").headers["content-security-policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)|https?:", html) == []
    scripts = sorted(STATIC.glob("*.js"))
    assert len(scripts) >= 12
    for path in scripts:
        wrong = re.findall(UNSAFE, path.read_text(encoding="utf-8"))
        assert wrong == [], path.name


def test_nothing_is_kept_in_the_browser_and_a_reload_forgets(open_chat: OpenChat) -> None:
    with serving(Speaking(by_level)) as server, open_chat(server) as chat:
        assert "This page and its server keep nothing" in chat.at("#kept").inner_text()
        chat.say("My knee hurts.")
        chat.page.fill("#message", "half a sentence")
        kept = chat.run("""async () => [localStorage.length, sessionStorage.length, document.cookie,
            (await indexedDB.databases()).length, (await caches.keys()).length, navigator.serviceWorker.controller]""")
        assert kept == [0, 0, "", 0, 0, None]
        assert chat.page.context.cookies() == []
        chat.page.reload()
        chat.page.wait_for_selector("#language:not(:empty)")
        assert chat.at(".turn").count() == 0
        assert chat.at("#message").input_value() == ""


def test_the_page_tells_that_the_server_keeps_conversations_and_how_long(open_chat: OpenChat, tmp_path: Path) -> None:
    options = Options(keep=Keep(tmp_path, 7, lambda texts, _: [text for _, text in texts]))
    with serving(Speaking(""), options=options) as server, open_chat(server) as chat:
        chat.page.wait_for_selector("#kept:has-text('for 7 days')")


def test_clearing_takes_the_conversation_away_after_asking(open_chat: OpenChat) -> None:
    model = Speaking(by_level)
    with serving(model) as server, open_chat(server) as chat:
        chat.say("My knee hurts.")
        chat.page.click("#clear")
        assert chat.run("document.activeElement.id") == "clear_leave"
        chat.page.keyboard.press("Enter")
        assert chat.at(".turn").count() == 1
        chat.page.click("#clear")
        chat.page.click("#clear_do")
        assert chat.at(".turn").count() == 0
        assert "knee" not in chat.at("body").text_content().lower()  # type: ignore[union-attr]
        assert chat.at("#welcome").is_visible()
        chat.say("And now?")
        assert [message.content for message in model.asked[-1].messages] == ["And now?"]


def test_a_reply_is_copied_and_a_conversation_saved_by_the_users_own_click(open_chat: OpenChat, tmp_path: Path) -> None:
    with serving(Speaking(by_level)) as server:
        allowed = {"permissions": ["clipboard-read", "clipboard-write"]}
        with open_chat(server, **allowed) as chat:
            chat.say("My <b>knee</b> hurts.")
            chat.page.get_by_role("button", name="Copy").click()
            chat.page.wait_for_selector("button:has-text('Copied')")
            assert chat.run("navigator.clipboard.readText()").startswith("It sounds frightening")
            with chat.page.expect_download() as waited:
                chat.page.click("#save")
            waited.value.save_as(tmp_path / "saved.txt")
            assert waited.value.suggested_filename == f"conversation-{date.today()}.txt"
    saved = (tmp_path / "saved.txt").read_text(encoding="utf-8")
    assert "Not medical advice." in saved
    assert "You:\nMy <b>knee</b> hurts.\n\nTuned, comfort 1:\nIt sounds frightening" in saved


def test_a_key_is_asked_for_kept_in_the_tab_and_forgotten(open_chat: OpenChat, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    key = new_key(keys, "ward")
    with serving(Speaking("Rest."), options=Options(keys=keys)) as server, open_chat(server, troubled=True) as chat:
        chat.page.wait_for_selector("#key_box[open]")
        assert chat.at("#key_wrong").is_hidden()
        chat.page.fill("#key", "wrong")
        chat.page.keyboard.press("Enter")
        chat.page.wait_for_selector("#key_wrong:not([hidden])")
        chat.page.fill("#key", key)
        chat.page.click("#key_take")
        chat.page.wait_for_selector("#dial:not([hidden])")
        chat.say("My knee hurts.")
        assert chat.reply == "Rest."
        assert chat.run("[Object.values(sessionStorage), localStorage.length]") == [[key], 0]
        assert key not in chat.page.content()
        chat.page.click("#forget")
        assert chat.run("sessionStorage.length") == 0
        chat.say("And now?")
        assert "The server needs a key." in chat.at(".trouble").inner_text()
        chat.page.get_by_role("button", name="Try again").click()
        chat.page.fill("#key", key)
        chat.page.keyboard.press("Enter")
        chat.page.wait_for_selector(".turn:last-child .words:has-text('Rest.')")
