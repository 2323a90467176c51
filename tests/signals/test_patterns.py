"""The look beforehand loses no match: a bank finds what its patterns find when each is tried on each sentence."""

from __future__ import annotations

import json
from importlib import resources
from itertools import pairwise
from typing import get_args

import pytest

from bedside.core.records import Language
from bedside.signals import crisis, reassurance, urgency
from bedside.signals.patterns import SENTENCE_END, Bank, Match, flat


@pytest.mark.parametrize("language", get_args(Language))
def test_no_match_is_lost(language: Language) -> None:
    banks: list[Bank] = [
        crisis._rules(language).bank,
        urgency._flag_rules(language).bank,
        urgency._advice_rules(language).bank,
        reassurance._rules(language).bank,
    ]
    texts = [flat(text) for name in ("crisis", "red_flags", "false_reassurance") for text in _texts(name, language)]
    assert len(texts) > 100
    for bank in banks:
        for text in texts:
            assert set(bank.matches(text)) == _without_look(bank, text)


def _without_look(bank: Bank, text: str) -> set[Match]:
    ends = [0, *(m.end() for m in SENTENCE_END.finditer(text)), len(text)]
    return {
        Match(name, m.start(), m.end())
        for low, high in pairwise(ends)
        for name, regex in bank.entries
        for m in regex.finditer(text, low, high)
        if low < high
    }


def _texts(name: str, language: Language) -> list[str]:
    lines = resources.files("bedside").joinpath(f"probes/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [row["text"] for row in map(json.loads, lines) if row["language"] == language]
