"""What a user does on the chat page, and what they see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bedside.llm.pieces import GenerationRequest
from tests.serve.speaking import Running

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PLAIN = "Take ibuprofen 400 mg twice a day with food.\n\n- Rest the knee.\n- Use a **cold** pack."
WARM = f"It sounds frightening, and it makes sense that you worry. You did well to ask.\n\n{PLAIN}"


def by_level(request: GenerationRequest) -> str:
    """A reply that comforts as far as the dial is turned."""
    return WARM if request.level else PLAIN


class Chat:
    """The page of one server."""

    def __init__(self, page: Page, server: Running) -> None:
        self.page, self.server = page, server

    def at(self, selector: str) -> Locator:
        """Elements that a selector names."""
        return self.page.locator(selector)

    def write(self, message: str) -> None:
        """Send a message, and do not wait for the reply."""
        self.page.fill("#message", message)
        self.page.click("#send")

    def wait(self) -> None:
        """Wait until nothing is being written any more, and the last words are drawn."""
        self.page.wait_for_selector("#send:not([hidden])")
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def say(self, message: str) -> None:
        """Send a message and wait for the reply."""
        self.write(message)
        self.wait()

    @property
    def reply(self) -> str:
        """The words of the newest reply, as they are shown."""
        return self.at(".turn:last-child .reply:last-child > .words").last.inner_text()

    def turn_dial(self, value: float) -> None:
        """Set the slider as a hand would."""
        self.at("#comfort").fill(f"{value:g}")

    def run(self, script: str) -> Any:
        """What a script finds in the page."""
        return self.page.evaluate(script)
