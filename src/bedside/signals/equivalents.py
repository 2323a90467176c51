"""Whether a text states the equivalent of a fact, and which facts may come and go as ways of speaking. Pure."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise

from bedside.core.phrases import load_yaml
from bedside.core.records import Language, Role
from bedside.signals.facts import Fact
from bedside.signals.reading import Reading, read_text
from bedside.signals.terms import lower, terms
from bedside.signals.words import unit

__all__ = ["NUMBERED", "amounts_in", "dosed", "slight", "slightly_added", "stated"]

NUMBERED = frozenset({"number", "age", "dose", "lab value", "frequency", "duration"})
NAMED = frozenset({"drug", "diagnosis", "symptom", "test", "timing", "laterality"})
# What may be told in lay words, and how these say that something is not.
LAY_KINDS = frozenset({"diagnosis", "symptom", "test"})
NOT, NOTS = "not", frozenset({"not", "no", "never", "cannot", "hardly", "unable"})
# Who a patient need not name again.
ACQUAINTANCES = frozenset({"friend", "colleague", "neighbour", "roommate"})
# 其父, 妈: one character names the person.
SHORT_RELATIONS = {"father": "父", "mother": "母", "husband": "夫", "wife": "妻", "child": "娃"}
# Whom a wider or narrower word may mean.
RELATED = {"child": ("son", "daughter"), "son": ("child",), "daughter": ("child",), "partner": ("husband", "wife"),
           "husband": ("partner",), "wife": ("partner",)}  # fmt: skip
# Words that tell of somebody without a name: a marriage of a wife, a pregnancy of a child.
NOBODY: frozenset[str] = frozenset()
MARRIED = frozenset(
    {"marriag", "marri", "wed", "sex", "intercours", "sexual", "spous", "结婚", "婚后", "同房", "性生活"}
)
CHILD = frozenset(
    {"child", "son", "daughter", "babi", "kid", "孩子", "宝宝", "儿子", "女儿", "小孩", "幼儿", "小儿", "宝贝"}
)
ENTAILED = {
    "wife": MARRIED, "husband": MARRIED, "partner": MARRIED | {"boyfriend", "girlfriend"},
    "mother": CHILD, "father": CHILD,
    "child": CHILD | {"year", "age", "pregnanc", "pregnant", "birth", "paediatrician", "岁", "怀孕", "月龄"},
}  # fmt: skip
# How soon, and where the soonest help is.
URGENCY = {"same day": 1, "urgent": 2, "emergency": 3}
HOSPITAL = re.compile(r"\bhospital|医院|\bemergency\b|急")
# A text that has the one does not mean the other by "child".
SIBLING = {"son": "daughter", "daughter": "son"}
# Characters from a medicine to what is said of how it is taken.
DOSED_WITHIN = 60
# Spans of time in the unit of the normal form, and words beside them that count.
SPANS = {"hour": (1, "hour"), "day": (1, "day"), "week": (7, "day"), "month": (1, "month"), "year": (12, "month")}
COUNTED = {
    "whole": "1",
    "coupl": "2",
    "second": "2",
    "third": "3",
    "fourth": "4",
    "fifth": "5",
    "sixth": "6",
    "seventh": "7",
    "eighth": "8",
    "ninth": "9",
    "tenth": "10",
}
SLIGHT = frozenset({"a", "an", "one", "every", "each", "once", "some", "many", "一天", "每天", "每日", "一个", "半天"})


def amounts_in(fact: Fact, other: Reading) -> bool:
    return (fact.kind, fact.norm) in other.norms or _counts_in(fact, other)


def _counts_in(fact: Fact, other: Reading) -> bool:
    """Whether the other text counts the same; "twice a day" is not said by "twice a week", though both say twice."""
    rated = fact.kind == "frequency" and not fact.norm.endswith(" times")
    amounts = [a for a in fact.amounts if not (rated and a.endswith(" times"))]
    return bool(amounts) and other.amounts.issuperset(amounts)


def stated(fact: Fact, other: Reading, exactly: bool = False) -> bool:
    """Whether the other text states the fact's equivalent; `exactly`: a range only as a range."""
    if (fact.kind, fact.norm) in other.norms:
        return True
    if fact.kind == "relation":
        if ("relation", SIBLING.get(fact.norm, "")) in other.norms:
            return False
        return (
            fact.norm in ACQUAINTANCES
            or SHORT_RELATIONS.get(fact.norm, "\0") in other.small
            or not ENTAILED.get(fact.norm, NOBODY).isdisjoint(other.units)
            or any(("relation", norm) in other.norms for norm in RELATED.get(fact.norm, ()))
        )
    if fact.kind in NUMBERED:
        return not (exactly and len(fact.amounts) > 1) and _number_stated(fact, other)
    if fact.kind == "prohibition":
        return other.forbids(fact)
    if fact.kind == "urgency":
        return _as_urgent(fact, other)
    if fact.kind in NAMED and (other.says_words(fact) or other.misspells(fact)):
        return True
    return fact.kind in LAY_KINDS and _in_other_words(fact.norm, other)


def _in_other_words(norm: str, other: Reading) -> bool:
    """Whether a sentence tells a complaint or test without its name ("my head pounds")."""
    told = _lay_terms(other.language).get(norm)
    return told is not None and any(words <= said for words in told for said in _said(other.text, other.language))


