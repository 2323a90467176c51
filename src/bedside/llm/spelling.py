"""Between words and tokens: a conversation as a prompt's ids, and a reply's ids as text, piece by piece."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bedside.core.records import ChatMessage
from bedside.llm.protocol import Failure
from bedside.llm.template import answering

__all__ = ["Prompter", "Speller"]

# Half a character of several bytes; it is held back until the rest comes, for so many tokens at most.
UNFINISHED, MOST_UNFINISHED = "\ufffd", 8


class Prompter:
    """Renders conversations by the model's template; what looks like the template's own marks is taken out first."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        added = {str(token) for token in tokenizer.added_tokens_decoder.values()}
        marks = set(tokenizer.all_special_tokens) | {t for t in added if re.fullmatch(r"[<\[【].+[>\]】]", t)}
        self._marks = re.compile("|".join(map(re.escape, sorted(marks, key=len, reverse=True))) or r"(?!)")

    def ids(self, messages: Sequence[ChatMessage]) -> list[int]:
        """The prompt for a reply.

        Raises:
            Failure: the template refuses this conversation (some take no system message).
        """
        from jinja2 import TemplateError

        said = [{"role": m.role, "content": self.bare(m.content)} for m in messages]
        try:
            text = self._tokenizer.apply_chat_template(
                said, tokenize=False, add_generation_prompt=True, **answering(self._tokenizer)
            )
        except TemplateError as error:
            raise Failure(f"the model's chat template refuses this conversation: {error}", "refused") from None
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def bare(self, text: str) -> str:
        """A message without marks, also such as come about by taking some out."""
        while (cut := self._marks.sub("", text)) != text:
            text = cut
        return text


class Speller:
    """Ids to text, each character once it is whole; what may begin a stop string waits until it is clear."""

    def __init__(self, tokenizer: Any, stop: Sequence[str] = ()) -> None:
        self._tokenizer, self._stop = tokenizer, tuple(s for s in stop if s)
        self._ids: list[int] = []
        # Decoded text is told apart from what stands before it, because spaces depend on that.
        self._from = self._read = 0
        self._held = ""
        self._began = False
        self.count = 0

    def add(self, token: int) -> tuple[str, bool]:
        """The text that a token lets go, and whether a stop string ends the reply."""
        self.count += 1
        self._ids.append(token)
        return self._let_go(self._new(), last=False)

    def rest(self) -> str:
        """What was held back, at the end of a reply."""
        return self._let_go(self._new(final=True), last=True)[0]

    def _new(self, final: bool = False) -> str:
        before = self._decoded(self._ids[self._from : self._read])
        whole = self._decoded(self._ids[self._from :])
        unfinished = whole.endswith(UNFINISHED) and len(self._ids) - self._read < MOST_UNFINISHED
        if len(whole) <= len(before) or (unfinished and not final):
            return ""
        self._from, self._read = self._read, len(self._ids)
        return whole[len(before) :]

    def _decoded(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(ids, skip_special_tokens=True) if ids else ""
        return text

    def _let_go(self, new: str, last: bool) -> tuple[str, bool]:
        if not self._began:
            new = new.lstrip()
            self._began = bool(new)
        text = self._held + new
        ends = [at for at in (text.find(stop) for stop in self._stop) if at >= 0]
        if ends:
            self._held = ""
            return text[: min(ends)], True
        keep = 0 if last else max((_overlap(text, stop) for stop in self._stop), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep], False


def _overlap(text: str, stop: str) -> int:
    """How much of the text's end may begin the stop string."""
    return next((n for n in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:n])), 0)
