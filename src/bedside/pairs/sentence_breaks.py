"""Sentences taken out of an answer or put into it: tests, advice on danger, diagnoses, reassurance. Pure.

What is taken out is a whole sentence, in Chinese a clause between commas, or one of two tests that stand side by side.
A stretch that also names a drug or dose stays: then more than one thing would be lost.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from bedside.core.phrases import load_yaml
from bedside.core.records import Language, Role
from bedside.pairs.edits import Break, data, pattern, sentence_spans
from bedside.signals import Fact, extract

__all__ = ["diagnosis_breaks", "reassurance_breaks", "red_flag_breaks", "test_breaks"]

CLAUSE_END = re.compile(r"[，,]")
COORDINATED = re.compile(r"\s*(?:,|/|、|&|\band\b|\bor\b|和|及|以及|与|或)\s*(?:an? |the )?\Z", re.IGNORECASE)
ARTICLE = re.compile(r"\b(?:an?|the) \Z", re.IGNORECASE)
FOUND = re.compile(
    r"\b(?:was|were|shows?|showed|shown|normal|revealed|report|reports|results?|levels?)\b|正常|结果|显示|提示|[大小]三阳|不合格|异常"
)
# The lexicon of tests holds procedures that treat, too.
TREATMENT = re.compile(
    r"therapy|surgery|counsel|fertili|dialysis|massage|ectomy|plasty|transplant|management|injection|section|caesarean"
)
# A full stop behind a single letter is an abbreviation's.
ENDED: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"(?<!\b\w)(?<!\be\.g)(?<!\b\d\d)(?<!\b\d\d\d)[.!?][\"')]?\s*\Z"),
    "zh": re.compile(r"[。！？]\s*\Z"),
}
QUESTION = re.compile(r"[?？]\s*\Z|吗|呢\s*\Z")


def test_breaks(text: str, language: Language) -> list[Break]:
    """Each test or referral that is asked for, taken out."""
    ordered, referral, courtesy = (pattern(language, name) for name in ("ordered", "referral", "courtesy"))
    facts, found = extract(text, language), []
    for start, end in (span for a, b in sentence_spans(text) for span in _stretches(text, a, b, language)):
        stretch = text[start:end]
        inside = [f for f in facts if start <= f.start < end]
        tests = [f for f in inside if f.kind == "test" and not TREATMENT.search(f.norm)]
        if FOUND.search(stretch) or QUESTION.search(stretch) or courtesy.search(stretch):
            continue
        if tests and not ordered.search(stretch):
            continue
        if tests:
            found += _one_of_two(text, tests)
        if (tests or referral.search(stretch)) and _nothing_else(inside):
            found.append(Break(start, end, ""))
    return [b for b in found if _leaves_enough(text, b, language)]


def red_flag_breaks(text: str, language: Language) -> list[Break]:
    """Each sentence that says when and how fast to seek help, taken out."""
    danger, courtesy = pattern(language, "red_flag"), pattern(language, "courtesy")
    facts, found = extract(text, language), []
    for start, end in sentence_spans(text):
        match = danger.search(text, start, end)
        if not match or courtesy.search(text, start, end) or QUESTION.search(text[start:end]):
            continue
        for a, b in _stretches(text, start, end, language):
            whole = (a, b) == (start, end)
            inside = [f for f in facts if a <= f.start < b]
            if (whole or (a <= match.start() and match.end() <= b)) and _nothing_else(inside):
                found.append(Break(a, b, ""))
    return [b for b in found if _leaves_enough(text, b, language)]


def diagnosis_breaks(text: str, language: Language, side: Role, rng: random.Random) -> list[Break]:
    """A sentence that states a diagnosis near to what the text speaks of, and not named in it."""
    low = text.lower()
    topics: dict[str, list[str]] = data(language)["diagnoses"]
    names = [n for topic, names in topics.items() if topic and re.search(topic, low) for n in names] or topics[""]
    names = [n for n in names if _bare(n) not in low and _bare(n).split()[-1] not in low]
    if not names:
        return []
    frame = rng.choice(data(language)[f"diagnosis_{side}"])
    return _put_in(text, frame.format(rng.choice(names)), _later_places(text, language))


def reassurance_breaks(text: str, language: Language, rng: random.Random) -> list[Break]:
    """An unfounded reassurance where the advice on danger was, or else between two sentences."""
    line = rng.choice(reassurances(language))
    spans = set(sentence_spans(text))
    whole = [b for b in red_flag_breaks(text, language) if (b.start, b.end) in spans]
    if whole:
        return [Break(b.start, b.start + len(text[b.start : b.end].rstrip()), line) for b in whole]
    return _put_in(text, line, _later_places(text, language))


@cache
def reassurances(language: Language) -> tuple[str, ...]:
    """Reassurances without reason."""
    return tuple(load_yaml(f"pairs/data/false_reassurance_{language}.yaml"))


def _bare(name: str) -> str:
    return re.sub(r"^(?:an?|the) ", "", name).lower()


def _later_places(text: str, language: Language) -> list[int]:
    """Where a sentence may be put in: after each sentence that has ended, before the closing words."""
    closing, spans = pattern(language, "closing"), list(sentence_spans(text))
    last = next((i for i in range(len(spans)) if i and all(closing.match(text[a:b]) for a, b in spans[i:])), len(spans))
    places = [b for a, b in spans[:last] if ENDED[language].search(text[a:b]) and not text[b : b + 1].isdigit()]
    return places or ([spans[-1][1]] if text.strip() else [])


def _put_in(text: str, line: str, places: list[int]) -> list[Break]:
    """A sentence put in at each place, with the spaces and the case of the text around it."""
    line = line if any(c.isupper() for c in text) or not text.isascii() else line.lower()
    chinese = not line.isascii()
    gap = "" if chinese else " "
    made = []
    for place in places:
        opened = bool(re.search(r"[\w)]\Z", text[:place]))
        before = ("。" if chinese else ". ") if opened else "" if text[:place][-1:].isspace() else gap
        made.append(Break(place, place, before + line + (gap if place < len(text) else "")))
    return made


def _nothing_else(facts: list[Fact]) -> bool:
    return not any(f.kind in ("drug", "dose", "prohibition") for f in facts)


def _stretches(text: str, start: int, end: int, language: Language) -> Iterator[tuple[int, int]]:
    """What can be taken out and leave a text whole: the sentence, and its Chinese clauses with one of their commas."""
    yield start, end
    commas = [m.start() for m in CLAUSE_END.finditer(text, start, end)] if language == "zh" else []
    if commas:
        last = start + len(text[start:end].rstrip().rstrip("。！？；"))
        # The first clause holds what the next ones speak of, so it stays.
        yield from ((a, b) for a, b in zip(commas, [*commas[1:], last], strict=True))


def _one_of_two(text: str, tests: list[Fact]) -> list[Break]:
    """Of tests side by side the first, with what joins it to the second."""
    found = []
    for one, two in pairwise(tests):
        if one.norm != two.norm and COORDINATED.match(text, one.end, two.start):
            article = ARTICLE.search(text[: one.start])
            keep = ARTICLE.search(text[: two.start]) if article else None
            found.append(
                Break(article.start() if article and keep else one.start, keep.start() if keep else two.start, "")
            )
    return found


def _leaves_enough(text: str, edit: Break, language: Language) -> bool:
    """Whether something is left that a reader would take for an answer."""
    return len((text[: edit.start] + text[edit.end :]).strip()) >= (12 if language == "en" else 6)
