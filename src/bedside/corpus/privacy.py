"""De-identification: who a person is becomes a placeholder, what a person has stays.

Names, e-mail, phone, web and postal addresses, record numbers and dates of birth are replaced with `[NAME]`, `[EMAIL]`,
`[PHONE]`, `[URL]`, `[POSTAL]`, `[ID]`, `[BIRTHDATE]`. Rules and word lists, no model: they find what is
written as people write such things, not every mention. How many they miss: docs/decisions/005-de-identification.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from bedside.core.records import Language, Message
from bedside.corpus.identifiers import Span, dates_beside_names, identifiers
from bedside.corpus.names_en import english_names
from bedside.corpus.names_zh import chinese_names
from bedside.corpus.tokens_en import is_plain_word

__all__ = ["deidentify", "private_spans"]


def deidentify(messages: Sequence[Message], language: Language) -> tuple[tuple[Message, ...], Counter[str]]:
    """The messages with placeholders, and how many of each kind were put in.

    A name found in one message is looked for in all of them.
    """
    found = [private_spans(message.content, language) for message in messages]
    known = {
        m.content[s.start : s.end] for m, spans in zip(messages, found, strict=True) for s in spans if s.kind == "NAME"
    }
    counts: Counter[str] = Counter()
    replaced = []
    for message, spans in zip(messages, found, strict=True):
        spans = _with_known(message.content, spans, known)
        counts.update(span.kind for span in spans)
        replaced.append(Message(message.role, _replaced(message.content, spans)))
    return tuple(replaced), counts


def private_spans(text: str, language: Language) -> list[Span]:
    """What is private in one text, in order, none overlapping; identifiers go before names."""
    if not text:
        return []
    spans = identifiers(text)
    names = chinese_names(text) if language == "zh" else english_names(text)
    merged = _merged(spans, [Span(start, end, "NAME") for start, end in names])
    return _merged(merged, dates_beside_names(text, merged)) if names else merged


def _merged(first: list[Span], more: list[Span]) -> list[Span]:
    return sorted([*first, *(s for s in more if all(s.end <= f.start or s.start >= f.end for f in first))])


def _with_known(text: str, spans: list[Span], known: set[str]) -> list[Span]:
    """The spans, and every further place of a known name: the whole, or in English its longer parts in capitals."""
    parts = {part for name in known for part in (name, *re.split(r"[\s.]+", name)) if _telling(part)}
    if not parts:
        return spans
    pattern = re.compile("|".join(_bounded(part) for part in sorted(parts, key=len, reverse=True)))
    return _merged(spans, [Span(*match.span(), "NAME") for match in pattern.finditer(text)])


def _telling(part: str) -> bool:
    if part.isascii():
        return len(part) >= 3 and not is_plain_word(part)
    return len(part) >= 2


def _bounded(part: str) -> str:
    return rf"(?<!\w){re.escape(part)}(?!\w)" if re.match(r"[a-zA-Z]", part) else re.escape(part)


def _replaced(text: str, spans: list[Span]) -> str:
    pieces, at = [], 0
    for span in spans:
        pieces += [text[at : span.start], f"[{span.kind}]"]
        at = span.end
    return "".join([*pieces, text[at:]])
