"""English names that no title and no relative marks: by what their bearer does or is, and by the shape of a full name.

Knows where a person is spoken to or speaks (`Bex here`, `Mark, I would`), asked for, or named beside an office
(`Thöni, the hygienist`), and that two or three capitals no word of which is a known one are somebody's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec

from bedside.core.phrases import load_yaml
from bedside.corpus.gazetteer import surnames
from bedside.corpus.tokens_en import LONGEST, POSSESSIVE, Message, Run, no_names, plain_words, words

__all__ = [
    "Shapes",
    "beside_office",
    "full_name",
    "heads",
    "here",
    "in_brackets",
    "lives",
    "name_at",
    "name_before",
    "shapes",
    "speaking",
]

HEAD = re.compile(r"(?:^|[.!?,:;\n(–—-])[\s\"'(*]*\Z")
# `Bex here.`; `Nkechi here, 36w`; `Agnieszka from bed 4 here`; not `Botox here in Leeds`.
AFTER_HERE = re.compile(r"\s*(?:[,.!;:)(–—-]|\Z|\n|again\b|\d)")
FROM_BED = re.compile(r"(?P<n>[^\W\d_][\w'’-]+(?: [^\W\d_][\w'’-]+)?) (?:from|in|on) (?:the )?\w+(?: \w+)? \Z")
VOCATIVE = re.compile(r"(?:,|!|:| ?[–—]| -)\s{1,2}\Z")
FORM = re.compile(
    r"\b(?:dob|d\.o\.b|born|nhs|mrn|nric|tel|phone|mobile|address|policy|hosp|medicare|member|ref|id"
    r"|ssn)\b[^\n]{0,12}\d",
    re.IGNORECASE,
)
# After the one who is told or asked: `tell Oksana to stop`.
TO_DO = frozenset(("to", "that", "if", "about", "when", "we", "you", "i", "not", "whether", "her", "his"))
# What only a person does: `Ruairí fell off his bike`.
LIVES = re.compile(
    r" (?:fell|woke|vomited|said|told|cries|cried|eats|ate|sleeps|slept|weighs|swallowed|refuses|died|hates"
    r"|asked|complains|coughs"
    r"|choked|fainted|banged|bumped|turned \d)\b"
)
END = re.compile(r"\s*(?:[a-z]\.?)?[\s.!x]*\Z", re.IGNORECASE)
NUMBERED_STREET = re.compile(r",\s(?:\d+[/-])?\d+[A-Za-z]?,?\s[A-Z]")
LABEL = re.compile(r"(?: ?name)? ?[:=]\s?|\s", re.IGNORECASE)
LINE = re.compile(r"(?:^|\n)[ \t>*•-]*(?=[^\W\d_])")
CHATS = re.compile(r": (?=[a-z])")
# Where a place, a product or a show is named.
NOT_BEFORE = frozenset(
    ("at", "in", "near", "called", "visiting", "tab", "cap", "inj", "taking", "using", "the", "a", "an", "of")
)
CONTRACTED = ("'re", "'ve", "'ll", "'m", "n't", "'d")
# Yesss, Hmm, Errr: a sound, no name.
DRAWN_OUT = re.compile(r"(.)\1\1|(?:mm|rr|hh|zz)\Z|\A[^aeiouy\u00e0-\u024f]+\Z|\A(?:ha|he|lo)+l?\Z")


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


def _opens(message: Message, i: int) -> bool:
    """Whether a sentence or a clause opens at the token."""
    start = message.starts[i]
    return bool(HEAD.search(message.text[max(0, start - 6) : start]))


def here(message: Message, i: int) -> Run | None:
    """`Nkechi here, 36w pregnant`; `Agnieszka from bed 4 here.`; `jess here` at a message's head."""
    if not AFTER_HERE.match(message.text, message.end(i)):
        return None
    if run := name_before(message, i):
        return run if _opens(message, run.first) and message.between(i - 1, i) == " " else None
    if i and message.known(i - 1) and message.between(i - 1, i) == " " and _opens(message, i - 1):
        return Run(i - 1, i)
    start = message.starts[i]
    if bed := FROM_BED.search(message.text, max(0, start - 60), start):
        first = next((k for k in range(max(0, i - 6), i) if message.starts[k] == bed.start("n")), i)
        return name_at(message, first) if first < i and _opens(message, first) else None
    return None


