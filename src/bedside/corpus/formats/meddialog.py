"""`meddialog`: UCSD-AI4H/Medical-Dialogue-System, MedDialog in English and Chinese; JSON or JSON lines.

Rows hold `description` and the turns: `utterances` ("patient: ...", "doctor: ...", 病人：, 医生：), `dialogue_turns`
(`[{speaker, utterance}]`), or one `Patient` and one `Doctor`. A Chinese description is the form that the patient filled
in before; it is the first message. The words belong to the consultation sites; no licence is stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bedside.core.records import Message, Rejected
from bedside.corpus.formats.covid_dialogue import told_before
from bedside.corpus.raw import ROLES, Raw, broken
from bedside.corpus.rows import json_rows

__all__ = ["read"]

LICENCE = "copyright of the consultation sites; research"
HEADED = re.compile(r"\s*(\w+)\s*[:：]\s*(.*)", re.DOTALL)


def read(path: Path) -> Iterator[Raw | Rejected]:
    """Yield every row of the file, as a consultation or as broken."""
    for number, (where, row) in enumerate(json_rows(path)):
        turns = _turns(row) if isinstance(row, dict) else None
        messages = [_message(speaker, text) for speaker, text in turns or ()]
        said = tuple(message for message in messages if message)
        if turns is None or len(said) < len(messages):
            yield broken("meddialog", where, "no `utterances` or `dialogue_turns` of patient and doctor", row)
            continue
        description = row.get("description") or row.get("Description")
        title = description if isinstance(description, str) else ""
        key = f"{path.stem}-{row.get('id', number)}"
        told = told_before(title)
        title = "" if told else title.strip().removeprefix("Q. ")
        yield Raw("meddialog", key, where, (*told, *said), LICENCE, None, title)


def _turns(row: dict[str, Any]) -> list[tuple[Any, Any]] | None:
    """Who spoke and what was said, turn by turn."""
    if isinstance(headed := row.get("utterances"), list):
        matches = [HEADED.fullmatch(text) if isinstance(text, str) else None for text in headed]
        return [(match[1], match[2]) if match else (None, None) for match in matches]
    if isinstance(turns := row.get("dialogue_turns"), list):
        return [(t.get("speaker"), t.get("utterance")) if isinstance(t, dict) else (None, None) for t in turns]
    if "Patient" in row and "Doctor" in row:
        return [("patient", row["Patient"]), ("doctor", row["Doctor"])]
    return None


def _message(speaker: Any, text: Any) -> Message | None:
    role = ROLES.get(speaker.strip().rstrip(":：").lower()) if isinstance(speaker, str) else None
    return Message(role, text) if role and isinstance(text, str) else None
