"""How strongly a reply shows feeling for the reader, and how closely it asks: 0, 1 or 2, after EPITOME.

Levels (Sharma, Miner, Atkins & Althoff 2020): emotional reaction 0 none, 1 meant (encouragement, standing by, good
wishes), 2 a feeling of the writer's own is named; exploration 0 none, 1 open but generic, 2 about what was said.
Rules only, in data (`data/reactions_*.yaml`). A statement of shared experience, irony, and warmth said by an image
are not seen. The level says nothing of quality: false reassurance can be a 1.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

import msgspec

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.core.text import sentences

__all__ = ["Level", "exploration_level", "reaction_level"]

Level = Literal[0, 1, 2]


class Rules(msgspec.Struct, frozen=True):
    felt: re.Pattern[str]
    meant: re.Pattern[str]
    question_word: re.Pattern[str]
    second_person: re.Pattern[str]
    generic: re.Pattern[str]
    not_asked: re.Pattern[str]
    invitation: re.Pattern[str]


def reaction_level(text: str, language: Language) -> Level:
    """0 no feeling for the reader, 1 meant, 2 named."""
    rules = _rules(language)
    plain = _plain(text)
    if rules.felt.search(plain):
        return 2
    return 1 if rules.meant.search(plain) else 0


def exploration_level(text: str, language: Language) -> Level:
    """0 asks nothing, 1 asks or invites in general, 2 asks about something of the reader's."""
    rules = _rules(language)
    return max((_asked(sentence, rules) for sentence in sentences(_plain(text))), default=0)


def _asked(sentence: str, rules: Rules) -> Level:
    if rules.not_asked.search(sentence):
        return 0
    if "?" not in sentence and "？" not in sentence:
        return 1 if rules.invitation.search(sentence) else 0
    if rules.generic.search(sentence):
        return 1
    asks = rules.second_person.search(sentence) or rules.question_word.search(sentence)
    return 2 if asks else 0


def _plain(text: str) -> str:
    return text.lower().replace("’", "'")


@cache
def _rules(language: Language) -> Rules:
    data: dict[str, str | list[str]] = load_yaml(f"signals/data/reactions_{language}.yaml")
    return Rules(**{name: _compiled(rules) for name, rules in data.items()})


def _compiled(rules: str | list[str]) -> re.Pattern[str]:
    return re.compile("|".join([rules] if isinstance(rules, str) else rules))