def speaking(message: Message, i: int) -> Run | None:
    """`Fatoumata Binta Sow asking`, at the head of a sentence or after a comma."""
    run = name_before(message, i)
    return run if run and message.between(i - 1, i) == " " and _opens(message, run.first) else None


def asked_for(message: Message, i: int) -> Run | None:
    """`ask for Blessing`, `speak to Ailsa`, `text Bex`: whom to turn to."""
    after = i + 2 if message.low(i + 1) in ("for", "to", "with") else i + 1
    if message.between(after - 1, after) not in (" ", ": "):
        return None
    run = name_at(message, after)
    if run is None or message.low(run.last) in words().place_heads:
        return None
    sure = message.low(i) in ("ask", "asks", "attn", "attention", "speak")
    sure = sure or message.low(run.last) in TO_DO
    return run if (sure and message.low(i) != "contact") or _listed(message, run) else None


def beside_office(message: Message, i: int) -> Run | None:
    """`Anneliese Thöni, the hygienist`; `Bev the receptionist`; `our receptionist Bev`."""
    first, lists = i, shapes()
    if not message.cased:
        return None
    while message.low(first - 1) in lists.before_offices and first > i - 3:
        first -= 1
    if message.low(first - 1) in lists.articles and first > 1:
        gap = message.between(first - 2, first - 1)
        if gap in (", ", " ", " (", " - ", " – ") and (run := name_before(message, first - 1)):
            return run if gap != " " or message.low(first - 1) == "the" else None
    if message.between(i, i + 1) in (" ", ", ") and (run := name_at(message, i + 1)):
        listed = any(message.known(k) for k in range(run.first, run.last)) or run.last - run.first > 1
        after = message.between(run.last - 1, run.last)
        return run if listed and (message.between(i, i + 1) == " " or after[:1] in ",.;:!?\n)") else None
    return None


def at_desk(message: Message, i: int) -> Run | None:
    """`Ailsa at the desk`, `Kim from billing`, `Jo on ward 7`."""
    first = i
    while message.low(first - 1) in ("the", "our", "your", "front", "my") and first > 0:
        first -= 1
    if message.low(first - 1) not in ("at", "from", "in", "on") or first < 2:
        return None
    run = name_before(message, first - 1)
    return run if run and message.between(first - 2, first - 1) == " " else None


def joined(message: Message, i: int) -> Run | None:
    """`me and Jorge`, `between Maud and me`."""
    if message.low(i + 1) in ("and", "n") and message.between(i + 1, i + 2) == " ":
        return _listed(message, name_at(message, i + 2))
    if message.low(i - 1) == "and" and i > 1 and message.between(i - 2, i - 1) == " ":
        run = _listed(message, name_before(message, i - 1))
        return run if run and message.low(run.first - 1) not in shapes().articles else None
    return None


def _listed(message: Message, run: Run | None) -> Run | None:
    """The run if a token of it is a listed name."""
    return run if run and any(message.known(k) or message.given(k) for k in range(run.first, run.last)) else None


def turned_to(message: Message, i: int) -> Run | None:
    """`Sorry Bex,`; `Thanks so much Rhodri!`; `No, Mark, that is`."""
    after = message.skip(
        i + 1, frozenset(("you", "so", "much", "very", "again", "for", "then", "a", "lot", "my", "dear"))
    )
    if message.between(after - 1, after) not in (" ", ", ", "\n", ",\n"):
        return None
    if not (run := name_at(message, after)):
        return _signed_low(message, after) if after == i + 1 else None
    closed = message.between(run.last - 1, run.last)
    known = message.given(run.first) or message.known(run.first)
    return run if _opens(message, i) and (known or after == i + 1) and closed[:1] in ",.!?\n;:–-)" else None


