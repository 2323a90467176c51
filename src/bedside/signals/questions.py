"""What a patient's rewrite asks no more, and what it complains of anew. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.signals.alignment import Change, by_fixed_shares
from bedside.signals.reading import Reading
from bedside.signals.words import LIGHT, Clause, Word, unit

__all__ = ["asking_sentences", "complaint_words", "complaints", "questions"]

# By fixed shares, a question of at least this weight is lost where no more than the first share of it is asked still
# and no more than the second is said still; by whether the rewrite asks less often than the original.
QUESTION_WEIGHT = 1.0
QUESTION_SHARES = {False: (0.2, 0.7), True: (0.3, 0.85)}
MARK, SENTENCE_END = re.compile("[?？]"), re.compile("[.!?\\n。！？]")
ASKING: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"\?|？|\b(?:wh(?:at|y|ich|ether|en|ere|o)|how|if|advi[sc]e|wonder\w*|help|tell|know|opinion)\b"),
    "zh": re.compile("[?？吗呢么怎哪几]|如何|是否|为何|多久|多少|请|([\u3400-\u9fff])[不没]\\1|知道|帮|建议|指导"),
}
# A complaint of which so much is said in other words is not new.
SAID_IN_PART = 0.3


def questions(before: Reading, after: Reading) -> Iterator[Change]:
    """The last question where the rewrite asks nothing more; by fixed shares, each of which hardly a word is asked."""
    if _asks_nothing_more(before, after):
        yield Change("question", "lost", *_last_question(before))
        return
    if not by_fixed_shares(before, after):
        return
    asked, asking = _asked(before), _asked(after)
    left = frozenset(name for words, _ in asking for w in words for name in (w.unit, w.term) if name)
    for words, span in asked:
        weight = sum(w.weight for w in words)
        kept = sum(w.weight * (w.unit in left or w.term in left) for w in words)
        said = sum(w.weight * after.says(w.unit, w.term) for w in words)
        shares = QUESTION_SHARES[len(asking) < len(asked)]
        # Who asks nothing any more has dropped a question of little words (该吃什么) too.
        if (
            weight >= (QUESTION_WEIGHT if asking else LIGHT)
            and kept <= shares[0] * weight
            and said <= shares[1] * weight
        ):
            yield Change("question", "lost", *span)


def _asks_nothing_more(before: Reading, after: Reading) -> bool:
    """Whether the original asks with a mark, and the rewrite in no way: "What should I do?" has no word of content."""
    return MARK.search(before.small) is not None and ASKING[after.language].search(after.small) is None


def _last_question(reading: Reading) -> tuple[int, int]:
    end = max(reading.small.rfind(mark) for mark in "?？") + 1
    start = max((m.end() for m in SENTENCE_END.finditer(reading.small, 0, end - 1)), default=0)
    return start, end


def _asked(reading: Reading) -> list[tuple[list[Word], tuple[int, int]]]:
    """The words of each sentence that asks, and its place."""
    asking = asking_sentences(reading)
    found: dict[int, list[Clause]] = {}
    for clause in reading.clauses:
        if clause.sentence in asking:
            found.setdefault(clause.sentence, []).append(clause)
    return [([w for c in parts for w in c.words], (parts[0].start, parts[-1].end)) for parts in found.values()]


def asking_sentences(reading: Reading) -> frozenset[int]:
    """The sentences that ask. Who uses question marks asks nothing without one."""
    marked = MARK.search(reading.small) is not None
    return frozenset(c.sentence for c in reading.clauses if c.asks or (c.begins_asking and not marked))


def complaints(before: Reading, after: Reading) -> Iterator[Change]:
    """Words of complaint ("tingle", 发黑) that only the patient's rewrite has."""
    known = complaint_words(before.language)
    for clause in after.clauses:
        new = [
            w
            for w in clause.words
            if w.unit in known
            and before.says(w.unit, w.term) < SAID_IN_PART
            and not before.nearly_says(after.word_at(w.start))
        ]
        if new:
            yield Change("symptom", "added", clause.start, clause.end)


@cache
def complaint_words(language: Language) -> frozenset[str]:
    """What the words of complaint stand for."""
    words = str(load_yaml("signals/data/complaints.yaml")[language]).split()
    return frozenset(unit(word, language) for word in words)
