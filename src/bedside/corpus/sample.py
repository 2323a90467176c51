"""A sample of the corpus for the audit of its answers: the same rows whatever the order, the count bounded."""

from __future__ import annotations

import heapq
from collections import Counter
from hashlib import blake2b

from bedside.core.records import Dialogue, joined
from bedside.signals.audit import DEFECTS, audit

__all__ = ["AUDITED", "Sample"]

# A share of 5 % is then known to about 2 points; the audit costs a few milliseconds a consultation.
AUDITED = 500


class Sample:
    """The consultations whose ids have the smallest digests, at most `AUDITED`."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, str, Dialogue]] = []

    def offer(self, dialogue: Dialogue) -> None:
        """Keep the consultation if it belongs to the sample so far."""
        digest = int.from_bytes(blake2b(dialogue.id.encode(), digest_size=8).digest(), "big")
        item = (-digest, dialogue.id, dialogue)
        if len(self._kept) < AUDITED:
            heapq.heappush(self._kept, item)
        elif item[0] > self._kept[0][0]:
            heapq.heapreplace(self._kept, item)

    def defects(self) -> tuple[int, dict[str, int]]:
        """How many consultations were audited, and in how many of them each kind of defect was found."""
        found: Counter[str] = Counter()
        for _, _, dialogue in self._kept:
            patient, doctor = joined(dialogue.messages, "patient"), joined(dialogue.messages, "doctor")
            found.update({defect.kind for defect in audit(patient, doctor, dialogue.language)})
        return len(self._kept), {kind: found[kind] for kind in DEFECTS}
