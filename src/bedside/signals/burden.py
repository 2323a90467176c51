"""What a text asks of its reader: its length, how hard it is to read, how long it takes to get to what to do.

English difficulty is the Flesch-Kincaid grade (Kincaid et al. 1975: 0.39 words a sentence + 11.8 syllables a word
- 15.59) with syllables counted by rule; Chinese has no such standard, so difficulty is the mean number of Chinese
characters between punctuation marks. The two are not comparable. Layout, jargon and numbers are not weighed.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.core.text import sentences, word_count

__all__ = ["Burden", "burden", "syllables"]

Measure = Literal["flesch-kincaid grade", "characters between marks"]

WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
VOWELS = re.compile(r"[aeiouy]+")
# One vowel group that is two syllables (di-et, sci-ence, cre-ate, ide-a, flu-id, do-ing), but not -tion, -cial, -llion.
HIATUS = re.compile(
    r"(?<![tcsg])(?<!ll)i(?:a|et|en|o|um|us)|sci(?=en)|deo|seu|[eo]i(?=ng)|e(?=al\b)(?<=[rd]e)|ea(?:t(?:e|ing|ion)\b|\b)"
    r"|u(?:al|ous|id|ity|ate)|ying"
)
SILENT = re.compile(r"(?:[^aeiouyl]e|[aeiouy]le|[^aeioutdy]ed|[^aeiouyscgxz]es|[^aeiouy]ely)$")
HAN = re.compile(r"[\u3400-\u9fff]")
MARK = re.compile(r"[，。！？；：、,.!?;:\n]+")


class Burden(msgspec.Struct, frozen=True):
    """Lengths in characters and words (a Chinese character is a word); 0.0 difficulty where nothing can be read.

    `words_before_action` is the number of words before the first sentence that tells the reader to do something, or
    None where none does.
    """

    characters: int
    words: int
    sentences: int
    difficulty: float
    measure: Measure
    words_before_action: int | None


def burden(text: str, language: Language) -> Burden:
    """The burden of a doctor's text."""
    parts = [part for part in sentences(text) if part.strip()]
    return Burden(
        characters=len(text.strip()),
        words=word_count(text),
        sentences=len(parts),
        difficulty=_grade(parts) if language == "en" else _characters_between_marks(text),
        measure="flesch-kincaid grade" if language == "en" else "characters between marks",
        words_before_action=_words_before_action(parts, language),
    )


@lru_cache(maxsize=65_536)
def syllables(word: str) -> int:
    """The syllables of an English word, by rule: right for about nine words in ten."""
    lower = word.lower().replace("’", "'").split("'")[0]
    count = len(VOWELS.findall(lower)) + len(HIATUS.findall(lower))
    if count > 1 and SILENT.search(lower):
        count -= 1
    return max(1, count)


def _grade(parts: list[str]) -> float:
    found = [word for part in parts for word in WORD.findall(part)]
    if not found:
        return 0.0
    a_sentence = len(found) / len(parts)
    a_word = sum(syllables(word) for word in found) / len(found)
    return round(0.39 * a_sentence + 11.8 * a_word - 15.59, 2)


def _characters_between_marks(text: str) -> float:
    lengths = [length for part in MARK.split(text) if (length := len(HAN.findall(part)))]
    return round(sum(lengths) / len(lengths), 2) if lengths else 0.0


def _words_before_action(parts: list[str], language: Language) -> int | None:
    action, before = _action(language), 0
    for part in parts:
        if action.search(part.replace("’", "'")):
            return before
        before += word_count(part)
    return None


@cache
def _action(language: Language) -> re.Pattern[str]:
    return re.compile("|".join(load_yaml("signals/data/burden.yaml")[language]), re.IGNORECASE)
