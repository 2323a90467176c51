"""A patient's rewrite asks what the original asked, and complains of nothing new."""

from __future__ import annotations

import pytest

from bedside.core.records import Language
from bedside.signals.questions import complaints, questions
from bedside.signals.reading import read_text

ASKED: list[tuple[Language, str, str, str]] = [
    # language, the original, the question dropped, the question in other words
    ("en", "I have asthma. What should I eat?", "I have asthma, and I am scared.", "I'm scared: tell me what to eat?"),
    ("en", "Will it spread to my kids?", "I worry all night.", "I lie awake: could my kids catch it, does it spread?"),
    (
        "en",
        "Is surgery needed? How long is the scar?",
        "How long is the scar?",
        "I dread it: is surgery needed? And the scar?",
    ),
    ("en", "I have asthma. What should I do?", "I have asthma. I am scared.", "Asthma scares me, tell me what to do."),
    ("zh", "我有哮喘。怎么办？", "我有哮喘，我好怕。", "我有哮喘，我好怕，不知道怎么办。"),
    ("zh", "我有哮喘。该吃什么？", "我有哮喘，我好怕。", "我有哮喘，我好怕，能吃些什么？"),
    ("zh", "会传染给家人吗？", "我整夜担心。", "我整夜担心，家人会被传染吗？"),
    ("zh", "需要手术吗？疤痕多长？", "疤痕多长？", "我怕手术，需要做吗？疤痕有多长？"),
]


@pytest.mark.parametrize(("language", "original", "dropped", "asked"), ASKED)
def test_a_dropped_question_is_lost_and_one_in_other_words_is_not(
    language: Language, original: str, dropped: str, asked: str
) -> None:
    before = read_text(original, language)
    (lost,) = questions(before, read_text(dropped, language))
    assert (lost.kind, lost.outcome) == ("question", "lost")
    assert original[lost.start : lost.end].strip(" .。") in original
    assert list(questions(before, read_text(asked, language))) == []
    assert list(questions(before, before)) == []


@pytest.mark.parametrize(("language", "text"), [("en", "I have asthma. I eat fish."), ("zh", "我有哮喘。我吃鱼。")])
def test_a_text_that_asks_nothing_loses_no_question(language: Language, text: str) -> None:
    assert list(questions(read_text(text, language), read_text("", language))) == []


COMPLAINTS: list[tuple[Language, str, str, str, str]] = [
    # language, the original, a complaint put in, a feeling put in, the original's complaint in another form
    (
        "en",
        "My ankle itches.",
        "My ankle itches and tingles.",
        "My ankle itches and my heart sinks.",
        "An itchy ankle.",
    ),
    ("en", "I vomited.", "I vomited, dizzy.", "I vomited, and I could cry.", "The vomiting frightens me."),
    ("zh", "我咳嗽。", "我咳嗽，手指发麻。", "我咳嗽，心里很沉。", "咳得我好怕。"),
    ("zh", "脚踝痒。", "脚踝痒，还头晕。", "脚踝痒，我好想哭。", "脚踝瘙痒，我好怕。"),
]


@pytest.mark.parametrize(("language", "original", "worse", "feeling", "same"), COMPLAINTS)
def test_a_complaint_that_only_the_rewrite_has_is_added(
    language: Language, original: str, worse: str, feeling: str, same: str
) -> None:
    before = read_text(original, language)
    (added,) = complaints(before, read_text(worse, language))
    assert (added.kind, added.outcome) == ("symptom", "added")
    assert 0 <= added.start < added.end <= len(worse)
    for text in (feeling, same, original):
        assert list(complaints(before, read_text(text, language))) == [], text
