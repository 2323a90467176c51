"""`icliniq`: the JSON lists of LasseRegin/medical-question-answer-data (iCliniq, eHealthForum, Question Doctors).

Rows hold `question` (a title), `question_text` (the patient's words, absent in eHealthForum) and `answer`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bedside.core.records import Message, Rejected
from bedside.corpus.raw import Raw, broken
from bedside.corpus.rows import json_rows

__all__ = ["read"]


def read(path: Path) -> Iterator[Raw | Rejected]:
    """Yield every row of the file, as a consultation or as broken."""
    for number, (where, row) in enumerate(json_rows(path)):
        if not isinstance(row, dict) or not isinstance(row.get("answer"), str):
            yield broken("icliniq", where, "no `answer`", row)
            continue
        title = row.get("question") or ""
        asked = row.get("question_text") or title
        if not isinstance(asked, str) or not isinstance(title, str):
            yield broken("icliniq", where, "`question` is not text", row)
            continue
        messages = (Message("patient", asked), Message("doctor", row["answer"]))
        yield Raw("icliniq", f"{path.stem}-{number}", where, messages, "MIT", "en", title.strip())
