"""Words that are hidden from a reader: zero-width and fullwidth characters, look-alike letters, signs for letters,
letters put apart, drawn out or run together; in Chinese traditional characters, stand-ins, pinyin, and signs
between characters.

`readings` gives the texts that a message may be meant as; the message itself comes first and for most is all. The
others are made to be read for danger, not to be shown. Pure. Data: `data/disguises.yaml`; what is not foreseen there
stays hidden.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any, NamedTuple

from bedside.core.phrases import load_yaml

__all__ = ["readings", "without_marks"]

# Characters that ordinary English and Chinese text is made of; a text of these alone hides nothing by its characters.
ORDINARY = re.compile(
    r"[\x09\x0a\x0d\x20-\x7e\u3400-\u9fff\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff60"
    r"‘’“”…—–·°µ×£€•→≥≤±½¼\xa0]*"
)
EMOJI = re.compile(r"[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")
HIDDEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e007f]"
)
# Letters, each by itself: "k i l l", "s.u.i.c.i.d.e", "k-i-l-l".
APART = re.compile(r"(?<![^\W_])[^\W\d_](?:[\s.,*_\-·/|~]{1,3}[^\W\d_](?![^\W_])){2,}", re.ASCII)
WIDE_GAP = re.compile(r"\s{2,}|\s*[,/|]\s*")
LONG_RUN = re.compile(r"(?<![a-z'])[a-z']{9,60}(?![a-z'])")
DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
DOUBLED = re.compile(r"(?<![a-z])[a-z]*?([a-z])\1[a-z]*")
SIGNED = re.compile(r"(?<![\w@$!|+*#€¡])(?=[a-zA-Z_]*[0-9@$!|+*#€¡])(?=[\w@$!|+*#€¡]*[a-z])[\w@$!|+*#€¡]+", re.ASCII)
SUSPECT = re.compile(
    r"[0-9@$!|+*#€¡][a-z]|[a-z][0-9@$|+*#€¡]|[a-z]!\w|[a-z]{9}|([a-z])\1\1|(?<![^\W_])[a-z](?:[^\w'’]|_){1,3}[a-z](?![^\W_])"
)
CHINESE_GAP = re.compile(r"(?<=[\u3400-\u9fff])[ \t.*_\-·~|/\\+=^#@&]{1,3}(?=[\u3400-\u9fff])")
# Characters, each by itself between marks or on lines: 自，杀
CHINESE_APART = re.compile(
    r"(?<![\u3400-\u9fff])[\u3400-\u9fff](?:[\s。，、…！？；]{1,2}[\u3400-\u9fff](?![\u3400-\u9fff]))+"
)
CHINESE = re.compile(r"[\u3400-\u9fff]")
PINYIN = re.compile(r"(?<![a-z])(?:z[is]|xiang|tiao|ge ?wan|bu ?xiang)")
# So many words of patients are remembered with what they may hide; most words of a text are common ones.
MOST_WORDS = 1 << 14


class Disguises(NamedTuple):
    lookalikes: dict[int, str]
    hidden_words: tuple[tuple[re.Pattern[str], str], ...]
    vocabulary: frozenset[str]
    telling: tuple[str, ...]
    plain: dict[int, str]
    said: tuple[tuple[re.Pattern[str], str], ...]


def readings(text: str) -> tuple[str, ...]:
    """The text, and after it what else it may be meant as."""
    bare = without_marks(text)
    found = [text]
    for more in (bare, _english(bare), _chinese(bare)):
        if more not in found:
            found.append(more)
    return tuple(found)


def without_marks(text: str) -> str:
    """The text in ordinary characters: nothing invisible, no accents, no look-alikes, no fullwidth letters."""
    if ORDINARY.fullmatch(text):
        return text
    shown = HIDDEN.sub("", EMOJI.sub(" ", text)) if not ORDINARY.fullmatch(EMOJI.sub(" ", text)) else text
    if ORDINARY.fullmatch(EMOJI.sub(" ", shown)):
        return shown
    out = []
    for char in shown:
        if ORDINARY.fullmatch(char):
            out.append(char)
        else:
            out.append("".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c)))
    return "".join(out).lower().translate(_disguises().lookalikes)


def _english(text: str) -> str:
    low = text.lower()
    if not SUSPECT.search(low):
        return text
    data = _disguises()
    low = APART.sub(lambda m: _joined(m[0]), low)
    low = SIGNED.sub(lambda m: _unsigned(m[0]), low)
    low = DRAWN_OUT.sub(r"\1\1", low) if DRAWN_OUT.search(low) else low
    low = LONG_RUN.sub(lambda m: _taken_apart(m[0]), low)
    low = _whole_words(low, data)
    return text if low == text.lower() else low


def _joined(run: str) -> str:
    """Letters put apart, as words."""
    words = [re.sub(r"[^a-z]", "", part) for part in WIDE_GAP.split(run)]
    if all(len(word) == 1 for word in words):
        words = ["".join(words)]
    return " ".join(_taken_apart(word) for word in words)


@lru_cache(maxsize=MOST_WORDS)
def _taken_apart(run: str) -> str:
    """A run of letters as words with spaces, where it is nothing but words that are known and one of them tells."""
    data = _disguises()
    if run in data.vocabulary or not any(word in run for word in data.telling):
        return run
    best: list[list[str] | None] = [[]] + [None] * len(run)
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - 12), end):
            before = best[start]
            if before is not None and run[start:end] in data.vocabulary:
                current = best[end]
                if current is None or len(before) + 1 < len(current):
                    best[end] = [*before, run[start:end]]
    words = best[-1]
    return " ".join(words) if words else run


@lru_cache(maxsize=MOST_WORDS)
def _unsigned(token: str) -> str:
    """A word in which signs stand for letters."""
    return next((word for pattern, word in _disguises().hidden_words if pattern.fullmatch(token)), token)


def _whole_words(text: str, data: Disguises) -> str:
    """Words with letters drawn out: "killl"."""
    return DOUBLED.sub(lambda m: _unsigned(m[0]) if m[0] not in data.vocabulary else m[0], text)


def _chinese(text: str) -> str:
    if not CHINESE.search(text) and not PINYIN.search(text.lower()):
        return text
    data = _disguises()
    low = CHINESE_GAP.sub("", text.translate(data.plain))
    low = CHINESE_APART.sub(lambda m: re.sub(r"[^\u3400-\u9fff]", "", m[0]), low)
    for pattern, meant in data.said:
        low = pattern.sub(meant, low)
    return low


@cache
def _disguises() -> Disguises:
    data: dict[str, Any] = load_yaml("serve/data/disguises.yaml")
    letters: dict[str, str] = {}
    for sign, meant in data["signs"].items():
        for letter in meant:
            letters[letter] = letters.get(letter, "") + sign
    words = sorted(data["words"], key=len, reverse=True)
    return Disguises(
        lookalikes={ord(sign): letter for sign, letter in data["lookalikes"].items()},
        hidden_words=tuple((_pattern(word, letters), word) for word in words if len(word) > 2),
        vocabulary=frozenset([*words, *data["glue"]]),
        telling=tuple(word for word in words if len(word) > 2),
        plain={ord(sign): plain for sign, plain in data["plain"].items()},
        said=tuple((re.compile(pattern, re.IGNORECASE), meant) for pattern, meant in data["said"]),
    )


def _pattern(word: str, letters: dict[str, str]) -> re.Pattern[str]:
    """The word with each letter once or more, or a sign for it; the first letter at least is never only a star."""
    stars = re.escape(letters.get("*", ""))
    parts = [f"[{re.escape(c + letters.get(c, ''))}{stars if place else ''}]+" for place, c in enumerate(word)]
    return re.compile("".join(parts))
