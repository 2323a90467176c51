"""Reading a reply as it comes: a sentence is held back until it is whole and has been read, so that none is shown
before.

False reassurance and broken doses are taken out, or marked, by policy. Text is let go in whole sentences and lines;
what has no end for long, part by part, when everything that a part may be the beginning of was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from bedside.core.records import Language
from bedside.core.text import is_chinese
from bedside.serve.decisions import Decision, Policy
from bedside.serve.disguise import readings
from bedside.serve.doses import Dose, broken_doses
from bedside.serve.replies import Replies, Said
from bedside.serve.stretches import is_long, units, windows
from bedside.signals.reassurance import false_reassurance

__all__ = ["ReplyGuard"]


class Found(NamedTuple):
    """What is wrong with a sentence, and what the policy does about it."""

    reason: Literal["false reassurance", "broken dose"]
    detail: str
    way: Literal["replace", "annotate"]


class ReplyGuard:
    """The guard of one reply. `feed` it what the model says, `end` it once, and send on what they give back."""

    def __init__(
        self, replies: Mapping[Language, Replies], policy: Policy, language: Language, told: Iterable[Dose] = ()
    ) -> None:
        self._replies, self._policy, self._language, self._told = replies, policy, language, told
        self._held = ""
        self._last = ""
        self._endless = False
        self._noted: set[str] = set()
        self._decisions: list[Decision] = []

    def feed(self, text: str) -> str:
        """What may be sent on now."""
        self._held += text
        *whole, self._held = units(self._held) or [""]
        said = "".join(map(self._checked, whole))
        return said + self._without_end() if is_long(self._held) else said

    def end(self) -> str:
        """What was held back, at the end of the reply."""
        held, self._held = self._held, ""
        return "".join(map(self._checked, units(held)))

    def taken(self) -> list[Decision]:
        """What was decided since this was last asked."""
        decisions, self._decisions = self._decisions, []
        return decisions

    def _checked(self, sentence: str) -> str:
        """A sentence as it may be shown."""
        if not sentence.strip():
            return sentence
        found = self._found(sentence)
        said = self._stopped(sentence, found) if found else self._in_windows(sentence, ended=True)[0]
        self._last, self._endless = sentence, False
        return said

    def _without_end(self) -> str:
        """What may be shown of text that has no end yet; the rest is held."""
        self._endless = True  # what comes of it later is part of a long text too
        said, self._held = self._in_windows(self._held, ended=False)
        return said

    def _in_windows(self, text: str, ended: bool) -> tuple[str, str]:
        """A long text as it may be shown, and what of it is held: a part is let go when all that it begins was read."""
        if not (self._endless or is_long(text)):
            return text, ""
        said, done = "", 0
        for start, ends in windows(text, ended):
            if start < done:
                continue
            said += text[done:start]
            done = start
            for end in ends:
                found = self._found(text[start:end])
                if found:
                    said += self._stopped(text[start:end], found)
                    done = end
                    break
        return (said + text[done:], "") if ended else (said, text[done:])

    def _found(self, text: str) -> Found | None:
        """What is wrong with a text, in any of its readings."""
        language: Language = "zh" if is_chinese(text) else "en"
        for reading in readings(text):
            if false_reassurance(reading, language):
                return Found("false reassurance", "promise", self._policy.false_reassurance)
            why = _broken(reading, self._last, language, self._told)
            if why:
                return Found("broken dose", why, self._policy.broken_dose)
        return None

    def _stopped(self, sentence: str, found: Found) -> str:
        """The sentence's stand-in, told once, or the sentence with its note."""
        own, reason = self._replies[self._language], found.reason
        done: Literal["replaced", "annotated"] = "replaced" if found.way == "replace" else "annotated"
        self._decisions.append(Decision(reason, done, found.detail, own.version))
        body = sentence.rstrip()
        space = sentence[len(body) :] or (" " if self._language == "en" else "")
        if found.way == "annotate":
            note: Said = "false reassurance_note" if reason == "false reassurance" else "broken dose_note"
            return f"{body} {own.text(note)}{space}"
        if reason in self._noted:
            return space if "\n" in space else ""
        self._noted.add(reason)
        return f"{own.text(reason)}{space}"


def _broken(sentence: str, before: str, language: Language, told: Iterable[Dose]) -> str:
    """What is wrong with a dose of this sentence; its drug may be named in the sentence before."""
    if not any(c.isdigit() for c in sentence) and language == "en":
        return ""
    own = next((found.why for found in broken_doses(sentence, language, told)), "")
    if own or not before:
        return own
    joined = before.rstrip() + (" " if language == "en" else "") + sentence
    place = len(joined) - len(sentence)
    return next((f.why for f in broken_doses(joined, language, told) if f.dose.end > place), "")
