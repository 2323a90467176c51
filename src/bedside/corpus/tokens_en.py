"""An English message as tokens, and what each of them may be: a listed name, an ordinary word, a term of medicine.

Knows no rule that finds a name; see names_en.py. A token is a run of letters, with apostrophes and hyphens inside.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import accumulate
from typing import Literal, NamedTuple

import msgspec

from bedside.core.phrases import load_yaml
from bedside.corpus.gazetteer import given_names, surnames

__all__ = ["POSSESSIVE", "Message", "Run", "Words", "is_plain_word", "no_names", "plain_words", "words"]

TOKEN = re.compile(r"([^\W\d_]+(?:['’-][^\W\d_]+)*)")
# The same for text without accents, where it is twice as quick.
ASCII_TOKEN = re.compile(r"([A-Za-z]+(?:['-][A-Za-z]+)*)")
# Between the parts of a name: a space, or the point of an initial or an abbreviation.
GAP = re.compile(r"[ \t]{1,2}|\.[ \t]?")
POSSESSIVE = re.compile(r"['’]s\Z", re.IGNORECASE)
SHORT_END = re.compile(r"\s*(?:[,(;!:]|\d|here\b|again\b|d\.?o\.?b|[mf]\b|\.?\s*\Z)", re.IGNORECASE)
HYPHEN_AND_DIGIT = re.compile(r"-\d")
# A capital inside a word (HealthTap, IgE) is a brand or a measure, but for McAllister and LaToya.
INNER_CAPITAL = re.compile(r"(?!Mc|Mac|La|De|Le|O['’]|D['’])[^\W\d_]+?(?<![-'’])[A-Z]")
SCOTTISH = re.compile(r"(?:Mc|O['’])[A-Z][a-z]{2,}")
LONGEST = 5
# How sure the words before are that a name follows: any word, any capital, listed names only.
Cue = Literal["certain", "strong", "weak"]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The word lists of `data/privacy_en.yaml`."""

    titles: frozenset[str]
    greetings: frozenset[str]
    sign_offs: frozenset[str]
    honorifics: frozenset[str]
    fields: frozenset[str]
    medical_words: frozenset[str]
    relations: frozenset[str]
    plural_relations: frozenset[str]
    degrees: frozenset[str]
    roles: frozenset[str]
    particles: frozenset[str]
    forewords: frozenset[str]
    eponym_heads: frozenset[str]
    brands_of_doctors: frozenset[str]
    place_heads: frozenset[str]
    not_before_names: frozenset[str]
    before_names: frozenset[str]
    medical_endings: tuple[str, ...]
    clinical: frozenset[str]
    words: frozenset[str]
    also_words: frozenset[str]


class Run(NamedTuple):
    """Tokens `first` to `last` (not included) of a message, taken for a name."""

    first: int
    last: int


@cache
def words() -> Words:
    return msgspec.convert(load_yaml("corpus/data/privacy_en.yaml"), Words)


@cache
def ordinary_words() -> frozenset[str]:
    """Words that are no name unless something says so."""
    lists = words()
    return lists.also_words | lists.words | lists.clinical


@cache
def known_names() -> frozenset[str]:
    """Listed names that are no ordinary word."""
    return (given_names() | surnames()) - ordinary_words()


@cache
def plain_words() -> frozenset[str]:
    """Everyday words, names of drugs among them, that are no name though a capital opens them."""
    drugs = load_yaml("signals/data/drugs.yaml")
    listed = {name.lower() for generic, names in drugs.items() for name in (generic, *names)}
    return frozenset(load_yaml("corpus/data/plain_en.yaml")["words"].split()) | listed


@cache
def no_names() -> frozenset[str]:
    """All words that no name in lower case is told from: everyday words, relatives, titles, terms."""
    lists = words()
    return plain_words() | ordinary_words() | lists.relations | lists.titles


def is_plain_word(word: str) -> bool:
    """Whether a part of a name is also an ordinary word or a term of medicine (Hope, Bell)."""
    low = word.lower()
    return low in ordinary_words() or low in words().particles


def _lower(word: str) -> str:
    return word.lower().replace("’", "'")