def _signed_low(message: Message, i: int) -> Run | None:
    """`ty brayden k.`: in lower case at the very end, a word that is none of ours."""
    low = message.low(i)
    plain = low in no_names() or message.medical(i)
    if len(low) < 3 or plain or not END.match(message.text, message.end(i)):
        return None
    initial = i + 2 == len(message) and len(message.low(i + 1)) == 1
    return Run(i, i + 1 + initial) if initial or message.known(i) else None


def from_whom(message: Message, i: int) -> Run | None:
    """`Question from Rhodri.`: the last words of a line; a place there is no listed given name."""
    run = name_at(message, i + 1)
    if run is None or message.between(i, i + 1) != " ":
        return None
    person = message.given(run.first) or (run.last - run.first > 1 and message.known(run.last - 1))
    ended = message.between(run.last - 1, run.last)
    return run if person and ("\n" in ended or run.last == len(message) or ended[:1] in "–—") else None


def heads(message: Message) -> Iterator[Run]:
    """Names at the head of a line: spoken to (`Mark, I would`), a form's label before, a chat's colon behind."""
    if not message.cased:
        return
    starts = [0] if "\n" not in message.text else _line_starts(message)
    for i in starts:
        if message.low(i) in shapes().labels:
            yield from _labelled(message, i)
        elif (run := name_at(message, i)) and (_spoken_to(message, run) or _before_street(message, run)):
            yield run
        elif i == 0 and message.lows and _chats(message):
            yield Run(0, 1)


def _line_starts(message: Message) -> list[int]:
    places = {match.end() for match in LINE.finditer(message.text)}
    return [i for i, start in enumerate(message.starts) if start in places]


def _labelled(message: Message, i: int) -> Iterator[Run]:
    after = i + 1 + (message.low(i + 1) == "name")
    gap = message.between(i, i + 1) if after == i + 1 else message.between(i + 1, after)
    run = name_at(message, message.skip(after, words().titles)) if LABEL.fullmatch(gap) else None
    if run is None:
        return
    sure = ":" in gap or (message.capital(i) and (run.last - run.first > 1 or message.known(run.first)))
    if sure and "\n" not in message.between(i, run.first):
        yield run


def _spoken_to(message: Message, run: Run) -> bool:
    if not VOCATIVE.match(message.between(run.last - 1, run.last)) or run.last >= len(message):
        return False
    after, lists = message.low(run.last), shapes()
    listed = all(message.given(k) or message.known(k) for k in range(run.first, run.last))
    return after in (lists.addressed if listed else lists.surely_addressed)


def _before_street(message: Message, run: Run) -> bool:
    return bool(NUMBERED_STREET.match(message.text, message.end(run.last - 1)))


def _chats(message: Message) -> bool:
    """`oluwaseun: you can mail me`: who writes, as a chat shows it."""
    low = message.lows[0]
    fits = message.starts[0] == 0 and len(low) > 3 and bool(CHATS.match(message.text, message.end(0)))
    return fits and low not in no_names() and not message.medical(0) and not message.texts[0].isupper()


def in_brackets(message: Message, i: int) -> Run | None:
    """`Patient's mother (Sunita Rawat)`."""
    run = name_at(message, i + 1) if message.between(i, i + 1) == " (" else None
    return run if run and message.between(run.last - 1, run.last)[:1] in ",);" else None


def lives(message: Message, i: int) -> Run | None:
    """`Ruairí fell off his bike`, at the head of a sentence."""
    if not LIVES.match(message.text, message.end(i)) or not _opens(message, i):
        return None
    run = name_at(message, i)
    return run if run and run.last == i + 1 and not _title_case(message) else None


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
        return run if _in_form(message, run) and not _title_case(message) else None
    return run if (first or last) and not _title_case(message) else None


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


def _title_case(message: Message) -> bool:
    """Every Word With A Capital: capitals are worth nothing there."""
    plain = [written for written, low in zip(message.texts, message.lows, strict=True) if low in words().words]
    return len(plain) > 5 and 2 * sum(written[0].isupper() for written in plain) > len(plain)
