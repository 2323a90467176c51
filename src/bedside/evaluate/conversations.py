"""Every conversation for the page: an index of all, and their texts in compressed chunks that the browser opens.

Worst first; those without serious trouble follow, taken in turn from each kind of question, so that what would not fit
leaves a fair sample. `MOST_BYTES` bounds the texts; a chunk beyond it is left out, and the page says so.
"""

from __future__ import annotations

import base64
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import msgspec

from bedside.core.records import Item, Reply, Score
from bedside.evaluate.failures import FAILURES, SERIOUS, Failure, failures, trouble
from bedside.evaluate.highlights import Span, belief_spans, comfort_spans
from bedside.evaluate.summary import Audit

__all__ = ["Conversation", "Packed", "conversations", "pack"]

# Compressed texts of the page, in characters of base64: the rest of the page takes less than 1 MB of its 15.
MOST_BYTES = 14_000_000
# Of these at most this share goes to failures when not all fits.
FOR_FAILURES = 0.85
# Conversations in a chunk; the browser opens one chunk for the page that it shows.
CHUNK = 100
# Reading a reply for the words to mark takes a third to one and a half milliseconds: the first ones are read.
MARKED = 3000


class Answer(NamedTuple):
    """One arm's reply with what is wrong with it."""

    arm: str
    reply: Reply
    score: Score
    failures: tuple[Failure, ...]
    trouble: int


class Conversation(NamedTuple):
    """An item with all answers; `trouble` is the worst of the arms that are looked at."""

    item: Item
    answers: tuple[Answer, ...]
    trouble: int


class Packed(NamedTuple):
    """The index (`directory`) and the chunks of texts, base64 of compressed JSON (empty where left out).

    `told` conversations are in, of which `marked` replies have their words marked.
    """

    directory: str
    chunks: list[str]
    told: int
    marked: int


def conversations(audit: Audit) -> list[Conversation]:
    """All conversations in the page's order."""
    looked_at = _looked_at(audit)
    found = []
    for place, item in enumerate(audit.items):
        answers = tuple(_answer(audit, arm.arm, item, place) for arm in audit.arms)
        worst = max((a.trouble for a in answers if a.arm in looked_at), default=0)
        found.append(Conversation(item, answers, worst))
    bad = sorted((c for c in found if c.trouble >= SERIOUS), key=lambda c: -c.trouble)
    return [*bad, *_in_turn([c for c in found if c.trouble < SERIOUS])]


def pack(found: Sequence[Conversation], most: int = MOST_BYTES) -> Packed:
    """The conversations as the page holds them."""
    chunks = [found[start : start + CHUNK] for start in range(0, len(found), CHUNK)]
    bad = sum(chunk[0].trouble >= SERIOUS for chunk in chunks)
    left, texts, marked, told = most, [""] * len(chunks), 0, 0
    for order, share in ((range(bad), FOR_FAILURES), (range(bad, len(chunks)), 1.0), (range(bad), 1.0)):
        floor = most * (1 - share)
        for number in order:
            if texts[number] or left <= floor:
                continue
            mark = marked < MARKED
            text = _squeezed([_told(c, mark) for c in chunks[number]])
            if left - len(text) < floor:
                break
            texts[number], left, told = text, left - len(text), told + len(chunks[number])
            marked += mark * sum(len(c.answers) for c in chunks[number])
    return Packed(_squeezed(_index(found)), texts, told, marked)


def _answer(audit: Audit, arm: str, item: Item, place: int) -> Answer:
    reply, score = audit.replies[arm][place], audit.scores[arm][place]
    wrong = failures(item, reply, score)
    return Answer(arm, reply, score, wrong, trouble(wrong, score) if wrong else 0)


def _looked_at(audit: Audit) -> set[str]:
    """The arms whose failures matter: the tuned ones; controls are bad by design, the base is what it is."""
    for roles in (("claimed", "other"), ("control",), ("base",)):
        names = {arm.arm for arm in audit.arms if arm.role in roles}
        if names:
            return names
    return set()


def _in_turn(found: list[Conversation]) -> Iterator[Conversation]:
    strata: dict[tuple[str, ...], list[Conversation]] = defaultdict(list)
    for c in found:
        strata[c.item.kind, c.item.tone, c.item.language].append(c)
    for row in zip_longest(*strata.values()):
        yield from (c for c in row if c is not None)


def _index(found: Sequence[Conversation]) -> dict[str, Any]:
    """Columns over all conversations; failures are bits in the order of `FAILURES`."""
    bit = {kind: 1 << place for place, kind in enumerate(FAILURES)}
    items = [c.item for c in found]
    return {
        "ids": [i.id for i in items],
        "kinds": [i.kind for i in items],
        "tones": [i.tone for i in items],
        "languages": [i.language for i in items],
        "emotions": [i.emotion for i in items],
        "feelings": ["" if i.emotion == "neutral" else f"{i.intensity}, {i.mode}" for i in items],
        "flags": [[sum(bit[kind] for kind in a.failures) for a in c.answers] for c in found],
        "chunk": CHUNK,
    }


def _told(found: Conversation, mark: bool) -> dict[str, Any]:
    item = found.item
    told = {
        "said": [[m.role, m.content] for m in item.messages],
        "reference": item.reference,
        "topic": item.topic,
        "belief": item.belief,
        "arms": [_told_answer(item, a, mark) for a in found.answers],
    }
    return {key: value for key, value in told.items() if value}


def _told_answer(item: Item, answer: Answer, mark: bool) -> dict[str, Any]:
    score, text = answer.score, answer.reply.text
    spans: list[Span] = belief_spans(item, text)
    if mark:
        spans += comfort_spans(item, answer.score, text)
    told = {
        "text": text,
        "finish": "" if answer.reply.finish == "stop" else answer.reply.finish,
        "spans": spans,
        "acts": [] if mark else [*score.acts, *score.anti_acts],
        "lost": score.facts_lost,
        "severe": score.severe_errors,
        "facts": score.facts_total,
    }
    return {key: value for key, value in told.items() if value}


def _squeezed(value: Any) -> str:
    return base64.b64encode(zlib.compress(msgspec.json.encode(value), 9)).decode()
