"""`chatdoctor`: the sets of Kent0n-Li/ChatDoctor, HealthCareMagic-100k and iCliniq.

Rows hold `input`, the patient's words, and the doctor's answer: `output`, or `answer_icliniq` beside the answers of two
models, which are left out. `instruction` is the task ("If you are a doctor, ..."), never the patient's words; that is
how this format differs from `alpaca`. The words belong to the consultation sites; the repository offers them for
research.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bedside.core.records import Message, Rejected
from bedside.corpus.raw import Raw, broken
from bedside.corpus.rows import json_rows

__all__ = ["read"]

LICENCE = "copyright of the consultation sites; research"


def read(path: Path) -> Iterator[Raw | Rejected]:
    """Yield every row of the file, as a consultation or as broken."""
    for number, (where, row) in enumerate(json_rows(path)):
        asked = row.get("input") if isinstance(row, dict) else None
        answer = row.get("answer_icliniq", row.get("output")) if isinstance(row, dict) else None
        if not isinstance(asked, str) or not isinstance(answer, str):
            yield broken("chatdoctor", where, "no `input` and `output` (or `answer_icliniq`) as text", row)
            continue
        messages = (Message("patient", asked), Message("doctor", answer))
        yield Raw("chatdoctor", f"{path.stem}-{number}", where, messages, LICENCE, "en")
