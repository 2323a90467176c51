"""The word lists of Chinese names and the patterns made of them; what opens a word of medicine or names a drug.

Knows no rule that finds a name; see names_zh.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import msgspec

from bedside.core.phrases import load_yaml
from bedside.corpus.gazetteer import chinese_given, chinese_surnames

__all__ = [
    "CHINESE_WORD",
    "HAN",
    "Patterns",
    "Words",
    "all_given",
    "any_of",
    "given",
    "is_medicine",
    "patterns",
    "words",
]

HAN = r"[\u4e00-\u9fff]"
CHINESE_WORD = re.compile(rf"{HAN}+\Z")
# How far around a word a drug's name is looked for, in characters.
DRUG_REACH = 6


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The word lists of `data/privacy_zh.yaml`; those that are one string are sets of characters."""

    introductions: tuple[str, ...]
    openers: tuple[str, ...]
    relations: tuple[str, ...]
    titles: tuple[str, ...]
    before: frozenset[str]
    polite: tuple[str, ...]
    nobody: tuple[str, ...]
    not_pet: frozenset[str]
    clinical: tuple[str, ...]
    endings: tuple[str, ...]
    too_common: str
    more_surnames: str
    double_surnames: tuple[str, ...]
    common_surnames: str
    rare_surnames: str
    familiar_surnames: str
    not_called: str
    never_given: str
    does: tuple[str, ...]
    nameable: frozenset[str]
    weak_surnames: str
    more_given: str
    transliterated: str
    name_left: str
    name_right: str
    plain_words: frozenset[str]


class Patterns(msgspec.Struct, frozen=True):
    """The word lists as patterns, compiled once."""

    introduced: re.Pattern[str]
    opened: re.Pattern[str]
    related: re.Pattern[str]
    titled: re.Pattern[str]
    polite: re.Pattern[str]
    clinical: re.Pattern[str]
    surname: re.Pattern[str]
    transliterated: re.Pattern[str]


@cache
def words() -> Words:
    return msgspec.convert(load_yaml("corpus/data/privacy_zh.yaml"), Words)


@cache
def patterns() -> Patterns:
    lists = words()
    surnames = chinese_surnames() | set(lists.more_surnames) | set(lists.double_surnames)
    one = "".join(sorted(s for s in surnames if len(s) == 1 and s not in lists.too_common))
    two = "|".join(sorted((s for s in surnames if len(s) > 1), key=len, reverse=True))
    return Patterns(
        introduced=re.compile(rf"(?:{any_of(lists.introductions)})(?:\s*[：:是叫]\s*|\s+)?(?={HAN})"),
        opened=re.compile(rf"(?:{any_of(lists.openers)})[：:\s]?(?={HAN})"),
        related=re.compile(rf"(?:{any_of(lists.relations)})(?:是|叫|[：:])?(?={HAN}|[A-Z])"),
        titled=re.compile(any_of(lists.titles)),
        polite=re.compile(any_of(lists.polite)),
        clinical=re.compile(any_of(lists.clinical)),
        surname=re.compile(rf"{two}|[{one}]"),
        transliterated=re.compile(rf"[{lists.transliterated}]+"),
    )


def any_of(listed: Iterable[str]) -> str:
    """A pattern of the words, the longest first, that reads each character once: `(?:主(?:任|刀)|医生)`."""
    branches: dict[str, list[str]] = {}
    for word in sorted(set(listed)):
        branches.setdefault(word[:1], []).append(word[1:])
    ends = branches.pop("", None) is not None
    parts = [re.escape(char) + any_of(rest) for char, rest in branches.items()]
    body = parts[0] if len(parts) == 1 and not ends else f"(?:{'|'.join(parts)})"
    return f"{body}?" if ends and parts else body if parts else ""


@cache
def given() -> frozenset[str]:
    """Characters that given names are made of."""
    return chinese_given() | set(words().more_given)


def all_given(part: str) -> bool:
    return all(char in given() for char in part)


@cache
def drug_names() -> frozenset[str]:
    """Chinese names of drugs, which a dictionary takes for foreign persons (布洛芬)."""
    listed = load_yaml("signals/data/drugs.yaml")
    return frozenset(name for names in listed.values() for name in names if CHINESE_WORD.match(name))


def is_medicine(text: str, start: int, end: int) -> bool:
    """Whether a word is one of medicine, by how it opens or ends, or as a part of a drug's name."""
    word = text[start:end]
    if word in words().plain_words or patterns().clinical.match(word):
        return True
    if word.endswith(words().endings) and not all_given(word[1:]):
        return True
    for first in range(max(0, start - DRUG_REACH), start + 1):
        if any(text[first:last] in drug_names() for last in range(end, min(len(text), end + DRUG_REACH) + 1)):
            return True
    return False
