"""The chat page in a real browser: streams, the dial, two replies, readings, stopping, trouble told kindly."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import pytest

from bedside.llm.protocol import Failure
from bedside.serve.levels import Levels
from tests.serve.chatting import PLAIN, WARM, by_level
from tests.serve.speaking import Speaking, serving

if TYPE_CHECKING:
    from tests.serve.conftest import OpenChat

WATCH = """() => {
  window.lengths = [];
  const look = () => window.lengths.push(document.querySelector('.turn .words')?.textContent.length ?? 0);
  new MutationObserver(look).observe(document.getElementById('turns'), {childList: true, subtree: true});
}"""


def shown(text: str) -> str:
    """A text without the marks that the page draws."""
    return re.sub(r"\*\*|^- ", "", text, flags=re.MULTILINE)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def test_the_reply_grows_while_it_is_written_and_is_whole_at_the_end(open_chat: OpenChat) -> None:
    said = " ".join(f"Sentence {number} says to rest." for number in range(12))
    with serving(Speaking(said, size=9, pause_s=0.03)) as server, open_chat(server) as chat:
        chat.run(WATCH)
        chat.write("My knee hurts.")
        chat.page.wait_for_selector("#stop:not([hidden])")
        assert chat.at(".writing").count() == 1
        chat.wait()
        lengths = [length for length in chat.run("window.lengths") if length]
        assert len(set(lengths)) >= 3
        assert lengths == sorted(lengths)
        assert chat.reply == said
        assert chat.at(".writing").count() == 0


def test_the_dial_sets_how_much_comfort_is_asked_for(open_chat: OpenChat) -> None:
    model = Speaking(by_level)
    with serving(model) as server, open_chat(server) as chat:
        chat.page.wait_for_selector("#dial:not([hidden])")
        assert chat.at("#level").inner_text() == "1 · as tuned"
        chat.say("My knee hurts.")
        assert squeezed(chat.reply) == squeezed(shown(WARM))
        chat.page.focus("#comfort")
        chat.page.keyboard.press("Home")
        assert chat.at("#level").inner_text() == "0 · none (base model)"
        assert chat.at("#comfort").get_attribute("aria-valuetext") == "0 · none (base model)"
        chat.say("And now?")
        assert squeezed(chat.reply) == squeezed(shown(PLAIN))
        for level in (0.35, 1.5):
            chat.turn_dial(level)
            chat.page.get_by_role("button", name="Ask again").click()
            chat.wait()
        assert [request.level for request in model.asked] == [1, 0, 0.35, 1.5]
        assert chat.at(".turn").count() == 2
        assert chat.at(".actions .soft").last.inner_text() == "comfort 1.5"


@pytest.mark.parametrize(
    ("levels", "dial", "compare"),
    [(Levels("tuned"), False, False), (Levels("tuned", "listed", (0.0, 0.5, 1.0)), True, True),
     (Levels("tuned", "listed", (0.5, 1.0)), True, False)],
)  # fmt: skip
def test_the_page_offers_the_levels_that_the_server_has(
    open_chat: OpenChat, levels: Levels, dial: bool, compare: bool
) -> None:
    model = Speaking(by_level)
    with serving(model, levels) as server, open_chat(server) as chat:
        chat.say("My knee hurts.")
        assert chat.at("#dial").is_visible() == dial
        assert chat.at("#comparing").is_visible() == compare
        if dial:
            chat.page.focus("#comfort")
            chat.page.keyboard.press("ArrowLeft")
            assert chat.at("#level").inner_text() == "0.5 · less than tuned"
            chat.say("And now?")
        assert [request.level for request in model.asked] == ([1, 0.5] if dial else [1])


def test_base_and_tuned_stand_side_by_side_and_each_goes_on_with_its_own_words(open_chat: OpenChat) -> None:
    model = Speaking(by_level)
    with serving(model) as server, open_chat(server, viewport={"width": 1100, "height": 800}) as chat:
        chat.page.check("#compare")
        chat.say("My knee hurts.")
        assert chat.at(".side").all_inner_texts() == ["Base model, no comfort added", "Tuned, comfort 1"]
        base, tuned = (squeezed(text) for text in chat.at(".reply .words").all_inner_texts())
        assert (base, tuned) == (squeezed(shown(PLAIN)), squeezed(shown(WARM)))
        boxes = [chat.at(".reply").nth(n).bounding_box() for n in (0, 1)]
        assert boxes[0]
        assert boxes[1]
        assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]
        chat.say("And now?")
        later = {request.level: request.messages for request in model.asked[2:]}
        assert [[message.content for message in later[level]] for level in (0, 1)] == [
            ["My knee hurts.", PLAIN, "And now?"],
            ["My knee hurts.", WARM, "And now?"],
        ]


def test_what_was_read_is_shown_when_it_is_opened_and_marked_at_its_place(open_chat: OpenChat) -> None:
    said = "😟 It sounds frightening. Take ibuprofen 400 mg twice a day."
    with serving(Speaking(said)) as server, open_chat(server) as chat:
        chat.say("I'm terrified. May I take ibuprofen?")
        chat.page.wait_for_selector(".reply .read")
        assert chat.at("mark").count() == 0
        assert chat.at("dl").is_hidden()
        chat.page.click(".turn > .read summary")
        assert "fear, strong: “terrified”" in chat.at("dl").inner_text()
        chat.page.click(".reply .read summary")
        chat.page.wait_for_selector("mark.fact")
        assert "ibuprofen" in chat.at("mark.fact").all_inner_texts()
        assert "400 mg" in chat.at("mark.fact").all_inner_texts()
        assert any("frightening" in text for text in chat.at("mark.act").all_inner_texts())
        assert "“400 mg” dose" in chat.at(".reply .found").last.inner_text()
        assert chat.run("document.activeElement.tagName") == "SUMMARY"
        assert chat.reply == said


def test_a_reply_can_be_stopped_and_is_told_to_be_incomplete(open_chat: OpenChat) -> None:
    model = Speaking("Rest now. " * 500, size=10, pause_s=0.02)
    with serving(model) as server, open_chat(server) as chat:
        chat.write("My knee hurts.")
        chat.page.wait_for_selector(".words:has-text('Rest now.')")
        chat.page.keyboard.press("Escape")
        chat.wait()
        assert "You stopped the reply here." in chat.at(".note").inner_text()
        assert chat.run("document.activeElement.id") == "message"
        for _ in range(200):
            if model.left:
                break
            threading.Event().wait(0.05)
        assert model.left == 1, "the model goes on writing"


def test_a_server_in_trouble_is_told_kindly_and_tried_again(open_chat: OpenChat) -> None:
    model = Speaking("")
    model.failure = Failure("the model server is overloaded", "rate limit")
    with serving(model) as server, open_chat(server, troubled=True) as chat:
        chat.say("My knee hurts.")
        assert "Many people are asking at this moment." in chat.at(".trouble").inner_text()
        assert "do not wait for this page" in chat.at(".trouble").inner_text()
        assert chat.run("document.activeElement.id") == "message"
        assert chat.at(".message").inner_text() == "My knee hurts."
        model.failure, model.text = None, "Rest."
        chat.page.get_by_role("button", name="Try again").click()
        chat.page.wait_for_selector(".words:has-text('Rest.')")
        assert chat.at(".trouble").count() == 0


@pytest.mark.parametrize(
    ("cause", "told"),
    [("context length", "has become too long"), ("timeout", "took too long"), ("server", "Something went wrong")],
)
def test_each_trouble_has_its_words(open_chat: OpenChat, cause: str, told: str) -> None:
    model = Speaking("")
    model.failure = Failure("no", cause)  # type: ignore[arg-type]
    with serving(model) as server, open_chat(server, troubled=True) as chat:
        chat.say("My knee hurts.")
        assert told in chat.at(".trouble").inner_text()


def test_a_reply_that_breaks_off_is_kept_and_told_not_to_be_acted_on(open_chat: OpenChat) -> None:
    model = Speaking("Take one tablet. Then wait. And")
    model.failure = Failure("gone", "connection")
    with serving(model) as server, open_chat(server, troubled=True) as chat:
        chat.say("My knee hurts.")
        assert chat.reply.startswith("Take one tablet.")
        assert "please do not act on it" in chat.at(".note").inner_text()


def test_a_lost_connection_is_told_kindly_and_the_message_is_not_lost(open_chat: OpenChat) -> None:
    model = Speaking("Rest.")
    with serving(model) as server, open_chat(server, troubled=True) as chat:
        chat.page.wait_for_selector("#dial:not([hidden])")
        chat.page.route("**/v1/**", lambda route: route.abort())
        chat.say("My knee hurts.")
        assert "The connection was lost." in chat.at(".trouble").inner_text()
        chat.say("Are you there?")
        chat.page.unroute("**/v1/**")
        chat.page.get_by_role("button", name="Try again").click()
        chat.page.wait_for_selector(".words:has-text('Rest.')")
        assert [message.content for message in model.asked[0].messages] == ["My knee hurts.\n\nAre you there?"]


def test_what_is_opened_or_selected_stays_while_words_come(open_chat: OpenChat) -> None:
    said = " ".join(f"Sentence {number} says to rest." for number in range(40))
    with serving(Speaking(said, size=9, pause_s=0.03)) as server, open_chat(server) as chat:
        chat.write("I'm terrified.")
        chat.page.click(".turn > .read summary")
        chat.page.evaluate("document.querySelector('.turn > .read').dataset.mine = 'same'")
        assert chat.at(".writing").count() == 1
        before = len(chat.reply)
        chat.page.wait_for_selector(".words:has-text('Sentence 20')")
        assert len(chat.reply) > before
        assert chat.at(".turn > .read[data-mine=same][open]").count() == 1
        assert chat.run("document.activeElement.tagName") == "SUMMARY"
        chat.page.click("#stop")
        chat.wait()
