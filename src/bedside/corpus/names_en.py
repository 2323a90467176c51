"""Personal names in an English message: by the words around them, by their capitals and by lists of names.

Knows nothing of Chinese. A name with no cue beside it is found only when it is a listed given name in capitals inside a
sentence. What is a term of medicine (Bell's palsy, Graves, Yasmin) is left alone unless a title stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

import msgspec

from bedside.core.phrases import load_yaml
from bedside.corpus.gazetteer import given_names, surnames

__all__ = ["english_names", "is_plain_word"]

TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# Between the parts of a name: a space, or the point of an initial or an abbreviation.
GAP = re.compile(r"[ \t]{1,2}|\.[ \t]?")
SENTENCE_END = re.compile(r"(?:^|[.!?:;\n])[\s\"'(]*\Z")
AT_END = re.compile(r"[\s.,!)\"'*~x♥❤:;-]*\Z")
POSSESSIVE = re.compile(r"['’]s\Z", re.IGNORECASE)
SAID = re.compile(r"\s*(?:[:=]|[-–]\s|is\b|\()\s*", re.IGNORECASE)
AGE_OR_END = re.compile(r"\s*(?:[,(;.!:]|\d|\Z|\n|from\b|here\b|again\b|and\b|[mf]\b)", re.IGNORECASE)
SHORT_END = re.compile(r"\s*(?:[,(;!:]|\d|here\b|again\b|[mf]\b)", re.IGNORECASE)
LONGEST = 5
# What follows a name that opens a sentence: `Siobhan is`, `Ayaan (9)`, `Okonkwo/54/M`, `Tunde, who`, `LaToya: 39`.
AS_SUBJECT = re.compile(r"['’]s\b|\s?(?:[/(:,]\s?\d|,? (?:is|was|has|had|who|and|says|said|told|my|here|et)\b| \d)", re.IGNORECASE)
# A listed name after these is a place or a thing as a rule, after those a person.
NOT_BEFORE_NAMES = frozenset({"in", "at", "near", "the", "a", "an", "of", "like", "on", "take", "taking", "took", "from", "to", "or", "per"})
BEFORE_NAMES = frozenset({"with", "told", "asked", "saw", "w", "by", "and", "met", "thanks", "according"})
Cue = Literal["certain", "strong", "weak"]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The word lists of `data/privacy_en.yaml`."""

    titles: frozenset[str]
    greetings: frozenset[str]
    sign_offs: frozenset[str]
    relations: frozenset[str]
    degrees: frozenset[str]
    roles: frozenset[str]
    particles: frozenset[str]
    forewords: frozenset[str]
    eponym_heads: frozenset[str]
    clinical: frozenset[str]
    words: frozenset[str]
    also_words: frozenset[str]


class Token(NamedTuple):
    text: str
    low: str
    start: int
    end: int


class Run(NamedTuple):
    """Tokens `first` to `last` (not included) of a message, taken for a name."""

    first: int
    last: int


@cache
def words() -> Words:
    return msgspec.convert(load_yaml("corpus/data/privacy_en.yaml"), Words)


