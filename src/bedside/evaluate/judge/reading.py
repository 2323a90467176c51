"""Reading a judge's answer, strictly: a choice without words of the reply that bear it out is no answer.

One question that cannot be read leaves the others as they are. Only how a quote is written is forgiven (case, width,
space, quotation marks, an ellipsis or full stop at its ends), never what it says. That a quote stands in the reply
does not say that it bears the choice out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from bedside.core.text import word_count
from bedside.evaluate.judge.rubric import COMPARED, QUESTIONS, Choice, Order, Pair, Question, choices_of

__all__ = ["Answer", "Unread", "read", "unread"]

Unread = Literal["no answer", "not JSON", "no such answer", "no quote", "quote not found", "quote of the other reply"]
MARKS = re.compile(r"[\"'“”‘’「」『』`*_]")
ENDS = " .…。,，;；"
# A shorter quote would stand in almost any reply (a Chinese character is a word).
MIN_WORDS: dict[str, int] = {"en": 2, "zh": 3}


class Answer(msgspec.Struct, frozen=True):
    """A judge's choice for one question and the words that it quotes; `choice` is None where `unread` says why."""

    choice: Choice | None
    quote: str = ""
    unread: Unread | None = None


def unread(why: Unread) -> dict[Question, Answer]:
    """No answer to any question."""
    return {question: Answer(None, "", why) for question in QUESTIONS}


def read(text: str, pair: Pair, order: Order) -> dict[Question, Answer]:
    """The answer to each question; a text that is no JSON object answers none."""
    try:
        value = msgspec.json.decode(_object_in(text))
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return unread("not JSON")
    if not isinstance(value, dict):
        return unread("not JSON")
    replies = (pair.a, pair.b) if order == "a first" else (pair.b, pair.a)
    shown = {"1": replies[0], "2": replies[1]}
    return {question: _answer(question, value.get(question), shown, pair.language) for question in QUESTIONS}


def _object_in(text: str) -> str:
    """From the first brace to the last: endpoints that know no schema put words around it."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _answer(question: Question, value: Any, shown: Mapping[str, str], language: str) -> Answer:
    if not isinstance(value, dict) or value.get("answer") not in choices_of(question):
        return Answer(None, "", "no such answer")
    choice: Choice = value["answer"]
    quote, place = value.get("quote"), value.get("reply")
    quote = quote if isinstance(quote, str) else ""
    if not _flat(quote):
        undecided = choice in ("tie", "neither")
        return Answer(choice) if undecided else Answer(None, "", "no quote")
    problem = _problem(question, choice, (quote, str(place)), shown, language)
    return Answer(None, quote, problem) if problem else Answer(choice, quote)


def _problem(
    question: Question, choice: Choice, told: tuple[str, str], shown: Mapping[str, str], language: str
) -> Unread | None:
    quote, place = told
    if place not in shown:
        # Words that stand in either reply are found all the same where nothing is decided by them.
        found = any(_flat(quote) in _flat(reply) for reply in shown.values())
        return None if found and choice in ("tie", "neither") else "quote not found"
    reply = _flat(shown[place])
    if _flat(quote) not in reply:
        return "quote not found"
    short = word_count(quote) < min(MIN_WORDS[language], word_count(shown[place]))
    if short and choice not in ("tie", "neither"):
        return "no quote"
    # A merit is quoted from the reply that has it; for soundness and sending, a fault of the other one may decide.
    bound = question == "feeling" or question not in COMPARED
    return "quote of the other reply" if bound and choice in ("1", "2") and place != choice else None


def _flat(text: str) -> str:
    plain = MARKS.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return " ".join(plain.split()).strip(ENDS)