class Message:
    """One message, its tokens, and what its capitals are worth."""

    def __init__(self, text: str) -> None:
        token = ASCII_TOKEN if text.isascii() else TOKEN
        self.text = text
        # Gaps and tokens in turn, in one search; case is changed once for all.
        parts = token.split(text)
        self.texts: list[str] = parts[1::2]
        self.starts = list(accumulate(map(len, parts)))[:-1:2]
        self.lows = _lower("\n".join(self.texts)).split("\n") if self.texts else []
        self.cased = 2 * sum(map(str.isupper, self.texts)) < len(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    def end(self, i: int) -> int:
        return self.starts[i] + len(self.texts[i])

    def low(self, i: int) -> str:
        """The token in lower case; outside the message nothing."""
        return self.lows[i] if 0 <= i < len(self.lows) else ""

    def between(self, i: int, j: int) -> str:
        """What stands between two tokens; a line's end where the second is outside the message."""
        return self.text[self.end(i) : self.starts[j]] if j < len(self.texts) else "\n"

    def capital(self, i: int) -> bool:
        return 0 <= i < len(self.texts) and self.texts[i][0].isupper()

    def given(self, i: int) -> bool:
        return self.low(i) in given_names()

    def ordinary(self, i: int) -> bool:
        return self.low(i) in ordinary_words()

    def known(self, i: int) -> bool:
        """Whether the token is a listed name and nothing else; of a double name one part is enough."""
        low = self.low(i)
        if low in known_names():
            return True
        low = POSSESSIVE.sub("", low)
        if "-" not in low:
            return low in known_names() or (bool(low) and bool(SCOTTISH.match(self.texts[i])))
        parts = low.split("-")
        plain = any(len(part) < 2 or part in words().words or part in words().clinical for part in parts)
        return (
            not plain
            and all(len(part) > 3 or part in given_names() or part in surnames() for part in parts)
            and any(part in known_names() for part in parts)
        )

    def skip(self, i: int, skipped: frozenset[str]) -> int:
        while self.low(i) in skipped:
            i += 1
        return i

    def medical(self, i: int) -> bool:
        """Whether a word that is listed nowhere ends as terms of medicine and its branches do."""
        return self.low(i).endswith(words().medical_endings) and not self.known(i)

    def unlisted(self, i: int) -> bool:
        """Whether a capital opens a word that is neither a listed name nor a known word: a name of any language."""
        if not (self.cased and self.capital(i)) or self.ordinary(i) or self.medical(i):
            return False
        text, low = self.texts[i], POSSESSIVE.sub("", self.lows[i])
        stem = low.removesuffix("s") if len(low) > 4 else low
        plain = plain_words().isdisjoint((low, stem, low.removesuffix("ed"), low.removesuffix("ing")))
        odd = text.isupper() or INNER_CAPITAL.match(text) or low in words().clinical
        return len(low) > 2 and plain and not odd and low not in words().eponym_heads

    def run(self, i: int, cue: Cue) -> Run | None:
        """The longest run of tokens from `i` that look like one name."""
        while self.low(i) in words().forewords and self.capital(i + 1) and not self.given(i):
            i += 1
        last = i
        while last < len(self) and last - i < LONGEST and self._joins(i, last) and self.looks(last, cue):
            last += 1
        if i < last < len(self) and self.known(last - 1) and self._joins(i, last) and self._surname_in_haste(last):
            last += 1
        while last > i and self.low(last - 1) in words().particles and not self.given(last - 1):
            last -= 1
        if last == i or all(len(self.lows[k]) == 1 for k in range(i, last)) or self._is_eponym(last, cue):
            return None
        if cue == "weak" and not any(self.known(k) for k in range(i, last)):
            return None
        return Run(i, last)

    def looks(self, i: int, cue: Cue) -> bool:
        """Whether a token may be part of a name, given how sure the cue makes it."""
        low, lists = self.low(i), words()
        if low in lists.particles:
            return True
        if self.capital(i):
            return self._capital_looks(i, cue)
        if low in ordinary_words() or low in lists.degrees or self.medical(i):
            return False
        hurried = cue == "certain" and not low.endswith(("ing", "ed", "ly"))
        return hurried or low in given_names() or low in surnames()

    def _capital_looks(self, i: int, cue: Cue) -> bool:
        low, text, lists = self.lows[i], self.texts[i], words()
        if len(low) == 1 and self.between(i, i + 1).startswith("."):
            return True
        if low in lists.words or low in lists.degrees:
            return (cue != "weak" and low in lists.also_words and low in given_names()) or self.abbreviated(i)
        if (
            cue != "certain"
            and not self.known(i)
            and (self._loud(text) or INNER_CAPITAL.match(text) or self.medical(i))
        ):
            return False
        return cue != "weak" or low not in ordinary_words()

    def _loud(self, text: str) -> bool:
        """COVID, HCM: an abbreviation, in a message that is not written in capitals."""
        return self.cased and len(text) > 1 and text.isupper()

    def abbreviated(self, i: int) -> bool:
        """`Md. Rahman`: Mohammed, as many write it."""
        return self.low(i) in ("md", "mohd", "mhd") and self.capital(i + 1) and self.between(i, i + 1) in (". ", " ")

    def _joins(self, first: int, i: int) -> bool:
        if i == first:
            return True
        gap = self.text[self.end(i - 1) : self.starts[i]]
        return bool(GAP.fullmatch(gap)) and (len(self.texts[i - 1]) <= 2 or "." not in gap)

    def _surname_in_haste(self, i: int) -> bool:
        """`its priya venkatesan again`: a word that is listed nowhere, between a name and a mark."""
        low, lists = self.lows[i], words()
        plain = (
            low in ordinary_words() or low in lists.degrees | lists.eponym_heads | lists.relations or self.medical(i)
        )
        fits = len(low) > 3 and not plain and self.capital(i) == self.capital(i - 1)
        return fits and bool(SHORT_END.match(self.text, self.end(i)))

    def _is_eponym(self, last: int, cue: Cue) -> bool:
        if cue == "certain":
            return False
        return self.low(last) in words().eponym_heads or bool(HYPHEN_AND_DIGIT.match(self.text, self.end(last - 1)))