@lru_cache(maxsize=64)
def _said(text: str, language: Language) -> list[frozenset[str]]:
    """What each sentence says: what its English words stand for; the characters of Chinese ones."""
    reading = read_text(text, language)
    sentences: dict[int, set[str]] = {}
    for clause in reading.clauses:
        said = sentences.setdefault(clause.sentence, set())
        if reading.language == "zh":
            said.update(reading.small[clause.start : clause.end])
        else:
            said.update(w.unit for w in clause.words)
            if clause.negations:
                said.add(NOT)
    return [frozenset(said) for said in sentences.values()]


@cache
def _lay_terms(language: Language) -> dict[str, list[frozenset[str]]]:
    """By norm, the words that tell it together."""
    data = load_yaml("signals/data/lay_terms.yaml")[language]
    return {norm: [_words(told, language) for told in lines] for norm, lines in data.items()}


def _words(told: str, language: Language) -> frozenset[str]:
    if language == "zh":
        return frozenset(told.replace(" ", ""))
    return frozenset(NOT if word in NOTS else unit(word, "en") or word for word in told.split())


def _as_urgent(fact: Fact, other: Reading) -> bool:
    """Whether the other text sends the patient as soon; "soon" and a hospital are as urgent as an emergency room."""
    levels = [URGENCY[f.norm] for f in other.facts if f.kind == "urgency"]
    hurried = bool(levels) or other.hurries()
    if fact.norm == "emergency":
        return URGENCY["emergency"] in levels or (hurried and HOSPITAL.search(other.small) is not None)
    return max(levels, default=0) >= URGENCY[fact.norm] or other.hurries()


def _number_stated(fact: Fact, other: Reading) -> bool:
    """Numbers across wordings: "3 things" and "three things", "24 years old" and "at 24"."""
    if _counts_in(fact, other):
        return True
    values = fact.norm.split()[0].split("-")
    if fact.kind in ("number", "age", "lab value") and all(v in other.numbers or other.writes(v) for v in values):
        return True
    if fact.kind == "duration" and fact.norm in _spans(other.text, other.language):
        return True
    return fact.kind == "duration" and len(values) == 2 and _apart(fact, values, other)


@lru_cache(maxsize=64)
def _spans(text: str, language: Language) -> frozenset[str]:
    """Spans of time told without a number before them: "month four", "the fifth week", "a whole week"."""
    found = set()
    for clause in read_text(text, language).clauses:
        units = [*(w.unit for w in clause.words), ""]
        if SPANS.keys().isdisjoint(units):
            continue
        for (one, other), after in zip(pairwise(units[:-1]), units[2:], strict=True):
            # In "twice a day for 5 weeks" the number counts weeks.
            span, count = (one, other) if one in SPANS and after not in SPANS else (other, one)
            number = count[1:] if count[0] == "#" else COUNTED.get(count, "")
            if span in SPANS and number.isdigit():
                found.add(f"{int(number) * SPANS[span][0]} {SPANS[span][1]}")
    return frozenset(found)


def _apart(fact: Fact, values: list[str], other: Reading) -> bool:
    """Whether a range stands as two numbers ("between two and three days")."""
    unit = fact.norm.partition(" ")[2]
    return f"{values[1]} {unit}" in other.amounts and values[0] in other.numbers


def dosed(fact: Fact, facts: tuple[Fact, ...]) -> bool:
    """Whether a quantity belongs to a medicine: a drug or dose stands shortly before it."""
    return fact.kind == "prohibition" or any(
        f.kind in ("drug", "dose") and 0 <= fact.start - f.end < DOSED_WITHIN for f in facts
    )


def slight(fact: Fact, language: Language, side: Role) -> bool:
    """Whether a fact may be a way of speaking ("every day", "do not blame yourself"): to add it says nothing."""
    if fact.kind == "prohibition":
        words = fact.norm.split() if language == "en" else fact.norm
        return not any(word in words for word in _activities(language)) and not _of_a_drug(fact, language)
    if fact.kind in ("symptom", "diagnosis", "test", "timing"):
        return fact.norm in _everyday(side) or lower(fact.text) in _everyday(side)
    return fact.kind in NUMBERED and _uncounted(fact)


def _uncounted(fact: Fact) -> bool:
    """Whether a quantity is said without a count: "every day", not "every 8 hours" or "one to two weeks"."""
    words = fact.text.lower().split(" ")
    return words[0] in SLIGHT and len(fact.amounts) < 2 and (words[0] not in ("every", "each") or len(words) == 2)


def slightly_added(fact: Fact, told: tuple[Fact, ...], language: Language, side: Role) -> bool:
    """Whether a fact that only the rewrite has adds nothing."""
    # "times" without a period ("it helped three times") is told of where it is lost only.
    bare = fact.kind == "frequency" and fact.norm.endswith(" times")
    return bare or slight(fact, language, side) or _counted(fact, told) or _vague(fact, side)


def _counted(fact: Fact, facts: tuple[Fact, ...]) -> bool:
    """Whether "two tablets" and the like are spoken of where no medicine is given."""
    return fact.kind == "dose" and fact.text[0].isalpha() and not dosed(fact, tuple(f for f in facts if f != fact))


def _vague(fact: Fact, side: Role) -> bool:
    """Whether a span of time is a way of speaking (一天天), or the doctor's "some weeks": that adds no fact."""
    return fact.kind == "duration" and (fact.text[0] == "一" or (side == "doctor" and fact.norm.startswith("some ")))


def _of_a_drug(fact: Fact, language: Language) -> bool:
    return any(t.kind == "drug" for t in terms(fact.norm, language))


@cache
def _everyday(side: Role) -> frozenset[str]:
    return frozenset(load_yaml("signals/data/everyday.yaml")[side])


@cache
def _activities(language: Language) -> frozenset[str]:
    return frozenset(load_yaml("signals/data/activities.yaml")[language].split())
