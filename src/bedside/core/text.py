"""Small pure functions on text that every layer needs: sentences, words, script."""

from __future__ import annotations

import re

__all__ = ["chinese_count", "is_chinese", "join_sentences", "sentences", "word_count"]

# Runs, not characters: counting them is several times as quick.
CJK_RUN = re.compile(r"[\u3400-\u9fff]+")
# A word is a run of letters and digits that are not Chinese; a Chinese character is a word of its own.
WORD = re.compile(r"[^\W_\u3400-\u9fff]+(?:['’\-][^\W_\u3400-\u9fff]+)*")
ASCII_WORD = re.compile(r"[A-Za-z0-9]+(?:['\-][A-Za-z0-9]+)*")
# A sentence ends at 。！？；, at . ! ? before a space (not after an abbreviation or a list number), or at a line's end.
# The first character is looked for alone, which is fast; what stands before it is asked after it.
END = re.compile(
    r"[。！？；.!?\n](?:(?<=[。！？；])[。！？；]*[”」』）]?\s*"
    r"|(?<=[.!?])(?<!\bDr.)(?<!\be\.g.)(?<!\bi\.e.)(?<!\bvs.)[.!?]*[\"”')]?(?:\s+|$)|(?<=\n)\n*)"
)
LIST_NUMBER = re.compile(r"\s*\(?\d{1,2}[.)]\s*\Z")
# After these no space is put between two sentences.
CHINESE_END = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uff65”」』）]\Z")


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with the space that follows it; joined they are the text again."""
    parts, start = [], 0
    for end in END.finditer(text):
        part = text[start : end.end()]
        if part.strip() and not LIST_NUMBER.match(part):
            parts.append(part)
            start = end.end()
    if text[start:].strip() or not parts:
        parts.append(text[start:])
    else:
        parts[-1] += text[start:]
    return [part for part in parts if part]


def join_sentences(parts: list[str]) -> str:
    """Sentences as one text, with a space between unless the left one ends in one or in Chinese."""
    spaced = [part if part[-1:].isspace() or CHINESE_END.search(part) else f"{part} " for part in parts if part]
    return "".join(spaced).strip()


def is_chinese(text: str) -> bool:
    """Whether at least a fifth of the characters are Chinese."""
    return chinese_count(text) >= 0.2 * len(text.strip() or "-")


def chinese_count(text: str) -> int:
    """How many of the characters are Chinese."""
    return 0 if text.isascii() else sum(map(len, CJK_RUN.findall(text)))


def word_count(text: str) -> int:
    """Words; a Chinese character counts as one."""
    if text.isascii():
        return len(ASCII_WORD.findall(text))
    return chinese_count(text) + len(WORD.findall(text))
