"""English names by their shape: capitals that open no word of any kind, from where they open to where they end.

Knows that two or three capitals no word of which is a known one are somebody's name; not who is spoken to, see
spoken_en.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec

from bedside.core.phrases import load_yaml
from bedside.corpus.gazetteer import surnames
from bedside.corpus.tokens_en import LONGEST, POSSESSIVE, Message, Run, plain_words, words

__all__ = [
    "Shapes",
    "any_listed",
    "filed",
    "full_name",
    "name_at",
    "name_before",
    "opens",
    "shapes",
    "title_case",
]

# Where a place, a product or a show is named.
FILED = re.compile(r"[A-Z]{3}, [A-Z]{2}")
NOT_BEFORE = frozenset(
    ("at", "in", "near", "called", "visiting", "tab", "cap", "inj", "taking", "using", "the", "a", "an", "of")
)
CONTRACTED = ("'re", "'ve", "'ll", "'m", "n't", "'d")
# Yesss, Hmm, Errr: a sound, no name.
DRAWN_OUT = re.compile(r"(.)\1\1|(?:mm|rr|hh|zz)\Z|\A[^aeiouy\u00e0-\u024f]+\Z|\A(?:ha|he|lo)+l?\Z")
HEAD = re.compile(r"(?:^|[.!?,:;\n(–—-])[\s\"'(*]*\Z")
FORM = re.compile(
    r"\b(?:dob|d\.o\.b|born|nhs|mrn|nric|tel|phone|mobile|address|policy|hosp|medicare|member|ref|id"
    r"|ssn)\b[^\n]{0,12}\d",
    re.IGNORECASE,
)


class Shapes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The word lists of `data/shapes_en.yaml`."""

    offices: frozenset[str]
    before_offices: frozenset[str]
    articles: frozenset[str]
    speaking: frozenset[str]
    asking: frozenset[str]
    desks: frozenset[str]
    addressed: frozenset[str]
    surely_addressed: frozenset[str]
    turning: frozenset[str]
    labels: frozenset[str]
    places: frozenset[str]
    things: frozenset[str]
    word_names: frozenset[str]


@cache
def shapes() -> Shapes:
    return msgspec.convert(load_yaml("corpus/data/shapes_en.yaml"), Shapes)


def personal(message: Message, i: int) -> bool:
    """Whether a capital opens what can be a part of a name: listed, a word that is also a given name, or unknown."""
    if not message.capital(i):
        return False
    low, written = POSSESSIVE.sub("", message.lows[i]), message.texts[i]
    lists, places = words(), shapes()
    if len(low) < 2 or (written.isupper() and message.cased) or low in places.places or low in places.things:
        return False
    if (
        low in lists.words
        or (low in lists.medical_words and low not in places.word_names)
        or low in lists.relations
        or low in lists.titles
    ):
        return False
    if low in lists.eponym_heads or ("'" in low and low.endswith(CONTRACTED)):
        return False
    if message.ordinary(i):
        return low in places.word_names
    if low in plain_words():
        return False
    return message.known(i) or (message.unlisted(i) and not low.endswith(("ly", "-wise")) and not DRAWN_OUT.search(low))


def name_at(message: Message, i: int) -> Run | None:
    """The name that opens at a token, in capitals, with the particles and initials inside it."""
    if not (message.cased and message.capital(i)) or not personal(message, i):
        return None
    last = i + 1
    while last < len(message) and last - i < LONGEST and _goes_on(message, last):
        step = _part_length(message, last)
        if not step:
            break
        last += step
    return Run(i, last)


def _goes_on(message: Message, i: int) -> bool:
    gap = message.between(i - 1, i)
    return gap == " " or (gap in (". ", ".") and len(message.low(i - 1)) == 1)


def _part_length(message: Message, i: int) -> int:
    """How many tokens the next part of a name takes: particles and what follows them, a capital, an initial."""
    after = i
    while message.low(after) in words().particles and after - i < 3 and message.between(after, after + 1) == " ":
        after += 1
    initial = len(message.low(after)) == 1 and message.low(after) != "i"
    initial = initial and message.between(after, after + 1)[:1] in (".", ",", "\n")
    if message.capital(after) and (initial or _surname_like(message, after)):
        return after - i + 1
    return 0


