"""The chat page for everyone: two languages, keyboard, screen reader, small and dark screens, less motion, paper."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, get_args

import pytest

from bedside.core.records import EMOTIONS
from bedside.serve.app import STATIC
from bedside.signals.comfort import ACTS, ANTI_ACTS
from bedside.signals.facts import FactKind
from tests.contrast import contrasts
from tests.serve.chatting import by_level
from tests.serve.speaking import Speaking, serving
from tests.serve.test_chat_safety import CHEST, SUICIDE

if TYPE_CHECKING:
    from tests.serve.conftest import OpenChat

WORDS = {one: json.loads((STATIC / "words" / f"{one}.json").read_text(encoding="utf-8")) for one in ("en", "zh")}
# What the browser prefers, the address that is opened, the language of the page.
LANGUAGES = [("zh-TW", "/", "zh-CN"), ("fr-FR", "/", "en"), ("en-US", "/?lang=zh", "zh-CN")]


def test_both_languages_have_the_same_words_with_the_same_slots() -> None:
    english, chinese = WORDS["en"], WORDS["zh"]
    assert english.keys() == chinese.keys()
    for name, text in english.items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", chinese[name])), name
        assert text.strip()
        assert name == "other_language" or not re.search(r"[\u3400-\u9fff]", text)


def test_every_word_that_the_page_asks_for_is_there() -> None:
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.js"))
    asked = set(re.findall(r'data-(?:word|label)="(\w+)"', html)) | set(re.findall(r'say\("(\w+)"', code))
    asked |= {f"emotion_{one}" for one in EMOTIONS} | {f"act_{one}" for one in (*ACTS, *ANTI_ACTS)}
    asked |= {f"fact_{one}" for one in get_args(FactKind)}
    asked |= {f"strength_{n}" for n in (1, 2, 3)}
    assert len(asked) >= 90
    assert asked - WORDS["en"].keys() == set()


@pytest.mark.parametrize(("locale", "path", "lang"), LANGUAGES)
def test_the_language_is_the_browsers_and_can_be_switched_at_any_time(
    open_chat: OpenChat, locale: str, path: str, lang: str
) -> None:
    words = [WORDS["zh"], WORDS["en"]] if lang == "zh-CN" else [WORDS["en"], WORDS["zh"]]
    with serving(Speaking(by_level)) as server, open_chat(server, path, locale=locale) as chat:
        assert chat.run("document.documentElement.lang") == lang
        assert chat.at("#welcome h2").inner_text() == words[0]["welcome"]
        chat.say(CHEST)
        assert chat.at(".card h3").inner_text() == words[0]["advice_emergency"]
        chat.page.click("#language")
        assert chat.at(".card h3").inner_text() == words[1]["advice_emergency"]
        assert chat.at("#send").inner_text() == words[1]["send"]
        assert chat.at("#message").get_attribute("placeholder") == words[1]["placeholder"]
        assert "{" not in chat.at("body").inner_text()


def test_the_keyboard_does_everything(open_chat: OpenChat) -> None:
    model = Speaking(by_level)
    with serving(model) as server, open_chat(server) as chat:
        chat.page.wait_for_selector("#dial:not([hidden])")
        keyboard = chat.page.keyboard
        keyboard.press("Tab")
        assert chat.run("document.activeElement.className") == "skip"
        keyboard.press("Enter")
        assert chat.run("document.activeElement.id") == "message"
        keyboard.type("My knee hurts.")
        keyboard.press("Shift+Enter")
        keyboard.type("And my back.")
        keyboard.press("Enter")
        chat.wait()
        assert [message.content for message in model.asked[0].messages] == ["My knee hurts.\nAnd my back."]
        chat.page.wait_for_selector(".reply .read")
        focused = "(e => e.id || (e.matches('button, summary') ? e.textContent : ''))(document.activeElement)"
        reached = set()
        chat.run("document.activeElement.blur()")
        for _ in range(14):
            keyboard.press("Tab")
            reached.add(chat.run(focused))
        assert {"save", "clear", "language", "comfort", "compare", "message", "send"} <= reached
        assert {"What was read in your message", "Copy", "Ask again"} <= reached
        assert sum("facts" in one for one in reached) == 1


def test_choosing_chinese_characters_with_enter_sends_nothing(open_chat: OpenChat) -> None:
    with serving(Speaking("")) as server, open_chat(server) as chat:
        chat.page.fill("#message", "ni")
        chat.run("""document.getElementById('message').dispatchEvent(
            new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))""")
        assert chat.at(".turn").count() == 0
        assert chat.at("#message").input_value() == "ni"


def test_a_screen_reader_is_told_whole_paragraphs_once(open_chat: OpenChat) -> None:
    said = "One two three. Four five six.\n\nSeven eight nine. Ten eleven.\n\nTwelve."
    with serving(Speaking(said, size=3, pause_s=0.01)) as server, open_chat(server) as chat:
        chat.say("My knee hurts.")
        assert chat.at("#spoken p").all_inner_texts() == [
            "The reply is being written …", *said.split("\n\n"), "The reply is complete.",
        ]  # fmt: skip
        assert chat.at("#spoken").get_attribute("aria-live") == "polite"
        assert chat.at("#turns [aria-live], #turns [role=log], #turns [role=status]").count() == 0
        assert chat.at("h2:visible, h2.unseen").all_inner_texts()[-2:] == ["You wrote", "Reply"]


def test_every_control_has_a_name(open_chat: OpenChat) -> None:
    with serving(Speaking(by_level)) as server, open_chat(server) as chat:
        chat.page.wait_for_selector("#dial:not([hidden])")
        chat.say("My knee hurts.")
        for role, names in {
            "slider": ["Comfort"], "checkbox": ["Compare with the base model"], "textbox": ["Your message"],
            "main": ["Conversation"],
        }.items():  # fmt: skip
            assert chat.page.get_by_role(role).count() == 1  # type: ignore[arg-type]
            assert chat.page.get_by_role(role, name=names[0], exact=True).count() == 1  # type: ignore[arg-type]
        assert all(text.strip() for text in chat.at("button:visible, summary:visible").all_inner_texts())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(open_chat: OpenChat, scheme: str) -> None:
    with serving(Speaking(by_level)) as server, open_chat(server, color_scheme=scheme) as chat:
        chat.say("I'm terrified. My knee hurts.")
        chat.page.wait_for_selector(".reply .read")
        for summary in chat.at("summary").all():
            summary.click()
        chat.page.wait_for_selector("mark.fact")
        chat.say(CHEST)
        chat.say(SUICIDE["en"])
        found = contrasts(chat.page, ".unseen, .skip")
        assert len(found) >= 50
        assert [text for text in found if text[0] < 4.5] == []
        body = [ratio for ratio, words in found if "emergency department" in words or "It sounds" in words]
        assert len(body) >= 2
        assert min(body) >= 7
        paper = chat.run("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", paper))) < 3 * 128) == (scheme == "dark")


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_it_all_without_scrolling_sideways(open_chat: OpenChat, width: int) -> None:
    phone = {"viewport": {"width": width, "height": 700}, "has_touch": True}
    with serving(Speaking("w" * 200 + " " + "https://" + "a" * 300)) as server, open_chat(server, **phone) as chat:
        chat.page.wait_for_selector("#dial:not([hidden])")
        chat.page.check("#compare")
        chat.say("m" * 300)
        assert chat.run("document.documentElement.scrollWidth") <= width
        send = chat.at("#send").bounding_box()
        assert send
        assert send["height"] >= 44
        assert send["x"] + send["width"] <= width
        chat.page.click("#language")
        assert chat.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("motion", "moves"), [("reduce", "none"), ("no-preference", "breathe")])
def test_nothing_moves_for_those_who_want_less_motion(open_chat: OpenChat, motion: str, moves: str) -> None:
    model = Speaking("Rest. " * 200, pause_s=0.05)
    with serving(model) as server, open_chat(server, reduced_motion=motion) as chat:
        chat.write("My knee hurts.")
        chat.page.wait_for_selector(".writing")
        assert chat.run("getComputedStyle(document.querySelector('.writing')).animationName") == moves
        chat.page.click("#stop")
        chat.wait()


def test_paper_holds_the_conversation_and_the_caution_alone(open_chat: OpenChat) -> None:
    with serving(Speaking(by_level)) as server, open_chat(server) as chat:
        chat.say("My knee hurts.")
        chat.page.emulate_media(media="print")
        for shown in (".message", ".words", "#caution"):
            assert chat.at(shown).is_visible()
        for hidden in ("#message", "#dial", "#clear", ".actions"):
            assert chat.at(hidden).is_hidden()
