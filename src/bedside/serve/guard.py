"""The guard: code, not prompt, before the model and after it. It does not know the dial; no message turns it off.

Before: a crisis gets a fixed reply and the model is not asked; a possible one is answered, after the lines that help,
and an emergency after its advice. After: every sentence of a reply is read before it is let go (`reply_guard`). A
reader that finds nothing does not mean that there is nothing: docs/serve.md tells how often the readers miss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from bedside.core.records import ChatMessage, Language
from bedside.core.text import is_chinese
from bedside.serve.danger import NONE, Danger, DangerReader
from bedside.serve.decisions import Decision, Policy
from bedside.serve.doses import Dose, doses
from bedside.serve.replies import Region, Replies, Said, default_region, replies
from bedside.serve.reply_guard import ReplyGuard

__all__ = ["Guard", "Ruling"]

LANGUAGES: tuple[Language, ...] = ("en", "zh")
FOUR_LETTERS = re.compile(r"(?:[^\W\d_][\W\d_]*){4}")
# What a dose is told with: a digit, or a Chinese numeral among Chinese characters.
NUMERAL = re.compile(r"[\d\u3400-\U0010ffff]")


class Ruling(NamedTuple):
    """What is decided before the model is asked: `fixed` is the whole reply, `first` comes before the model's."""

    language: Language
    fixed: str = ""
    first: str = ""
    decisions: tuple[Decision, ...] = ()


class Guard:
    """The guard of one server, with its region's lines and its policy."""

    def __init__(self, region: Region | None = None, policy: Policy | None = None) -> None:
        self.region, self.policy = region or default_region(), policy or Policy()
        self._replies = {language: replies(language, self.region) for language in LANGUAGES}
        self._reader = DangerReader()

    def warm(self) -> None:
        """Load every reader's data, so that the first patient does not wait for it."""
        for text in (
            "My chest hurts. Take 1 mg of ibuprofen; it is nothing.",
            "我胸口疼。每次服用布洛芬1毫克，没事的。",
        ):
            said = [ChatMessage("user", text)]
            reader = self.after(said, self.before(said))
            reader.feed(text)
            reader.end()

    def before(self, messages: Sequence[ChatMessage]) -> Ruling:
        """Read a conversation that ends with the patient's message."""
        said = [message.content for message in messages if message.role == "user"]
        language = _language(said)
        earlier = self._reader.conversation(said[:-1]) if len(said) > 1 else NONE
        last = self._reader.message(said[-1]) if said else NONE
        now = self._reader.conversation(said) if len(said) > 1 else last
        own = self._replies[language]
        plainer = now.explicit and not earlier.explicit  # a hint that has become a sentence
        new = last.crisis or (now.crisis if earlier.crisis is None or plainer else None)
        if new is not None:
            return _fixed(own.crisis[new], new, own, language)
        if earlier.crisis is not None and earlier.explicit:
            return _fixed(own.text("crisis_again"), earlier.crisis, own, language)
        first, decisions = [], []
        if earlier.crisis is not None:
            first.append(own.text("crisis_reminder"))
            decisions.append(Decision("crisis", "advice first", earlier.crisis, own.version))
        if now.flag is not None:
            first.append(own.text(_advice(now, earlier, last)))
            decisions.append(Decision(now.flag, "advice first", now.condition, own.version))
        if last.possible is not None and earlier.crisis is None:
            first.append(own.text("crisis_possible"))
            decisions.append(Decision("crisis", "advice first", f"possible {last.possible}", own.version))
        return Ruling(language, first="".join(f"{text}\n\n" for text in first), decisions=tuple(decisions))

    def after(self, messages: Sequence[ChatMessage], ruling: Ruling) -> ReplyGuard:
        """The reader of one reply to this conversation."""
        return ReplyGuard(self._replies, self.policy, ruling.language, _Told(messages))


def _fixed(text: str, kind: str, own: Replies, language: Language) -> Ruling:
    return Ruling(language, fixed=text, decisions=(Decision("crisis", "fixed reply", kind, own.version),))


def _advice(now: Danger, earlier: Danger, last: Danger) -> Said:
    """The advice for a red flag: in full when it is new, short when an earlier message had it already."""
    again = earlier.flag is not None and (last.flag is None or (last.flag, earlier.flag) == ("same day", "emergency"))
    if now.flag == "emergency":
        return "emergency_again" if again else "emergency"
    return "same day_again" if again else "same day"


def _language(said: Sequence[str]) -> Language:
    """The language of the last message that has words, passing over an "ok" after Chinese."""
    spoken = next((text for text in reversed(said) if FOUR_LETTERS.search(text) or is_chinese(text)), "")
    return "zh" if is_chinese(spoken) else "en"


class _Told:
    """The doses that the patient told, read when a reply names one."""

    def __init__(self, messages: Sequence[ChatMessage]) -> None:
        self._said = [m.content for m in messages if m.role == "user" and NUMERAL.search(m.content)]

    def __iter__(self) -> Iterator[Dose]:
        return iter(self._doses)

    @cached_property
    def _doses(self) -> list[Dose]:
        return [dose for text in self._said for dose in doses(text, "zh" if is_chinese(text) else "en")]
