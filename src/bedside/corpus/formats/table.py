"""Columns of any table: which hold the patient's words, the doctor's, or a whole conversation.

A map names bedside's fields (`patient`, `doctor` or `messages`; `id`, `title`, `language`, `licence`, `split`) and the
table's columns. What it leaves out is found under the obvious names below, letter case aside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bedside.core.errors import InputFileError
from bedside.core.records import Language, Message, Rejected, Split
from bedside.corpus.raw import Raw, broken, message_rows

__all__ = ["choose_columns", "consultations"]

# In the order in which they are tried; `instruction` is last because beside `input` it is a task, not a question.
OBVIOUS: dict[str, tuple[str, ...]] = {
    "messages": ("messages", "conversations"),
    "patient": ("patient", "question", "ask", "input", "query", "instruction"),
    "doctor": ("doctor", "answer", "response", "output"),
    "id": ("id",),
    "title": ("title",),
    "language": ("language",),
    "licence": ("licence", "license"),
    "split": ("split",),
}
LANGUAGES: dict[str, Language] = {"en": "en", "english": "en", "zh": "zh", "chinese": "zh"}
SPLITS: dict[str, Split] = {
    "": "train", "train": "train", "dev": "dev", "valid": "dev", "validation": "dev", "test": "test",
}  # fmt: skip


def choose_columns(names: Sequence[str], wanted: Mapping[str, str], where: str) -> dict[str, str]:
    """The table's column for each of bedside's fields that it has.

    Raises:
        InputFileError: a wanted column is not there, or nothing says who is patient and who doctor.
    """
    missing = [column for column in wanted.values() if column not in names]
    known = {name.strip().lower(): name for name in reversed(names)}
    found = {field: known[name] for field, tried in OBVIOUS.items() for name in reversed(tried) if name in known}
    if "patient" in wanted or "doctor" in wanted:
        found.pop("messages", None)
    columns = found | dict(wanted)
    if missing or not ("messages" in columns or {"patient", "doctor"} <= columns.keys()):
        what = f"no column {', '.join(missing)}" if missing else "no columns that are clearly patient and doctor"
        raise InputFileError(
            f"has {what}; its columns: {', '.join(names) or 'none'}",
            where=where,
            remedy="Name them: corpus.columns={patient: QUESTION, doctor: ANSWER}, or {messages: COLUMN}; "
            "for `bedside corpus`: --set 'columns={...}'.",
        )
    return columns


def consultations(
    source: str, stem: str, rows: Iterable[tuple[str, Any]], columns: Mapping[str, str]
) -> Iterator[Raw | Rejected]:
    """Yield every row of a table, as a consultation or as broken."""
    for number, (where, row) in enumerate(rows):
        fields = {field: row.get(name) for field, name in columns.items()} if isinstance(row, dict) else {}
        messages = _messages(fields)
        split = SPLITS.get(_text(fields.get("split")).lower())
        if messages is None or split is None:
            detail = "no text for both patient and doctor" if messages is None else "not a split: train, dev or test"
            yield broken(source, where, detail, row)
            continue
        key, licence = _text(fields.get("id")) or f"{stem}-{number}", _text(fields.get("licence")) or "unknown"
        language = LANGUAGES.get(_text(fields.get("language")).lower())
        yield Raw(source, key, where, messages, licence, language, _text(fields.get("title")), split)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _messages(fields: Mapping[str, Any]) -> tuple[Message, ...] | None:
    """The turns of a row; a conversation may be JSON text."""
    turns, patient, doctor = fields.get("messages"), fields.get("patient"), fields.get("doctor")
    if isinstance(turns, str):
        try:
            turns = json.loads(turns)
        except (ValueError, RecursionError):
            return None
    if turns is not None:
        return message_rows(turns)
    if not isinstance(patient, str) or not isinstance(doctor, str):
        return None
    return (Message("patient", patient), Message("doctor", doctor))
