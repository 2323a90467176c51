"""A text read once for comparison: its facts, clauses, and the sets that are asked for again and again. Pure."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache, lru_cache
from operator import add

import msgspec
import rjieba

from bedside.core.phrases import load_yaml
from bedside.core.records import Language
from bedside.signals.facts import Fact, extract
from bedside.signals.numbers import spoken_numbers
from bedside.signals.patterns import sentences_of
from bedside.signals.terms import lower, terms
from bedside.signals.words import Clause, clauses, unit

__all__ = ["Reading", "forget_texts", "read_text"]

# A name is said when this share of its words is.
NAME_SHARE = 0.65
# Of a prohibition's words this many tell what is forbidden; this share of them must be denied in the rewrite.
FORBIDDEN_WORDS, FORBIDDEN_SHARE = 3, 0.34
# A misspelling is looked for in words of at least this many letters, this alike (difflib's ratio).
LONG_NAME, SPELT_ALIKE = 5, 0.8
# "0. 5 kg", "18. 4 weeks" in texts that put a space after every full stop.
# (A pattern that opens with plain text is searched for far faster than one that opens with a look behind.)
SPACED_DECIMAL = re.compile(r"\. (?<=\d\. )(\d+)(?![\d.)])")
# Characters that each say a complaint by themselves (痒 for 瘙痒), those that say the same together.
COMPLAINTS = (
    "疼痛酸",
    "痒",
    "胀满",
    "麻",
    "咳",
    "吐呕",
    "泻拉稀",
    "塞堵",
    "喘",
    "烧热",
    "晕昏",
    "肿",
    "嗝嗳",
    "闷",
    "汗",
    "痰",
    "血",
    "涕",
)
ALIKE = {character: frozenset(group) for group in COMPLAINTS for character in group}
WORD = re.compile(r"[a-z]+")
# Standing words of consultation sites send nobody anywhere.
NO_REFERRAL = re.compile("online|welcome|video|chat")
REFERRED_WITHIN = 6
HURRY = re.compile(
    "及时|尽快|尽早|赶紧|赶快|早点|马上|立即|立刻|\\b(?:soon|promptly|quickly|right now|early|at once|now)\\b"
)
FORBIDDING = frozenset("不忌禁勿别少戒免防")
# Characters of a text that is searched through for each word.
LONG_TEXT = 2_000
LONG_WORD = re.compile(r"[a-z]{4,}")


class Reading(msgspec.Struct, frozen=True, gc=False):
    """`units` are what its words stand for, `norms` the normal forms of its facts, `small` the text in lower case.

    `doubted` and `asking` are the sentences with a doubt and with a question, `characters` the characters of a Chinese
    text; of a long one each two that stand together as well, so that few words are searched for in all of it.
    """

    text: str
    small: str
    language: Language
    facts: tuple[Fact, ...]
    clauses: tuple[Clause, ...]
    units: frozenset[str]
    norms: frozenset[tuple[str, str]]
    terms: frozenset[str]
    names: frozenset[str]
    amounts: frozenset[str]
    doubted: frozenset[int]
    asking: frozenset[int]
    characters: frozenset[str]

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers of the text in digits."""
        return _numbers(self.small)

    def says(self, unit: str, term: str) -> float:
        """How surely the text has a word or name: 1 for an equivalent, less for a part of it."""
        if unit in self.units or (term and term in self.terms):
            return 1.0
        if self.language == "en":
            return 0.0
        if (len(self.small) <= LONG_TEXT or unit[:2] in self.characters) and unit in self.small:
            return 1.0
        if len(unit) > 1:
            return 0.7 * sum(self._has(c) for c in unit) / len(unit)
        return 0.0

    def _has(self, character: str) -> bool:
        return not self.characters.isdisjoint(ALIKE.get(character, character))

    def says_words(self, fact: Fact) -> bool:
        """Whether the text has most of the words of a name, if not the name itself ("pain in the back")."""
        if self.language == "zh":
            if fact.kind == "symptom" and any(self._has(c) for c in fact.text if c in ALIKE):
                return True
            return sum(c in self.small for c in fact.text) >= (NAME_SHARE if len(fact.text) > 2 else 1) * len(fact.text)
        units = [u for u in (unit(w, "en") for w in fact.text.lower().replace("-", " ").split()) if u]
        return bool(units) and sum(u in self.units for u in units) >= NAME_SHARE * len(units)

    def forbids(self, fact: Fact) -> bool:
        """Whether the text says the words of a prohibition in a clause that denies or forbids."""
        wanted = self.wanted(fact)
        denying = {c.sentence for c in self.clauses if c.negations or c.half_negators or self._forbidding(c)}
        said = {
            unit
            for clause in self.clauses
            if clause.sentence in denying
            for word in clause.words
            for unit in wanted
            if unit == word.unit or (self.language == "zh" and _share(unit, word.unit))
        }
        return len(said) >= FORBIDDEN_SHARE * len(wanted)

    def _forbidding(self, clause: Clause) -> bool:
        return self.language == "zh" and not FORBIDDING.isdisjoint(self.small[clause.start : clause.end])

    def wanted(self, fact: Fact) -> list[str]:
        """What the words of a fact stand for."""
        words = fact.norm.split() if self.language == "en" else rjieba.cut(fact.norm, False)
        return [u for u in dict.fromkeys(unit(w, self.language) for w in words) if u][:FORBIDDEN_WORDS]

    def misspells(self, fact: Fact) -> bool:
        """Whether the text has the words of this name, one of them misspelt ("phenumonia", "lose motions")."""
        if self.language == "zh":
            return False
        return all(unit(word, "en") in self.units or self.nearly_says(word) for word in fact.text.lower().split())

    def word_at(self, place: int) -> str:
        """The Latin word that begins at a place, in lower case; empty where there is none."""
        match = LONG_WORD.match(self.small, place)
        return match[0] if match else ""

    def nearly_says(self, word: str) -> bool:
        """Whether the text has a word that is this one misspelt."""
        if len(word) < LONG_NAME:
            return False
        own = [w for w in _long_words(self.small).get(word[0], ()) if w not in self.names]
        return bool(get_close_matches(word, own, n=1, cutoff=SPELT_ALIKE))

    def sends(self, clause: Clause) -> bool:
        """Whether a clause sends the patient to somebody."""
        going, whom = _referral(self.language)
        if self.language == "zh":
            part = self.small[clause.start : clause.end]
            return any(w in part for w in going) and any(w in part for w in whom) and not self._remote(clause)
        words = WORD.findall(self.small, clause.start, clause.end)
        if going.isdisjoint(words) or self._remote(clause):
            return False
        places = [n for n, w in enumerate(words) if w in going]
        return any(w in whom and any(0 < n - place <= REFERRED_WITHIN for place in places) for n, w in enumerate(words))

    def _remote(self, clause: Clause) -> bool:
        return NO_REFERRAL.search(self.small, clause.start, clause.end) is not None

    def hurries(self) -> bool:
        """Whether the text says "soon" in some way."""
        return HURRY.search(self.small) is not None

    def writes(self, number: str) -> bool:
        """Whether the digits of a number stand somewhere in the text, whatever is around them."""
        if number not in self.small:
            return False
        zeros = "0*" if "." in number else r"(?:\.0+)?"
        return re.search(rf"(?<![\d.]){re.escape(number)}{zeros}(?!\d)", self.small) is not None


