"""`jsonl`: bedside's own dialogues, or lines of `{messages: [{role, content}]}` or `{patient, doctor}`.

Fields of `Dialogue` that a line holds (id, licence, split, title, facts) are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from bedside.core.records import Dialogue, KnownFact, Message, Rejected, Split
from bedside.corpus.raw import Given, Raw, broken, message_rows
from bedside.corpus.rows import json_rows

__all__ = ["read"]

# What every line of bedside's own has; a look for it spares most other lines a failed conversion.
OWN = frozenset(field.name for field in msgspec.structs.fields(Dialogue) if field.required)


class Extra(msgspec.Struct, frozen=True):
    """Fields that a line may have beside its turns."""

    title: str = ""
    split: Split = "train"
    facts: tuple[KnownFact, ...] = ()


def read(path: Path) -> Iterator[Raw | Given | Rejected]:
    """Yield every line of the file, as a consultation or as broken."""
    stem = path.stem
    for number, (where, row) in enumerate(json_rows(path)):
        if not isinstance(row, dict):
            yield broken("jsonl", where, "not an object", row)
            continue
        if own := _own(row):
            yield Given(where, own)
            continue
        messages = message_rows(row.get("messages")) or _pair(row)
        if messages is None:
            yield broken("jsonl", where, "neither `messages` nor `patient` and `doctor`", row)
            continue
        try:
            extra = msgspec.convert(row, Extra)
        except msgspec.ValidationError as error:
            yield broken("jsonl", where, str(error), row)
            continue
        key, licence = str(row.get("id", f"{stem}-{number}")), str(row.get("licence", "unknown"))
        language = row.get("language") if row.get("language") in ("en", "zh") else None
        source = str(row.get("source", "jsonl"))
        yield Raw(source, key, where, messages, licence, language, extra.title, extra.split, extra.facts)


def _own(row: dict[str, Any]) -> Dialogue | None:
    """The line as a dialogue that bedside wrote before, None where it is none."""
    if not row.keys() >= OWN:
        return None
    try:
        return msgspec.convert(row, Dialogue)
    except msgspec.ValidationError:
        return None


def _pair(row: dict[str, Any]) -> tuple[Message, ...] | None:
    patient, doctor = row.get("patient"), row.get("doctor")
    if not isinstance(patient, str) or not isinstance(doctor, str):
        return None
    return (Message("patient", patient), Message("doctor", doctor))
