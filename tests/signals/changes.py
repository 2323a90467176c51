"""What a rewrite did to an original, as the ledger tells it, for the tests of its readers."""

from __future__ import annotations

from bedside.core.records import Language, Role
from bedside.signals.ledger import compare


def told(
    original: str, rewrite: str, language: Language, side: Role = "doctor", context: tuple[str, ...] = ()
) -> set[tuple[str, str]]:
    """Kind and outcome of all that is not kept."""
    return {(e.kind, e.outcome) for e in compare(original, rewrite, language, side, context) if e.outcome != "kept"}
