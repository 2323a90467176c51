"""The shapes that a question takes as a row: one function each, and the recognition of a shape by its columns.

The published sets differ in names and in how they count the right option; each function quotes what it relies on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from bedside.core.records import ExamForm
from bedside.evaluate.exam_formats.question import LETTERS, Question, broken, place_of

__all__ = ["Row", "Shape", "abcd", "generic", "medmcqa", "medqa", "mmlu", "pubmedqa", "recognised"]

Row = Mapping[str, Any]
Shape = Callable[[Row, str], Question]
DECISIONS = ("yes", "no", "maybe")  # the order of lm-eval's `pubmedqa`


def medqa(row: Row, where: str) -> Question:
    """MedQA (jind11/MedQA): `question`, `options` {"A": ...}, `answer_idx` "C"; or `sent1`, `ending0`.., `label`."""
    if "sent1" in row:
        endings = sorted(name for name in row if name.startswith("ending"))
        options = tuple(_text(row, name, where) for name in endings)
        return Question(_text(row, "sent1", where), options, place_of(row.get("label"), options, where))
    options = _options(row.get("options"), where)
    return Question(_text(row, "question", where), options, place_of(row.get("answer_idx"), options, where))


def medmcqa(first: int) -> Shape:
    """MedMCQA: `question`, `opa`..`opd`, `cop`; the official files count `cop` from 1, the Hub's copy from 0."""

    def shape(row: Row, where: str) -> Question:
        options = tuple(_text(row, name, where) for name in ("opa", "opb", "opc", "opd"))
        given = row.get("cop")
        if not isinstance(given, int) or given - first not in range(4):
            raise broken(f"cop is {given!r}, {first} to {first + 3} was expected (the test split has none)", where)
        subject, name = str(row.get("subject_name") or ""), str(row.get("id") or "")
        return Question(_text(row, "question", where), options, given - first, "medmcqa", "", subject, name)

    return shape


def pubmedqa(row: Row, where: str) -> Question:
    """PubMedQA: `QUESTION`, `CONTEXTS`, `final_decision`; on the Hub `question`, `context` {"contexts": [...]}."""
    contexts = row.get("CONTEXTS")
    if contexts is None and isinstance(row.get("context"), Mapping):
        contexts = row["context"].get("contexts")
    if not isinstance(contexts, list) or not all(isinstance(part, str) for part in contexts):
        raise broken("has no list of contexts", where)
    decision = row.get("final_decision")
    if decision not in DECISIONS:
        raise broken(f"final_decision is {decision!r}, yes, no or maybe was expected", where)
    asked = _text(row, "QUESTION" if "QUESTION" in row else "question", where)
    name = str(row.get("pubid") or row.get("id") or "")
    return Question(asked, DECISIONS, DECISIONS.index(decision), "pubmedqa", "\n".join(contexts), "", name)


def mmlu(row: Row, where: str) -> Question:
    """MMLU on the Hub: `question`, `subject`, `choices` [...], `answer` as a number from 0."""
    options = _options(row.get("choices"), where)
    answer, subject = place_of(row.get("answer"), options, where), str(row.get("subject") or "")
    return Question(_text(row, "question", where), options, answer, "mmlu", "", subject)


def abcd(form: ExamForm, subject: str) -> Shape:
    """A table row: `question`, `A`, `B`, `C`, `D`, `answer` as a letter; column names in either case."""

    def shape(row: Row, where: str) -> Question:
        named = {str(name).strip().lower(): value for name, value in row.items() if name is not None}
        options = tuple(_text(named, name, where) for name in "abcde" if named.get(name) not in (None, ""))
        answer = place_of(named.get("answer"), options, where)
        return Question(_text(named, "question", where), options, answer, form, "", subject, str(named.get("id") or ""))

    return shape


def generic(row: Row, where: str) -> Question:
    """`question`, `options` (a list, or letters to texts), `answer` (letter, number from 0, or the option's words).

    It may also have `id`, `context`, `subject` and `form`.
    """
    options = _options(row.get("options"), where)
    form = row.get("form", "medqa")
    if form not in get_args(ExamForm):
        raise broken(f"unknown form {form!r}", where)
    given = row.get("answer_idx", row.get("answer"))
    asked = _text(row, "question", where)
    more = (str(row.get(name) or "") for name in ("context", "subject", "id"))
    return Question(asked, options, place_of(given, options, where), form, *more)


def recognised(columns: set[str], subject: str, where: str) -> Shape:
    """The shape that rows with these columns have (tables of the Hub are counted from 0).

    Raises:
        InputFileError: none is known.
    """
    lower = {column.lower() for column in columns}
    if {"opa", "opb", "opc", "opd", "cop"} <= columns:
        return medmcqa(0)
    if "final_decision" in columns:
        return pubmedqa
    if {"sent1", "ending0", "label"} <= columns or {"question", "options", "answer_idx"} <= columns:
        return medqa
    if {"question", "choices", "answer"} <= columns:
        return mmlu
    if {"question", "a", "b", "answer"} <= lower:
        return abcd("cmmlu" if "Question" in columns else "ceval", subject)
    if {"question", "options", "answer"} <= columns:
        return generic
    raise broken(f"no multiple-choice set is known with the columns {', '.join(sorted(columns)) or '(none)'}", where)


def _options(given: object, where: str) -> tuple[str, ...]:
    """Options as a list of texts, as {"A": text} or as [{"key": "A", "value": text}], in the order of their letters."""
    if isinstance(given, list) and given and all(isinstance(part, Mapping) for part in given):
        given = {part.get("key"): part.get("value") for part in given}
    if isinstance(given, Mapping):
        letters = [letter for letter in LETTERS if given.get(letter) is not None]
        if letters != list(LETTERS[: len(letters)]) or len(letters) != sum(v is not None for v in given.values()):
            raise broken(f"the options are lettered {', '.join(map(str, given))}", where)
        given = [given[letter] for letter in letters]
    if not isinstance(given, list) or not all(isinstance(option, str) for option in given):
        raise broken("the options are neither texts in a list nor texts by letter", where)
    return tuple(given)


def _text(row: Row, name: str, where: str) -> str:
    value = row.get(name)
    if isinstance(value, bool | int | float):
        value = str(value)  # tables read numbers as numbers
    if not isinstance(value, str):
        raise broken(f"has no text in {name!r}", where)
    return value
