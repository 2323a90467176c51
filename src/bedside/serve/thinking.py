"""A reasoning model's thoughts are not for the patient: a `<think>` block that opens a reply is left out."""

from __future__ import annotations

from typing import Literal

__all__ = ["Thoughtless"]

MARKS = (("<think>", "</think>"), ("<thinking>", "</thinking>"))


class Thoughtless:
    """Feed it a reply piece by piece; it gives back what is said aloud."""

    def __init__(self) -> None:
        self._state: Literal["opening", "thinking", "ending", "aloud"] = "opening"
        self._held = ""
        self._close = ""

    def feed(self, text: str) -> str:
        """What of it is said aloud."""
        self._held += text
        if self._state == "opening":
            self._open()
        if self._state == "thinking" and self._close in self._held:
            self._held, self._state = self._held.partition(self._close)[2], "ending"
        if self._state == "ending" and self._held.strip():
            self._held, self._state = self._held.lstrip(), "aloud"
        return self._taken() if self._state == "aloud" else ""

    def end(self) -> str:
        """What was held back and is no thought."""
        return self._taken() if self._state in ("opening", "aloud") else ""

    def _open(self) -> None:
        start = self._held.lstrip()
        self._close = next((close for mark, close in MARKS if start.startswith(mark)), "")
        if self._close:
            self._state = "thinking"
        elif not any(mark.startswith(start) for mark, _ in MARKS):
            self._state = "aloud"

    def _taken(self) -> str:
        text, self._held = self._held, ""
        return text
