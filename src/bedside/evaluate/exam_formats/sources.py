"""Sources of the exam: `FORMAT:PATH` strings to exam items, and the draw that all arms share.

Formats: `mirage` (all parts, or `mirage/PART`), `medqa`, `medmcqa`, `pubmedqa`, `mmlu`, `cmmlu`, `ceval`, `jsonl`,
`hf`. An item's `source` is the part of a benchmark that it belongs to; `limit` items are drawn of each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

import bedside.evaluate.exam_formats.files as files
import bedside.evaluate.exam_formats.hub as hub
import bedside.evaluate.exam_formats.shapes as shapes
from bedside.core.errors import InputFileError, UnknownName, UserMistake
from bedside.core.files import require_file
from bedside.core.records import ExamForm, ExamItem
from bedside.evaluate.exam_formats.question import Question, broken, exam_item, place_of

__all__ = ["MIRAGE", "NAMES", "check_source", "exam_items", "read_source"]

# The parts of MIRAGE's benchmark.json, and the form in which lm-eval puts each.
MIRAGE: dict[str, ExamForm] = {"medqa": "medqa", "medmcqa": "medmcqa", "pubmedqa": "pubmedqa", "mmlu": "mmlu"}
MMLU_COLUMNS = ("question", "A", "B", "C", "D", "answer")


def exam_items(sources: tuple[str, ...], limit: int | None, seed: int) -> list[ExamItem]:
    """The drawn items of all sources, `limit` of each; the same seed draws the same, whatever else is asked.

    Raises:
        UserMistake: a source that is none, a broken row, no item, or two items with one id.
    """
    items = [item for text in sources for item in read_source(text)]
    if len({item.id for item in items}) != len(items):
        raise UserMistake("two exam items share an id", where=", ".join(sources), remedy="Name each source once.")
    if sources and not items:
        raise UserMistake("the exam holds no item", where=", ".join(sources))
    if limit is None:
        return items
    ranked = sorted(items, key=lambda item: hashlib.sha256(f"exam {seed} {item.id}".encode()).digest())
    count: dict[str, int] = {}
    kept = set()
    for item in ranked:
        count[item.source] = count.get(item.source, 0) + 1
        if count[item.source] <= limit:
            kept.add(item.id)
    return [item for item in items if item.id in kept]


def read_source(text: str) -> Iterator[ExamItem]:
    """Every item of a source.

    Raises:
        UserMistake: see `exam_items`.
    """
    name, place = check_source(text)
    if name == "hf":
        yield from _recognised("hf/" + Path(hub.parse(place).name).name, hub.rows(place), "")
        return
    yield from READERS[name.partition("/")[0]](Path(place), name)


def check_source(text: str) -> tuple[str, str]:
    """`FORMAT:PATH` as a known format and an existing place.

    Raises:
        UserMistake: one of them is not.
    """
    name, colon, place = text.partition(":")
    if not colon or not place:
        raise UserMistake(
            f"{text!r} is not FORMAT:PATH",
            remedy=f"Exam formats: {', '.join(NAMES)}. Example: mirage/medqa:benchmark.json",
        )
    if name not in NAMES:
        raise UnknownName("exam format", name, NAMES)
    if name == "hf":
        hub.parse(place)
    elif not (Path(place).is_dir() and name in ("mmlu", "cmmlu", "ceval")):
        require_file(Path(place))
    return name, place


def _mirage(path: Path, name: str) -> Iterator[ExamItem]:
    """{part: {id: {question, options {"A": ...}, answer}}}; an MMLU id begins with its subject."""
    benchmark = files.json_object(path)
    wanted = [name.partition("/")[2]] if "/" in name else list(benchmark)
    for part in wanted:
        rows = benchmark.get(part)
        if part not in MIRAGE or not isinstance(rows, dict):
            raise InputFileError(f"is no part of MIRAGE with questions: {part!r}", where=str(path))
        for id_, row in rows.items():
            where = f"{path}: {part}/{id_}"
            if not isinstance(row, dict):
                raise broken("is no question", where)
            question = shapes.generic({**row, "form": MIRAGE[part]}, where)
            subject = id_.rpartition("-")[0] if part == "mmlu" else ""
            yield exam_item(f"mirage/{part}", question._replace(subject=subject), id_, where)


def _medqa(path: Path, name: str) -> Iterator[ExamItem]:
    yield from _items(name, files.lines(path), shapes.medqa)


def _medmcqa(path: Path, name: str) -> Iterator[ExamItem]:
    """The official files count the right option from 1, copies of the Hub's from 0: a 0 or a 4 tells which it is."""
    rows = list(files.lines(path))
    counted = {placed.row.get("cop") for placed in rows}
    if 0 in counted and 4 in counted:
        raise InputFileError("cop is 0 in some rows and 4 in others", where=str(path), remedy="Count it alike in all.")
    yield from _items(name, rows, shapes.medmcqa(0 if 0 in counted else 1))