def _surname_like(message: Message, i: int) -> bool:
    low, lists = POSSESSIVE.sub("", message.low(i)), shapes()
    plain = low in plain_words() or low in words().words or low in lists.places or low in lists.things
    return personal(message, i) or (low in surnames() and not plain and not message.texts[i].isupper())


def name_before(message: Message, end: int) -> Run | None:
    """The name whose last token stands right before `end`."""
    first = end
    if not message.capital(end - 1):
        return None
    while first > 0 and end - first < LONGEST and (first == end or message.between(first - 1, first) in (" ", ". ")):
        low = message.low(first - 1)
        if not (personal(message, first - 1) or (low in words().particles and first < end and first > 1)):
            break
        first -= 1
    while first < end and not message.capital(first):
        first += 1
    return Run(first, end) if first < end and message.cased else None


def opens(message: Message, i: int) -> bool:
    """Whether a sentence or a clause opens at the token."""
    start = message.starts[i]
    return bool(HEAD.search(message.text[max(0, start - 6) : start]))


def any_listed(message: Message, run: Run | None) -> Run | None:
    """The run if a token of it is a listed name."""
    return run if run and any(message.known(k) or message.given(k) for k in range(run.first, run.last)) else None


def full_name(message: Message, i: int) -> Run | None:
    """Two capitals or more, one of them a listed name and none of them a word, a place or a thing."""
    if message.low(i - 1) in words().titles or (
        not message.capital(i + 1) and message.low(i + 1) not in words().particles
    ):
        return None
    if i and message.capital(i - 1) and message.between(i - 1, i) == " ":
        return None
    run = name_at(message, i)
    if run is None or run.last - run.first < 2 or not _stands_alone(message, run):
        return None
    listed = [k for k in range(run.first, run.last) if message.known(k)]
    first, last = message.given(run.first), message.low(run.last - 1) in surnames()
    if not listed:
        return run if _in_form(message, run) and not title_case(message) else None
    return run if (first or last) and not title_case(message) else None


def _in_form(message: Message, run: Run) -> bool:
    """Whether unknown capitals stand between commas or alone on a line, beside numbers of a person."""
    if any(not message.unlisted(k) and message.low(k) not in words().particles for k in range(run.first, run.last)):
        return False
    before = message.text[max(0, message.starts[run.first] - 2) : message.starts[run.first]]
    closed = message.between(run.last - 1, run.last)[:1] in ",\n;("
    return closed and (not before or before[-1] == "\n" or before == ", ") and bool(FORM.search(message.text))


def _stands_alone(message: Message, run: Run) -> bool:
    """No longer title goes on behind, no disease is named after it, and it is not where somebody lives."""
    after, lists = message.low(run.last), words()
    near = message.between(run.last - 1, run.last)
    if near in (" ", "-") and (message.capital(run.last) or after in lists.eponym_heads | lists.place_heads):
        return False
    if near.startswith(("-", "®", "™")) or message.low(run.last) in shapes().things:
        return False
    return message.low(run.first - 1) not in NOT_BEFORE


def filed(message: Message) -> Iterator[Run]:
    """`HARRIS, COLLEEN M`: surname and given name in capitals, as a record files them."""
    if not FILED.search(message.text):
        return
    for i in range(len(message) - 1):
        if message.between(i, i + 1) != ", " or not (message.texts[i] + message.texts[i + 1]).isupper():
            continue
        last = i + 2
        initial = len(message.low(last)) == 1 and message.capital(last) and message.between(i + 1, last) == " "
        surname = message.low(i) in surnames() or (initial and message.low(i) not in plain_words())
        if len(message.lows[i]) > 2 and surname and message.given(i + 1) and message.known(i + 1):
            yield Run(i, last + initial)


def title_case(message: Message) -> bool:
    """Every Word With A Capital: capitals are worth nothing there."""
    plain = [written for written, low in zip(message.texts, message.lows, strict=True) if low in words().words]
    return len(plain) > 5 and 2 * sum(written[0].isupper() for written in plain) > len(plain)
