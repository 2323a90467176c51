"""The look beforehand loses no match of the rules of comfort, feeling and advice."""

from __future__ import annotations

from typing import get_args

import pytest

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.signals import comfort, facts
from bedside.signals.literals import strings
from bedside.signals.look import Look


@pytest.mark.parametrize("language", get_args(Language))
def test_no_match_is_lost(language: Language) -> None:
    rules, advice = comfort._rules(language), facts._advice(language)
    looks = [(rules.look, rules.patterns), (rules.told, rules.emotions), (advice.look, advice.patterns)]
    texts = [text.lower() for text in _texts(language)]
    assert len(texts) > 200
    matches = 0
    for look, patterns in looks:
        for text in texts:
            matching = {number for number, pattern in enumerate(patterns) if pattern.search(text)}
            matches += len(matching)
            assert matching <= set(look.tried(look.mask(text), text)), text
    assert matches > 100


def test_strings_are_what_a_match_cannot_do_without() -> None:
    assert strings(r"\b(?:the )?a&e(?=[\s.])", "en", False) == (("a&e",),)
    assert strings(r"\b(?:un)?convinced\b", "en", False) == (("convinced",),)
    assert strings(r"(?:not only|no doubt)x?", "en", False) == (("no doubt", "not only"),)
    assert strings(r"\d+ mg", "en", False) == ((" mg",),)


def test_a_pattern_is_tried_only_where_its_string_stands() -> None:
    look = Look([r"\b(?:should not|avoid)\b"], "en")
    for text, tried in (("you should go", []), ("you should not go", [0]), ("avoiding it", [0])):
        assert look.tried(look.mask(text), text) == tried


def _texts(language: Language) -> list[str]:
    """The sentences of the phrase bank, both sides."""
    found: list[str] = []
    left = [load_yaml(f"phrases/{side}_{language}.yaml") for side in ("doctor", "patient")]
    while left:
        part = left.pop()
        if isinstance(part, str):
            found.append(part)
        else:
            left += part.values() if isinstance(part, dict) else part
    return found