def _pubmedqa(path: Path, name: str) -> Iterator[ExamItem]:
    if path.suffix in (".jsonl", ".parquet"):
        yield from _items(name, files.lines(path), shapes.pubmedqa)
        return
    for id_, row in files.json_object(path).items():
        where = f"{path}: {id_}"
        if not isinstance(row, dict):
            raise broken("is no question", where)
        yield exam_item(name, shapes.pubmedqa(row, where), id_, where)


def _mmlu(path: Path, name: str) -> Iterator[ExamItem]:
    for part in files.parts(path, ".csv", ".parquet"):
        subject = files.subject_of(part)
        if part.suffix == ".parquet":
            yield from _items(name, files.lines(part), shapes.mmlu, f"{part.parent.name}-{part.stem}-")
        else:
            rows = files.unheaded(part, MMLU_COLUMNS)
            yield from _items(name, rows, shapes.abcd("mmlu", subject), f"{subject}-")


def _table(path: Path, name: str) -> Iterator[ExamItem]:
    form: ExamForm = "cmmlu" if name == "cmmlu" else "ceval"
    for part in files.parts(path, ".csv"):
        subject = files.subject_of(part)
        yield from _items(name, files.headed(part), shapes.abcd(form, subject), f"{subject}-")


def _jsonl(path: Path, name: str) -> Iterator[ExamItem]:
    """Rows of exam items keep their own ids and sources; others are recognised by their columns."""
    rows = list(files.lines(path))
    if rows and {"id", "source", "language", "belief"} <= set(rows[0].row):
        for row, _, where in rows:
            yield _checked(row, where)
    else:
        yield from _recognised(path.stem, rows, path.stem)


def _checked(row: dict[str, Any], where: str) -> ExamItem:
    try:
        item = msgspec.convert(row, ExamItem)
    except msgspec.ValidationError as error:
        raise broken(f"not an exam item: {error}", where) from None
    answer = place_of(item.answer, item.options, where)
    exam_item(item.source, Question(item.question, item.options, answer), item.id, where)
    if item.belief == item.answer or not 0 <= item.belief < len(item.options):
        raise broken("the belief is not one of the wrong options", where)
    return item


def _recognised(source: str, rows: Iterator[files.Placed] | list[files.Placed], subject: str) -> Iterator[ExamItem]:
    known = list(rows)
    if known:
        first = known[0]
        yield from _items(source, known, shapes.recognised(set(first.row), subject, first.where))


def _items(
    source: str, rows: Iterator[files.Placed] | list[files.Placed], shape: shapes.Shape, prefix: str = ""
) -> Iterator[ExamItem]:
    for row, number, where in rows:
        question = shape(row, where)
        yield exam_item(source, question, prefix + (question.id or number), where)


READERS: dict[str, Callable[[Path, str], Iterator[ExamItem]]] = {
    "mirage": _mirage,
    "medqa": _medqa,
    "medmcqa": _medmcqa,
    "pubmedqa": _pubmedqa,
    "mmlu": _mmlu,
    "cmmlu": _table,
    "ceval": _table,
    "jsonl": _jsonl,
}
NAMES = ("mirage", *(f"mirage/{part}" for part in MIRAGE), *(n for n in READERS if n != "mirage"), "hf")
