"""Time grows in line with the text: no reader is brought to a standstill by a long or odd one."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import get_args

import pytest

from bedside.core.records import Language, Message, PlannedEmotion
from bedside.core.text import sentences, word_count
from bedside.rewrite.gates import Case, judge
from bedside.signals import anti_acts, comfort_acts, compare, emotion_words, extract
from bedside.signals.crisis import crisis
from bedside.signals.emotion import emotion_of
from bedside.signals.reading import forget_texts, read_text
from bedside.signals.reassurance import false_reassurance
from bedside.signals.urgency import red_flags, urgent_advice

# Twice the text may take so much longer: 2 if linear, 4 if quadratic. Less than `IDLE_S` tells nothing.
MOST_GROWTH, IDLE_S = 3.2, 0.02
CHARACTERS = 10_000
UNITS: dict[Language, tuple[str, ...]] = {
    "en": (
        "you may feel worried that ",
        "no fever, ",
        "2 to 3 ",
        "7",
        "Do not take aspirin. ",
        "I want to die ",
        "((",
        "a",
        "may be definitely cancer? ",
    ),
    "zh": ("您可能会担心", "没有发烧，", "两三", "不要吃药。", "我想死", "（（", "一", "肯定是癌症？"),
}
READERS: dict[str, Callable[[str, Language], object]] = {
    "extract": extract,
    "read_text": read_text,
    "compare, patient": lambda text, language: compare(text, f"{text} no", language, "patient"),
    "compare, doctor": lambda text, language: compare(text, f"{text} no", language, "doctor"),
    "comfort_acts": comfort_acts,
    "anti_acts": anti_acts,
    "emotion_words": emotion_words,
    "emotion_of": emotion_of,
    "false_reassurance": false_reassurance,
    "crisis": crisis,
    "red_flags": red_flags,
    "urgent_advice": urgent_advice,
    "sentences": lambda text, _: sentences(text),
    "word_count": lambda text, _: word_count(text),
    "judge": lambda text, language: judge(_case(text, language)),
}


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("name", READERS)
def test_twice_the_text_takes_about_twice_the_time(name: str, language: Language) -> None:
    read = READERS[name]
    for unit in UNITS[language]:
        half, whole = (unit * (size // len(unit)) for size in (CHARACTERS, 2 * CHARACTERS))
        grows = partial(_growth, partial(read, half, language), partial(read, whole, language))
        # What else the machine does may slow one round, not each of three.
        assert any(grows() <= MOST_GROWTH for _ in range(3)), (name, unit)


def _growth(half: Callable[[], object], whole: Callable[[], object]) -> float:
    return _seconds(whole) / max(_seconds(half), IDLE_S)


def _seconds(work: Callable[[], object]) -> float:
    forget_texts()
    start = time.process_time()
    work()
    return time.process_time() - start


def _case(text: str, language: Language) -> Case:
    before = (Message("patient", text), Message("doctor", text))
    after = (Message("patient", f"{text} no"), Message("doctor", f"{text} no"))
    return Case(language, before, after, PlannedEmotion("anxiety", 2, "explicit concern"), "distressed query")
