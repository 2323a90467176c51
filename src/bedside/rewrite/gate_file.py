"""`bedside gate`: rewrites from any source through the gates, a verdict for each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from bedside.core.files import read_rows, write_rows
from bedside.core.records import Emotion, FalseBelief, Language, Message, Mode, PlannedEmotion
from bedside.rewrite.gates import Case, judge

__all__ = ["Row", "case_of", "gate_file"]


class Row(msgspec.Struct, frozen=True):
    """One original and its rewrite, a turn a side."""

    id: str
    language: Language
    patient: str
    doctor: str
    patient_rewrite: str
    doctor_rewrite: str
    emotion: Emotion = "neutral"
    intensity: int = 0
    # A calm patient's mode is "none"; "neutral" says the same.
    mode: Mode | Literal["neutral"] = "none"
    # A corrective rewrite: the false belief that the patient states, what corrects it, and what of `doctor` says so.
    belief: str = ""
    correction: str = ""
    basis: str = ""


def gate_file(path: Path, out: Path) -> dict[str, int]:
    """Judge every row of `path`, write the verdicts to `out`, and return the counts; they add up.

    Raises:
        InputFileError: a row that is not an original with a rewrite.
    """
    counts: Counter[str] = Counter()

    def verdicts() -> Iterator[dict[str, Any]]:
        for row in read_rows(path, Row):
            verdict = judge(case_of(row))
            counts["accepted" if verdict.accepted else "rejected"] += 1
            yield {
                "id": row.id,
                "accepted": verdict.accepted,
                "reasons": verdict.reasons,
                "ledger": verdict.ledger,
            }

    read = write_rows(out, verdicts())
    return {"read": read, "accepted": counts["accepted"], "rejected": counts["rejected"]}


def case_of(row: Row) -> Case:
    """What a row asks of the gates."""
    return Case(
        language=row.language,
        original=(Message("patient", row.patient), Message("doctor", row.doctor)),
        rewritten=(Message("patient", row.patient_rewrite), Message("doctor", row.doctor_rewrite)),
        planned=PlannedEmotion(row.emotion, row.intensity, "none" if row.mode == "neutral" else row.mode),
        recipe="corrective" if row.belief else "neutral control" if row.emotion == "neutral" else "distressed query",
        false_belief=FalseBelief(row.belief, row.correction, row.basis) if row.belief else None,
    )
