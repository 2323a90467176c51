"""Whether a cleaned consultation is worth keeping: `Dialogue -> (reason, detail) | None`. Pure.

Knows scripts, stop words, sales talk and the words of a bare referral (`data/quality_*.yaml`). It judges no medicine:
an answer that names any cause, test, treatment or urgency is no bare referral, right or wrong. In doubt it keeps.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from bedside.core.config import CorpusConfig
from bedside.core.phrases import load_yaml
from bedside.core.records import Dialogue, Language, joined
from bedside.core.text import chinese_count

__all__ = ["fault"]

# Enough to tell a language; what follows is not read for it.
SAMPLE = 800
MIN_WORDS, MIN_CHARACTERS = 12, 20
# Greek to the Indic, Thai, Ethiopic and other scripts, then kana, Chinese and Hangul; Latin and signs are none of them.
OTHER_SCRIPT = re.compile(r"[\u0370-\u1dff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\ufb1d-\ufdff\ufe70-\ufeff]")
OTHER_THAN_CHINESE = re.compile(r"[\u0370-\u1dff\u3040-\u30ff\uac00-\ud7af]")
LETTER = re.compile(r"[^\W\d_]")
WORD = re.compile(r"[^\W\d_]+")
# Longer answers are never made of a referral's words alone.
LONGEST_REFERRAL = {"en": 400, "zh": 120}


class Signs(NamedTuple):
    """The word lists of one language, ready to use. Patterns stand with the plain text that must be there first."""

    advertising: list[tuple[str, re.Pattern[str]]]
    referral_pieces: re.Pattern[str]
    referral_verbs: re.Pattern[str]
    referral_to: re.Pattern[str]


def fault(dialogue: Dialogue, config: CorpusConfig) -> tuple[str, str] | None:
    """The reason's identifier and the detail in words, None when the dialogue is good enough."""
    language = dialogue.language
    if language not in config.languages:
        return "wrong_language", f"the dialogue is {language!r}, wanted are {', '.join(config.languages)}"
    doctor = joined(dialogue.messages, "doctor")
    for side, text in (("patient", joined(dialogue.messages, "patient")), ("doctor", doctor)):
        detail = _foreign(text[:SAMPLE], language)
        if detail:
            return "wrong_language", f"the {side}'s side {detail}"
    sale = _sale(doctor, language) if config.drop_advertising else ""
    if sale:
        return "advertising", f"the doctor's side sells: {sale!r}"
    if config.drop_only_referral and _is_bare_referral(doctor, language):
        return "only_see_a_doctor", f"nothing is said but to see a doctor: {doctor!r}"
    return None


def _foreign(text: str, language: Language) -> str:
    """What is foreign about a text that should be in the language; empty when nothing is, or when it is too short."""
    if language == "zh":
        return _not_chinese(text)
    other = [] if text.isascii() else OTHER_SCRIPT.findall(text)
    if len(other) > max(MIN_CHARACTERS, 0.3 * len(text.replace(" ", ""))):
        return f"is in another script: {''.join(other[:20])!r}"
    words = text.lower().split()
    stop_words = _stop_words()
    english = sum(map(stop_words["English"].__contains__, words))
    if len(words) < MIN_WORDS or english >= 0.1 * len(words):
        return ""
    return _other_tongue(words, english)


def _not_chinese(text: str) -> str:
    chinese = chinese_count(text)
    if chinese < 0.2 * len(text) or text.isascii() or OTHER_THAN_CHINESE.search(text):
        letters = len(LETTER.findall(text))
        # A list of laboratory values has few Chinese characters, another language has hardly any.
        if letters >= MIN_CHARACTERS and chinese < max(0.05 * letters, len(OTHER_THAN_CHINESE.findall(text))):
            return f"is not in Chinese: {text[:40]!r}"
    return ""


def _other_tongue(words: list[str], english: int) -> str:
    """The language, not English, whose stop words are a sixth of the words, and thrice as many as the English ones."""
    counts = {name: sum(word in stops for word in words) for name, stops in _stop_words().items() if name != "English"}
    name = max(counts, key=lambda language: counts[language])
    if counts[name] < len(words) / 6 or counts[name] < 3 * english:
        return ""
    return f"reads like {name}: {' '.join(words[:8])!r}"


def _sale(text: str, language: Language) -> str:
    lower = text if language == "zh" else text.lower()
    for has, pattern in _signs(language).advertising:
        if has in lower and (found := pattern.search(lower)):
            return found[0]
    return ""


def _is_bare_referral(text: str, language: Language) -> bool:
    if len(text) > LONGEST_REFERRAL[language]:
        return False
    signs, lower = _signs(language), text.lower()
    if not (signs.referral_pieces.fullmatch(lower) and signs.referral_to.search(lower)):
        return False
    return signs.referral_verbs.search(lower) is not None


@cache
def _stop_words() -> dict[str, frozenset[str]]:
    return {name: frozenset(words) for name, words in load_yaml("corpus/data/quality_en.yaml")["stop_words"].items()}


@cache
def _signs(language: Language) -> Signs:
    data = load_yaml(f"corpus/data/quality_{language}.yaml")
    pieces, to = _one_of(data["referral_pieces"]), _one_of(data["referral_to"])
    verbs = _one_of(data.get("referral_verbs", [""]))
    if language == "en":
        ends = f"[a-z]+(?:{_one_of(data['referral_endings'])})"
        pieces, to, verbs = rf"\b(?:{pieces}|{ends})\b", rf"\b(?:{to}|{ends})\b", rf"\b(?:{verbs})\b"
    whole = rf"(?:{pieces}|[\W_])*+"
    advertising = [(row["has"], re.compile(row["pattern"])) for row in data["advertising"]]
    return Signs(advertising, re.compile(whole), re.compile(verbs), re.compile(to))


def _one_of(words: list[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
