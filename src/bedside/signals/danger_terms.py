"""What the models of danger read in a text: words and what they stand for, their neighbours, a "not" before them. Pure.

Texts come `flat`. English: words 1-3 together, and the same read as stems and groups of synonyms, with the writer, the
family and third persons as one each, and a word under a "not" marked. Chinese: dictionary words likewise, and runs of 1
to 4 characters. Linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, pairwise

import rjieba

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.signals.linear import pieces as pieces_of_words
from bedside.signals.words import unit

__all__ = ["MARK", "REACH", "ends_reach", "meaning", "numberless", "pieces", "tokens", "words"]

TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?|[^\w\s]")
DIGITS = re.compile(r"\d+")
STOPS = frozenset(".,;:!?")
NOT_ZH = frozenset("不没无别未")
STOPS_ZH = frozenset('，。！？；、,.!?;:：“”"…')
# Words that a "not" reaches.
REACH: dict[Language, int] = {"en": 4, "zh": 3}
SIZES_ZH = (1, 2, 3, 4)
NOT, MARK = "NOT", "|"


def words(text: str, language: Language) -> Iterator[str]:
    """Terms made of whole words."""
    return _english(text) if language == "en" else _chinese(text)


def pieces(text: str, language: Language) -> Iterator[str]:
    """Terms made of characters: within words (English), across them (Chinese)."""
    if language == "en":
        return pieces_of_words(text)
    plain = numberless(text)
    return chain.from_iterable(
        (plain[start : start + size] for start in range(len(plain) - size + 1)) for size in SIZES_ZH
    )


def tokens(text: str, language: Language) -> list[str]:
    """The words and marks of a text."""
    return TOKEN.findall(text) if language == "en" else [t for t in rjieba.cut(text, False) if not t.isspace()]


def meaning(token: str, language: Language) -> tuple[str, bool]:
    """What a token stands for (MARK itself where it is no word), and whether it is a "not"."""
    if language == "zh":
        return unit(token, "zh") or token, token[0] in NOT_ZH
    name = _folded().get(token) or _fold(token) if token[0].isalnum() else MARK
    return name, name is NOT


def ends_reach(token: str, language: Language) -> bool:
    """Whether a "not" reaches no further than this token."""
    return token in (STOPS if language == "en" else STOPS_ZH)


def numberless(text: str) -> str:
    """The text with a mark for each number."""
    return DIGITS.sub("#", text)


def _english(text: str) -> Iterator[str]:
    own = tokens(text, "en")
    yield from own
    yield from map(" ".join, pairwise(own))
    yield from map(" ".join, zip(own, own[1:], own[2:], strict=False))
    units, denied = _units(own)
    yield from denied
    yield from (f"u:{u}" for u in units if u is not MARK)
    yield from (f"u:{a} {b}" for a, b in pairwise(units))
    spoken = [u for u in units if u is not MARK]
    yield from (f"s:{a}_{b}" for a, b in zip(spoken, spoken[2:], strict=False))


def _units(tokens: Sequence[str]) -> tuple[list[str], list[str]]:
    """What each token stands for, and those that stand under a "not"."""
    units, denied, reach = [], [], 0
    for token in tokens:
        name, negates = meaning(token, "en")
        units.append(name)
        if name is MARK:
            reach = 0 if ends_reach(token, "en") else reach
        elif negates:
            reach = REACH["en"]
        elif reach:
            denied.append(f"!{name}")
            reach -= 1
    return units, denied


def _fold(token: str) -> str:
    if token.endswith("n't"):
        return NOT
    if token[0].isdigit():
        return "#"
    return _folded().get(token.removesuffix("'s")) or unit(token, "en") or token


@cache
def _folded() -> dict[str, str]:
    """Words that are read as one."""
    data: dict[str, str] = load_yaml("signals/data/danger_words.yaml")
    names = {"not": NOT, "self": "I", "other": "HE", "kin": "KIN"}
    return {word: name for key, name in names.items() for word in data[key].split()}


def _chinese(text: str) -> Iterator[str]:
    own = tokens(text, "zh")
    meanings = [meaning(token, "zh") for token in own]
    units = [name for name, _ in meanings]
    yield from (f"w:{u}" for u in units)
    yield from (f"w:{a} {b}" for a, b in pairwise(units))
    yield from (f"w:{a}_{b}" for a, b in zip(units, units[2:], strict=False))
    reach = 0
    for token, (name, negates) in zip(own, meanings, strict=True):
        if ends_reach(token, "zh"):
            reach = 0
        elif negates:
            reach = REACH["zh"]
        elif reach:
            yield f"!{name}"
            reach -= 1
