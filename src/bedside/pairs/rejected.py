"""Rejected answers: what a worse answer to the same patient says, one kind at a time. Pure but for its own tallies.

`plain` is the doctor's own answer without comfort, `unneeded comfort` comfort for a calm patient; `false reassurance`
and `fact broken` are warm but wrong. Every one is checked: it differs from the good answer, the fact ledger sees the
broken fact and no second one, and with `length_match` its words are nearly as many.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from bedside.core.config import BreakKind, PairsConfig
from bedside.core.phrases import phrase_bank, surround
from bedside.core.records import EMOTIONS, Language, LeftOutReason, PlannedEmotion
from bedside.core.text import word_count
from bedside.pairs.facts_apart import facts_apart
from bedside.pairs.mutations import mutate
from bedside.pairs.reassure import false_reassurances

__all__ = ["Rejected", "RejectedSides"]

WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
# How many false reassurances are thought of for one answer.
CANDIDATES = 6


class Rejected(NamedTuple):
    """A worse answer; at one place it says `wrong` where the good one says `right`."""

    text: str
    kind: str
    right: str = ""
    wrong: str = ""


class RejectedSides:
    """Makes rejected answers. It remembers what it made, so that kinds stay in balance and words do not repeat."""

    def __init__(self, config: PairsConfig, rng: random.Random) -> None:
        self._config, self._rng = config, rng
        self._broken: Counter[BreakKind] = Counter()
        self._said: Counter[str] = Counter()
        self._gained: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()

    def plain(self, good: str, original: str) -> Rejected | LeftOutReason:
        """The doctor's own answer."""
        return self._checked(good, Rejected(original, "plain"))

    def unneeded_comfort(self, good: str, language: Language) -> Rejected | LeftOutReason:
        """Comfort around a plain answer."""
        planned = PlannedEmotion(self._rng.choice(EMOTIONS), 2, "explicit concern")
        return self._checked(
            good, Rejected(surround(good, phrase_bank(language), planned, self._rng), "unneeded comfort")
        )

    def false_reassurance(self, good: str, language: Language) -> Rejected | LeftOutReason:
        """Of several false reassurances the one whose words have told the sides apart least so far."""
        why: LeftOutReason = "nothing_to_break"
        found = []
        for _ in range(CANDIDATES):
            for edit in false_reassurances(good, language, self._rng):
                text = good[: edit.start] + edit.new + good[edit.end :]
                made = self._checked(good, Rejected(text, "false reassurance", good[edit.start : edit.end], edit.new))
                if isinstance(made, Rejected):
                    found.append(made)
                else:
                    why = made
        if not found:
            return why
        self._said.update(_words(good))
        best = min(found, key=self._tells)
        self._gained.update(_words(best.wrong) - _words(best.right))
        self._lost.update(_words(best.right) - _words(best.wrong))
        return best

    def fact_broken(self, good: str, language: Language) -> Rejected | LeftOutReason:
        """One fact broken, of the kind that was broken least often so far and that the text affords."""
        why: LeftOutReason = "nothing_to_break"
        kinds = sorted(self._config.breaks, key=lambda kind: (self._broken[kind], self._rng.random()))
        for kind in kinds:
            mutated = mutate(good, language, kind, self._rng)
            if mutated is None:
                continue
            made = self._checked(good, Rejected(mutated.text, f"fact broken: {kind}", *_place(good, mutated.text)))
            if not isinstance(made, Rejected):
                why = made
            elif facts_apart(good, made.text, language, several=kind.startswith("dropped")):
                self._broken[kind] += 1
                return made
            else:
                why = "change_not_seen"
        return why

    def _checked(self, good: str, made: Rejected) -> Rejected | LeftOutReason:
        if made.text.split() == good.split():
            return "sides_equal"
        match, words = self._config.length_match, word_count(good)
        if match is not None and abs(word_count(made.text) - words) > match * words:
            return "length_not_matched"
        return made

    def _tells(self, made: Rejected) -> float:
        """How surely the words that differ give the rejected side away, by all that was made before (in log odds)."""
        right, wrong = _words(made.right), _words(made.wrong)
        return sum(self._odds(w) for w in wrong - right) - sum(self._odds(w) for w in right - wrong)

    def _odds(self, word: str) -> float:
        said = self._said[word] + 1
        return math.log((said + self._gained[word] - self._lost[word]) / said)


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.lower()))


def _place(good: str, bad: str) -> tuple[str, str]:
    """What differs between two texts, in whole words: their middles without the common beginning and end."""
    one, two = list(_tokens(good)), list(_tokens(bad))
    start = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    longest = min(len(one), len(two)) - start
    end = next((i for i in range(longest) if one[-1 - i] != two[-1 - i]), longest)
    return "".join(one[start : len(one) - end]).strip(), "".join(two[start : len(two) - end]).strip()


def _tokens(text: str) -> Iterator[str]:
    """Words, single Chinese characters and what stands between them; joined they are the text again."""
    place = 0
    for match in WORD.finditer(text):
        yield text[place : match.start()]
        yield match[0]
        place = match.end()
    yield text[place:]
