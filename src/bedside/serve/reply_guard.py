"""Reading a reply as it comes: a sentence is held back until it is whole and has been read, so that none is shown
before.

False reassurance and broken doses are taken out, or marked, by policy. Text is let go in whole sentences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from bedside.core.records import Language
from bedside.core.text import is_chinese, sentences
from bedside.serve.decisions import Decision, Policy
from bedside.serve.disguise import readings
from bedside.serve.doses import Dose, broken_doses
from bedside.serve.replies import Replies, Said
from bedside.signals.reassurance import false_reassurance

__all__ = ["ReplyGuard"]

# A reply that has no end of a sentence for so long is read and let go in stretches.
MOST_HELD = 1200


class ReplyGuard:
    """The guard of one reply. `feed` it what the model says, `end` it once, and send on what they give back."""

    def __init__(
        self, replies: Mapping[Language, Replies], policy: Policy, language: Language, told: Sequence[Dose] = ()
    ) -> None:
        self._replies, self._policy, self._language, self._told = replies, policy, language, tuple(told)
        self._held = ""
        self._last = ""
        self._noted: set[str] = set()
        self._decisions: list[Decision] = []

    def feed(self, text: str) -> str:
        """What may be sent on now."""
        self._held += text
        parts = sentences(self._held)
        if len(parts) < 2 and len(self._held) < MOST_HELD:
            return ""
        self._held = "" if len(parts) < 2 else parts.pop()
        return "".join(map(self._checked, parts))

    def end(self) -> str:
        """What was held back, at the end of the reply."""
        held, self._held = self._held, ""
        return "".join(map(self._checked, sentences(held)))

    def taken(self) -> list[Decision]:
        """What was decided since this was last asked."""
        decisions, self._decisions = self._decisions, []
        return decisions

    def _checked(self, sentence: str) -> str:
        """A sentence as it may be shown."""
        if not sentence.strip():
            return sentence
        language: Language = "zh" if is_chinese(sentence) else "en"
        before, self._last = self._last, sentence
        for reading in readings(sentence):
            found = false_reassurance(reading, language)
            if found:
                return self._stopped(sentence, "false reassurance", "promise", self._policy.false_reassurance)
            why = _broken(reading, before, language, self._told)
            if why:
                return self._stopped(sentence, "broken dose", why, self._policy.broken_dose)
        return sentence

    def _stopped(
        self,
        sentence: str,
        reason: Literal["false reassurance", "broken dose"],
        detail: str,
        way: Literal["replace", "annotate"],
    ) -> str:
        """The sentence's stand-in, told once, or the sentence with its note."""
        own = self._replies[self._language]
        self._decisions.append(Decision(reason, "replaced" if way == "replace" else "annotated", detail, own.version))
        body = sentence.rstrip()
        space = sentence[len(body) :] or (" " if self._language == "en" else "")
        if way == "annotate":
            note: Said = "false reassurance_note" if reason == "false reassurance" else "broken dose_note"
            return f"{body} {own.text(note)}{space}"
        if reason in self._noted:
            return space if "\n" in space else ""
        self._noted.add(reason)
        return f"{own.text(reason)}{space}"


def _broken(sentence: str, before: str, language: Language, told: Sequence[Dose]) -> str:
    """What is wrong with a dose of this sentence; its drug may be named in the sentence before."""
    if not any(c.isdigit() for c in sentence) and language == "en":
        return ""
    own = next((found.why for found in broken_doses(sentence, language, told)), "")
    if own or not before:
        return own
    joined = before.rstrip() + (" " if language == "en" else "") + sentence
    place = len(joined) - len(sentence)
    return next((f.why for f in broken_doses(joined, language, told) if f.dose.end > place), "")
