"""English names by what their bearer does or is, where no title and no relative marks them.

Knows where a person is spoken to or speaks (`Bex here`, `Mark, I would`), asked for, or named beside an office
(`Thöni, the hygienist`); the name itself is told by its shape (shapes_en.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bedside.corpus.shapes_en import any_listed, name_at, name_before, opens, shapes, title_case
from bedside.corpus.tokens_en import Message, Run, no_names, words

__all__ = [
    "asked_for",
    "at_desk",
    "beside_office",
    "from_whom",
    "heads",
    "here",
    "in_brackets",
    "joined",
    "lives",
    "speaking",
    "turned_to",
]

# `Bex here.`; `Nkechi here, 36w`; `Agnieszka from bed 4 here`; not `Botox here in Leeds`.
AFTER_HERE = re.compile(r"\s*(?:[,.!;:)(–—-]|\Z|\n|again\b|\d)")
FROM_BED = re.compile(r"(?P<n>[^\W\d_][\w'’-]+(?: [^\W\d_][\w'’-]+)?) (?:from|in|on) (?:the )?\w+(?: \w+)? \Z")
VOCATIVE = re.compile(r"(?:,|!|:| ?[–—]| -)\s{1,2}\Z")
# After the one who is told or asked: `tell Oksana to stop`.
TO_DO = frozenset(("to", "that", "if", "about", "when", "we", "you", "i", "not", "whether", "her", "his"))
# What only a person does: `Ruairí fell off his bike`.
LIVES = re.compile(
    r" (?:fell|woke|vomited|said|told|cries|cried|eats|ate|sleeps|slept|weighs|swallowed|refuses|died|hates"
    r"|asked|complains|coughs"
    r"|choked|fainted|banged|bumped|turned \d)\b"
)
THANKS = frozenset(("thanks", "thank", "thx", "ty", "cheers"))
END = re.compile(r"\s*(?:[a-z]\.?)?[\s.!x]*\Z", re.IGNORECASE)
NUMBERED_STREET = re.compile(r",\s(?:\d+[/-])?\d+[A-Za-z]?,?\s[A-Z]")
LABEL = re.compile(r"(?: ?name)? ?[:=]\s?|\s", re.IGNORECASE)
LINE = re.compile(r"(?:^|\n)[ \t>*•-]*(?=[^\W\d_])")
CHATS = re.compile(r": (?=[a-z])")


def here(message: Message, i: int) -> Run | None:
    """`Nkechi here, 36w pregnant`; `Agnieszka from bed 4 here.`; `jess here` at a message's head."""
    if not AFTER_HERE.match(message.text, message.end(i)):
        return None
    if run := name_before(message, i):
        return run if opens(message, run.first) and message.between(i - 1, i) == " " else None
    if i and message.known(i - 1) and message.between(i - 1, i) == " " and opens(message, i - 1):
        return Run(i - 1, i)
    start = message.starts[i]
    if bed := FROM_BED.search(message.text, max(0, start - 60), start):
        first = next((k for k in range(max(0, i - 6), i) if message.starts[k] == bed.start("n")), i)
        return name_at(message, first) if first < i and opens(message, first) else None
    return None


def speaking(message: Message, i: int) -> Run | None:
    """`Fatoumata Binta Sow asking`, at the head of a sentence or after a comma."""
    run = name_before(message, i)
    return run if run and message.between(i - 1, i) == " " and opens(message, run.first) else None


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
    return run if (sure and message.low(i) != "contact") or any_listed(message, run) else None


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
        return any_listed(message, name_at(message, i + 2))
    if message.low(i - 1) == "and" and i > 1 and message.between(i - 2, i - 1) == " ":
        run = any_listed(message, name_before(message, i - 1))
        return run if run and message.low(run.first - 1) not in shapes().articles else None
    return None


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
    return run if opens(message, i) and (known or after == i + 1) and closed[:1] in ",.!?\n;:–-)" else None


def _signed_low(message: Message, i: int) -> Run | None:
    """`ty brayden k.`: in lower case at the very end, a word that is none of ours."""
    low = message.low(i)
    plain = low in no_names() or message.medical(i)
    if len(low) < 3 or plain or not END.match(message.text, message.end(i)):
        return None
    initial = i + 2 == len(message) and len(message.low(i + 1)) == 1
    # `thanks dipika`: two words and no more.
    alone = len(low) > 4 and message.low(i - 1) in THANKS
    return Run(i, i + 1 + initial) if initial or alone or message.known(i) else None


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
    if not LIVES.match(message.text, message.end(i)) or not opens(message, i):
        return None
    run = name_at(message, i)
    return run if run and run.last == i + 1 and not title_case(message) else None
