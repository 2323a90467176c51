"""One multiple-choice question as a file holds it, and the exam item that it becomes.

Whatever the format, a question has its text, at least two different options and the place of the right one. The wrong
option that a patient will state is drawn by the hash of the item's id, so that it never depends on what else is asked.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from bedside.core.errors import InputFileError
from bedside.core.records import ExamForm, ExamItem, Language
from bedside.core.text import is_chinese

__all__ = ["LETTERS", "Question", "broken", "drawn", "exam_item", "place_of"]

LETTERS = "ABCDEFGHIJ"


class Question(NamedTuple):
    """What one row says. `id` is unique within its source; an empty one is made from the row's number."""

    question: str
    options: tuple[str, ...]
    answer: int
    form: ExamForm = "medqa"
    context: str = ""
    subject: str = ""
    id: str = ""


def exam_item(source: str, row: Question, id_: str, where: str) -> ExamItem:
    """The item, checked.

    Raises:
        InputFileError: it is no question that could be answered; `where` says which row.
    """
    if not row.question.strip():
        raise broken("the question is empty", where)
    if not 2 <= len(row.options) <= len(LETTERS):
        raise broken(f"has {len(row.options)} options, 2 to {len(LETTERS)} were expected", where)
    if any(not option.strip() for option in row.options):
        raise broken(f"option {LETTERS[[bool(o.strip()) for o in row.options].index(False)]} is empty", where)
    if not 0 <= row.answer < len(row.options):
        raise broken(f"the answer is number {row.answer + 1} of {len(row.options)} options", where)
    name = f"{source}/{id_}"
    language: Language = "zh" if is_chinese(row.question) else "en"
    wrong = [place for place in range(len(row.options)) if place != row.answer]
    return ExamItem(
        id=name,
        source=source,
        language=language,
        question=row.question,
        options=row.options,
        answer=row.answer,
        belief=wrong[drawn(f"belief {name}", len(wrong))],
        context=row.context,
        subject=row.subject,
        form=row.form,
    )


def drawn(what: str, count: int) -> int:
    """A number below `count` that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(what.encode()).digest()[:8], "big") % count


def place_of(answer: object, options: tuple[str, ...], where: str) -> int:
    """The place of an answer given as a letter, as a number from 0, or in an option's own words.

    Raises:
        InputFileError: it is none of these.
    """
    if isinstance(answer, int) and not isinstance(answer, bool):
        return answer
    text = str(answer).strip()
    if len(text) == 1 and text.upper() in LETTERS:
        return LETTERS.index(text.upper())
    if options.count(text) == 1:
        return options.index(text)
    shown = "nothing" if answer is None else repr(answer)
    raise broken(f"the answer is {shown}: neither a letter, nor a number from 0, nor one of the options", where)


def broken(what: str, where: str) -> InputFileError:
    """The error of a row that cannot be used."""
    return InputFileError(what, where=where, remedy="Correct or remove this row; an exam with gaps would mislead.")
