"""Small pure functions on text that every layer needs: sentences, words, script."""

from __future__ import annotations

import re

__all__ = ["is_chinese", "join_sentences", "sentences", "word_count"]

CJK = re.compile(r"[\u3400-\u9fff]")
WORD = re.compile(r"[\u3400-\u9fff]|[^\W_]+(?:['’\-][^\W_]+)*")
# A sentence ends at 。！？；, at . ! ? before a space (not after an abbreviation or a list number), or at a line's end.
END = re.compile(
    r"[。！？；]+[”」』）]?\s*|(?<!\bDr)(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!^\d)[.!?]+[\"”')]?(?:\s+|$)|\n+"
)


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with the space that follows it; joined they are the text again."""
    parts, start = [], 0
    for end in END.finditer(text):
        if text[start : end.end()].strip():
            parts.append(text[start : end.end()])
            start = end.end()
    if text[start:].strip():
        parts.append(text[start:])
    elif parts:
        parts[-1] += text[start:]
    return parts


def join_sentences(parts: list[str]) -> str:
    """Sentences as one text, with a space between unless one has it already or the left one is Chinese."""
    spaced = [part if part[-1:].isspace() or is_chinese(part) else f"{part} " for part in parts if part]
    return "".join(spaced).strip()


def is_chinese(text: str) -> bool:
    """Whether at least a fifth of the characters are Chinese."""
    return len(CJK.findall(text)) >= 0.2 * len(text.strip() or "-")


def word_count(text: str) -> int:
    """Words; a Chinese character counts as one."""
    return sum(1 for _ in WORD.finditer(text))