@cache
def _referral(language: Language) -> tuple[frozenset[str], frozenset[str]]:
    data = load_yaml("signals/data/referrals.yaml")[language]
    return frozenset(data["go"].split()), frozenset(data["to"].split())


def _share(one: str, other: str) -> bool:
    """Whether two Chinese words share a character."""
    return not set(one).isdisjoint(other)


def _characters(small: str) -> frozenset[str]:
    return frozenset(small) if len(small) <= LONG_TEXT else frozenset(small).union(map(add, small, small[1:]))


@lru_cache(maxsize=256)
def _numbers(small: str) -> frozenset[str]:
    return frozenset(spoken_numbers(small))


@lru_cache(maxsize=256)
def _long_words(small: str) -> dict[str, list[str]]:
    """The words that may be a name misspelt, in their order, by first letter."""
    found: dict[str, list[str]] = {}
    for word in LONG_WORD.findall(small):
        found.setdefault(word[0], []).append(word)
    return found


@lru_cache(maxsize=256)
def read_text(text: str, language: Language) -> Reading:
    """All that comparison needs of a text."""
    original, text = text, SPACED_DECIMAL.sub(r".\1 ", text)
    small, named = lower(text), terms(text, language)
    parts = clauses(text, language, named)
    facts = extract(text, language, named)
    return Reading(
        original,
        small,
        language,
        facts,
        parts,
        frozenset(w.unit for c in parts for w in c.words),
        frozenset((f.kind, f.norm) for f in facts),
        frozenset(t.norm for t in named),
        frozenset(lower(text[t.start : t.end]) for t in named),
        frozenset(amount for f in facts for amount in f.amounts),
        frozenset(c.sentence for c in parts if c.hedges),
        frozenset(c.sentence for c in parts if c.asks),
        _characters(small) if language == "zh" else frozenset(),
    )


def forget_texts() -> None:
    """Clear what is kept of texts that were read; words and rules stay."""
    for kept in (read_text, _numbers, _long_words, sentences_of):
        kept.cache_clear()
