"""What a patient's messages tell of danger: crisis and red flags, in one message and over several, hidden or not.

The readers are those of `signals`; here each message is read in every reading that it may have, in each language that
it holds, alone and together with those before it. Verdicts are remembered by a keyed hash. (The readers themselves keep
the last few texts and single words in memory: docs/serve.md.)
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bedside.core.records import Language
from bedside.core.text import is_chinese, word_count
from bedside.serve.disguise import readings
from bedside.signals.crisis import CrisisFinding, CrisisKind, crisis, crisis_by_rules
from bedside.signals.urgency import RedFlagLevel, red_flags

__all__ = ["NONE", "Danger", "DangerReader", "languages_of"]

# What is most urgent goes first where one message tells of several.
URGENCY: tuple[CrisisKind, ...] = ("overdose", "suicide", "self-harm", "abuse")
CHINESE = re.compile(r"[\u3400-\u9fff]{2}")
ENGLISH = re.compile(r"[A-Za-z]{2}[^\u3400-\u9fff]*\s[^\u3400-\u9fff]*[A-Za-z]{2}")
# Messages before the last that are read together with it, and their characters.
TOGETHER, MOST_TOGETHER = 8, 1500
# What only the learnt model hears in fewer words than these is no sign: small talk has too little in it to be weighed.
# The shortest crisis that it alone hears among the probes has 19 words in English, 27 characters in Chinese.
FEWEST_HEARD: dict[Language, int] = {"en": 8, "zh": 12}
LAST_MARKS = ".!?;,:。！？；，：…\n "


class Danger(NamedTuple):
    """The kind of crisis, the level of a red flag and its condition; None and "" where there is none.

    `explicit`: the crisis was told in so many words. `possible`: a crisis that is not sure enough for `crisis`.
    """

    crisis: CrisisKind | None = None
    explicit: bool = False
    flag: RedFlagLevel | None = None
    condition: str = ""
    possible: CrisisKind | None = None


NONE = Danger()


class DangerReader:
    """Reads messages; knows the verdicts on the last ones by a hash that means nothing outside of this process."""

    KEPT = 8192

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, Danger] = OrderedDict()

    def message(self, text: str) -> Danger:
        """What one message tells."""
        return self._remembered(text, lambda: _read(text))

    def conversation(self, messages: Sequence[str]) -> Danger:
        """What messages tell, each alone and the last ones together."""
        found = [self.message(text) for text in messages]
        if len(messages) > 1:
            joined = _joined(messages)
            found.append(self._remembered(joined, lambda: _read(joined, together=True)))
        return _worst(found)

    def _remembered(self, text: str, read: Callable[[], Danger]) -> Danger:
        mark = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()
        found = self._known.pop(mark, None)
        if found is None:
            found = read()
            if len(self._known) >= self.KEPT:
                self._known.popitem(last=False)
        self._known[mark] = found
        return found


def languages_of(text: str) -> tuple[Language, ...]:
    """The languages in which a text is read: both, where it holds words of both."""
    english, chinese = ENGLISH.search(text) is not None, CHINESE.search(text) is not None
    if english and chinese:
        return ("en", "zh")
    return ("zh",) if is_chinese(text) or chinese else ("en",)


def _read(text: str, together: bool = False) -> Danger:
    kinds: set[CrisisKind] = set()
    maybe: set[CrisisKind] = set()
    explicit = False
    flags: list[tuple[RedFlagLevel, str]] = []
    for reading in readings(text):
        for language in languages_of(reading):
            signs = _signs(reading, language, together)
            likely = [sign for sign in signs if sign.level == "likely"]
            kinds |= {sign.kind for sign in likely}
            maybe |= {sign.kind for sign in signs if reading == text and not together}
            explicit = explicit or any(sign.mode == "explicit" for sign in likely)
            flags += [(flag.level, flag.condition) for flag in red_flags(reading, language)]
    level, condition = min(flags, default=(None, ""))  # "emergency" sorts before "same day"
    return Danger(_first(kinds), explicit, level, condition, None if kinds else _first(maybe))


def _signs(reading: str, language: Language, together: bool) -> tuple[CrisisFinding, ...]:
    """Signs of a crisis; the learnt model, made for one whole message, is not heard alone on little or on several."""
    signs = crisis(reading, language, possible=True)
    enough = not together and word_count(reading) >= FEWEST_HEARD[language]
    return signs if enough or not signs or crisis_by_rules(reading, language) else ()


def _first(kinds: set[CrisisKind]) -> CrisisKind | None:
    return next((kind for kind in URGENCY if kind in kinds), None)


def _joined(messages: Sequence[str]) -> str:
    """The last messages as one text; what ends a short one is no end here, because a sentence may go on."""
    parts = [m.strip() for m in messages[-TOGETHER:]]
    parts = [part.rstrip(LAST_MARKS) if len(part) < 40 else part for part in parts]
    between = "" if all(is_chinese(part) for part in parts if part) else " "
    return between.join(parts)[-MOST_TOGETHER:]


def _worst(found: Sequence[Danger]) -> Danger:
    kinds = {danger.crisis for danger in found if danger.crisis}
    flags = [(danger.flag, danger.condition) for danger in found if danger.flag]
    level, condition = min(flags, default=(None, ""))
    explicit = any(danger.explicit for danger in found)
    return Danger(_first(kinds), explicit, level, condition)