def english_names(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of personal names, in order, none overlapping."""
    reader = _Message(text)
    spans: list[tuple[int, int]] = []
    for run in sorted(reader.runs()):
        start, end = reader.tokens[run.first].start, reader.tokens[run.last - 1].end
        end -= len(found[0]) if (found := POSSESSIVE.search(text[start:end])) else 0
        if not spans or start >= spans[-1][1]:
            spans.append((start, end))
    return spans


def is_plain_word(word: str) -> bool:
    """Whether a part of a name is also an ordinary word or a term of medicine (Hope, Bell)."""
    low, lists = word.lower(), words()
    return low in lists.also_words or low in lists.words or low in lists.clinical or low in lists.particles


class _Message:
    """One message, its tokens, and what its capitals are worth."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [Token(m[0], m[0].lower(), m.start(), m.end()) for m in TOKEN.finditer(text)]
        letters = sum(map(str.isalpha, text)) or 1
        self.cased = sum(map(str.isupper, text)) < 0.3 * letters

    def runs(self) -> Iterator[Run]:
        """Every run of tokens that some rule takes for a name."""
        for i, token in enumerate(self.tokens):
            for run in (self._after_cue(i, token), self._listed(i, token)):
                if run is not None:
                    yield run
        yield from self._signatures()

    def _after_cue(self, i: int, token: Token) -> Run | None:
        lists, low = words(), token.low
        if low in lists.titles:
            return self._titled(i)
        if low in lists.greetings:
            return self._greeted(i)
        if low in ("name", "names", "surname", "nickname"):
            return self._named(i)
        if low in lists.relations:
            return self._related(i)
        if low in ("called", "named"):
            return self._run(i + 1, "weak")
        if low in ("i'm", "im", "am", "i’m", "it's", "its", "is", "myself", "it’s", "this's"):
            return self._introduced(i)
        if low in ("case", "behalf") and self._low(i + 1) == "of":
            return self._run(i + 2, "strong")
        return None

    def _titled(self, i: int) -> Run | None:
        """`Dr. Rao`, `my doc patel`; a title in lower case is followed by all sorts of words."""
        after = self._skip(i + 1, words().titles)
        gap = self.text[self.tokens[i].end : self.tokens[after].start] if after < len(self.tokens) else "\n"
        if not re.fullmatch(r"[ \t.]{0,3}", gap):
            return None
        short = self.tokens[i].low in ("dr", "mr", "mrs", "ms", "prof")
        run = self._run(after, "strong" if short or self._capital(after) else "weak")
        if run is None and short and self._after_title(after):
            run = Run(after, after + 1)
        if run is None or self._low(run.first) in words().relations:
            return None
        known_not = {"reckeweg", "reddy", "reddys", "reddy's", "reddy’s", "scholl", "scholl's", "scholl’s", "google", "bach", "oz", "phil", "pepper", "who", "house", "internet"}
        return None if self._low(run.first) in known_not else run

    def _after_title(self, i: int) -> bool:
        """Whether a word in lower case that is listed nowhere can be the name after `dr` or `mrs`."""
        low = POSSESSIVE.sub("", self._low(i))
        return len(low) > 2 and not self._ordinary(low) and not low.endswith(("ed", "ing", "ly")) and low not in words().roles

    def _greeted(self, i: int) -> Run | None:
        """`Hello Priya`, `hi dr lee`, `good morning Mr. Ali`: at the head of a sentence."""
        before = self.text[: self.tokens[i].start]
        head = SENTENCE_END.search(before) or self._low(i - 1) in ("good", "and", "hi", "hello")
        after = self._skip(i + 1, words().titles | {"there", "again", "to", "back", "my"})
        if not head or "\n" in self._between(i, after) or re.search(r"[.!?]", self._between(i, after).replace("r.", "r")):
            return None
        run = self._run(after, "strong")
        if run is None and self._after_title(after) and re.match(r"['’]?\s?[,\n]", self.text[self.tokens[after].end :]):
            return Run(after, after + 1)
        return run if run and AGE_OR_END.match(self.text, self.tokens[run.last - 1].end) or (run and self._surely(run)) else None

    def _named(self, i: int) -> Run | None:
        """`my name is ...`, `Patient's name - ...`, `surname ...`."""
        token = self.tokens[i]
        said = SAID.match(self.text, token.end)
        if said is None and token.low != "surname" and self._low(i - 1) not in ("my", "full"):
            return None
        after = i + 1
        while self._low(after) in {"is", *words().forewords}:
            after += 1
        return self._run(after, "certain") if token.low != "names" or said else None

    def _related(self, i: int) -> Run | None:
        """`my son Tom`, `my daughter, Mia`, `baby of Lakshmi`; what follows a comma must be listed."""
        after = i + 1
        while self._low(after) in ("is", "called", "named", "of", "a", "little", "girl", "boy"):
            after += 1
        if re.search(r"[.!?\n:;(]", self._between(i, after)) or (self._low(after - 1) == "is" and not self._given(after)):
            return None
        capital = self._capital(after) and self.cased and not self._ordinary(self._low(after))
        return self._run(after, "strong" if capital else "weak")

    def _introduced(self, i: int) -> Run | None:
        """`I am Rose, 27`, `im jessica 27 f`, `its Kenji again`, `this is Maria`."""
        low, before = self.tokens[i].low, self._low(i - 1)
        if (low == "am" and before != "i") or (low == "is" and before != "this") or "\n" in self._between(i, i + 1):
            return None
        after = self._skip(i + 1, words().titles)
        plain = self._capital(after) and self._given(after) and self._low(after) not in ("may", "april", "june", "august")
        run = self._run(after, "strong" if after > i + 1 or plain or self._aged(after) else "weak")
        if run is None or not AGE_OR_END.match(self.text, self.tokens[run.last - 1].end):
            return None
        return run

    def _aged(self, i: int) -> bool:
        """`im Rose 19F`, `I'm Will Frank (33m)`: capitals and then an age leave no doubt."""
        return bool(self._capital(i) and re.match(r"[^\W\d_]+(?: [A-Z][^\W\d_]+)?[ ,(]{1,3}\d", self.text[self.tokens[i].start :]))

    def _listed(self, i: int, token: Token) -> Run | None:
        """A listed name in capitals, in a message that uses capitals for names; at the head of a sentence only as a subject."""
        if not token.text[0].isupper() or token.text.isupper() or not self.cased or not self._known(i):
            return None
        head = SENTENCE_END.search(self.text[max(0, token.start - 4) : token.start])
        if head and not AS_SUBJECT.match(self.text, token.end):
            return None
        if self._low(i - 1) in NOT_BEFORE_NAMES or not (self._given(i) or head or self._low(i - 1) in BEFORE_NAMES or "-" in token.text):
            return None
        return self._run(i, "weak")

    def _signatures(self) -> Iterator[Run]:
        """Names at the end of a message or of a line, after a greeting, a dash or a full stop."""
        lists = words()
        for end in self._line_ends():
            last = end
            while last and self._low(last - 1) in lists.degrees | lists.roles and not self._given(last - 1):
                last -= 1
            first = last
            while first and last - first < LONGEST and self._part(first - 1, first, last):
                first -= 1
            before_name = lists.titles | lists.words | lists.sign_offs | lists.forewords
            while first < last and self._low(first) in before_name and not self._abbreviated(first):
                first += 1
            if first < last and self._signed(first, last):
                yield Run(first, last)

    def _part(self, i: int, first: int, last: int) -> bool:
        low = self._low(i)
        if first < last and not GAP.fullmatch(self.text[self.tokens[i].end : self.tokens[first].start]):
            return False
        if low in words().particles or self._looks(i, "strong"):
            return True
        # In lower case and listed nowhere: only where a letter's close leaves no doubt.
        return self._low(i - 1) in ("regards", "rgds", "sincerely", "cheers") and not self._ordinary(low)

    def _signed(self, first: int, last: int) -> bool:
        before, previous = self.text[: self.tokens[first].start], self._low(first - 1)
        if any(self._low(i) in words().clinical for i in range(first, last)) and previous not in words().sign_offs:
            return False
        dash = re.search(r"(?:^|[\s.!?])[-–—~*]{1,2}\s*(?:dr\.?\s*)?\Z", before, re.IGNORECASE)
        if dash or re.search(r"\n\s*(?:dr\.?\s*)?\Z", before, re.IGNORECASE):
            return bool(dash) or any(self._given(i) or self._capital(i) for i in range(first, last))
        if previous in words().sign_offs or previous in words().titles:
            return not before.rstrip().endswith("?")
        known = any(self._known(i) for i in range(first, last))
        return bool(re.search(r"[.!?]\s+\Z", before)) and known and all(self._capital(i) for i in range(first, last))

    def _line_ends(self) -> Iterator[int]:
        """Indices after the last token of the message and of lines that are followed by nothing but short lines."""
        for i, token in enumerate(self.tokens):
            rest = self.text[token.end :]
            if len(rest) < 160 and (AT_END.match(rest) or re.match(r"[\s.,!)]*\n", rest)) or self._then_degrees(i, rest):
                yield i + 1

    def _then_degrees(self, i: int, rest: str) -> bool:
        return len(rest) < 80 and rest.startswith(",") and self._low(i + 1) in words().degrees | words().roles

    def _run(self, i: int, cue: Cue) -> Run | None:
        """The longest run of tokens from `i` that look like one name."""
        while self._low(i) in words().forewords and self._capital(i + 1) and not self._given(i):
            i += 1
        last = i
        while last < len(self.tokens) and last - i < LONGEST and self._joins(i, last) and self._looks(last, cue):
            last += 1
        if i < last < len(self.tokens) and self._known(last - 1) and self._joins(i, last) and self._surname_in_haste(last):
            last += 1
        while last > i and self._low(last - 1) in words().particles and not self._given(last - 1):
            last -= 1
        if last == i or all(len(self._low(k)) == 1 for k in range(i, last)) or self._is_eponym(last, cue):
            return None
        if cue == "weak" and not any(self._known(k) for k in range(i, last)):
            return None
        return Run(i, last)

    def _surname_in_haste(self, i: int) -> bool:
        """A word that is listed nowhere, after a known given name and before a mark, an age or `here`: `its priya venkatesan again`."""
        low = self._low(i)
        plain = self._ordinary(low) or low in words().degrees | words().eponym_heads | words().relations
        return len(low) > 3 and not plain and bool(SHORT_END.match(self.text, self.tokens[i].end))

    def _joins(self, first: int, i: int) -> bool:
        if i == first:
            return True
        gap = self.text[self.tokens[i - 1].end : self.tokens[i].start]
        short = len(self.tokens[i - 1].text) <= 2
        return bool(GAP.fullmatch(gap)) and (short or "." not in gap)

    def _looks(self, i: int, cue: Cue) -> bool:
        """Whether a token may be part of a name, given how sure the cue makes it."""
        low, lists = self._low(i), words()
        if low in lists.particles:
            return True
        if self._capital(i):
            if len(low) == 1 and self._between(i, i + 1).startswith("."):
                return True
            if low in lists.words or low in lists.degrees:
                return cue != "weak" and low in lists.also_words and low in given_names() or self._abbreviated(i)
            return cue != "weak" or not self._ordinary(low)
        if self._ordinary(low) or low in lists.degrees:
            return False
        return cue == "certain" or low in given_names() or low in surnames()

    def _abbreviated(self, i: int) -> bool:
        """`Md. Rahman`: Mohammed, as many write it."""
        return self._low(i) in ("md", "mohd", "mhd") and self._capital(i + 1) and self._between(i, i + 1) in (". ", " ")

    def _known(self, i: int) -> bool:
        low = POSSESSIVE.sub("", self._low(i))
        parts = low.split("-")
        return any(part in given_names() or part in surnames() for part in (low, *parts)) and not self._ordinary(low)

    def _surely(self, run: Run) -> bool:
        return self._known(run.first) and self._capital(run.first)

    def _ordinary(self, low: str) -> bool:
        lists = words()
        return low in lists.also_words or low in lists.words or low in lists.clinical

    def _is_eponym(self, last: int, cue: Cue) -> bool:
        if cue == "certain":
            return False
        rest = self.text[self.tokens[last - 1].end : self.tokens[last - 1].end + 2]
        return self._low(last) in words().eponym_heads or bool(re.match(r"-\d", rest))

    def _given(self, i: int) -> bool:
        return self._low(i) in given_names()

    def _capital(self, i: int) -> bool:
        return 0 <= i < len(self.tokens) and self.tokens[i].text[0].isupper()

    def _low(self, i: int) -> str:
        return self.tokens[i].low if 0 <= i < len(self.tokens) else ""

    def _between(self, i: int, j: int) -> str:
        return self.text[self.tokens[i].end : self.tokens[j].start] if j < len(self.tokens) else "\n"

    def _skip(self, i: int, skipped: frozenset[str]) -> int:
        while self._low(i) in skipped:
            i += 1
        return i
