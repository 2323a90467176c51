"""What the guard decided, as it stands in responses and is counted; it never holds the patient's words."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Action", "Decision", "Policy", "Reason"]

Reason = Literal["crisis", "emergency", "same day", "false reassurance", "broken dose"]
Action = Literal["fixed reply", "advice first", "replaced", "annotated"]


class Decision(msgspec.Struct, frozen=True):
    """Why and what; `detail` names the kind of crisis (`possible ...` where it is not sure), the condition, or what is
    wrong with the dose.
    """

    reason: Reason
    action: Action
    detail: str
    version: str


class Policy(msgspec.Struct, frozen=True):
    """What becomes of a sentence of the reply that must not stand alone."""

    false_reassurance: Literal["replace", "annotate"] = "replace"
    broken_dose: Literal["replace", "annotate"] = "replace"
