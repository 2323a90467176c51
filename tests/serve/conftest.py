"""A page of a real browser that knows a server and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.serve.chatting import Chat
from tests.serve.speaking import Running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

OpenChat = Callable[..., AbstractContextManager[Chat]]


@pytest.fixture
def open_chat(browser: Browser) -> OpenChat:
    """Open the chat page of a server; afterwards it must have asked no other host and told no trouble."""

    @contextmanager
    def opened(server: Running, path: str = "/", troubled: bool = False, **settings: Any) -> Iterator[Chat]:
        context = browser.new_context(**{"locale": "en-GB", "reduced_motion": "reduce", **settings})
        page = context.new_page()
        page.set_default_timeout(120_000)
        asked: list[str] = []
        told: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
        broken: list[str] = []
        page.on("pageerror", lambda error: broken.append(str(error)))
        root = f"http://127.0.0.1:{server.port}"
        page.goto(root + path)
        page.wait_for_selector("#language:not(:empty)")
        yield Chat(page, server)
        context.close()
        assert asked
        assert [url for url in asked if not url.startswith((f"{root}/", f"blob:{root}/"))] == []
        assert broken == []
        assert told == [] or troubled

    return opened
