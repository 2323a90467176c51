"""Claims and verdicts as JSON: `claims.json`, and the part of `report.json` that `bedside verify` reads."""

from __future__ import annotations

import math
from typing import Any

from bedside.core.evaluate_config import ClaimsConfig
from bedside.evaluate.claims import Claim
from bedside.evaluate.statistics import Estimate
from bedside.evaluate.summary import Audit

__all__ = ["claim_row", "estimate_row", "outcome"]

DIGITS = 4


def outcome(audit: Audit, margins: ClaimsConfig) -> dict[str, Any]:
    """Claims, verdicts of the arms and of the study, controls, what was not examined, margins."""
    return {
        "verdict": audit.verdict,
        "verdicts": audit.verdicts,
        "caught": audit.caught,
        "sensitive": all(audit.caught.values()),
        "not_examined": audit.not_examined,
        "claims": [claim_row(claim) for claim in audit.claims],
        "secondary": [],
        "margins": margins.model_dump(mode="json"),
    }


def claim_row(claim: Claim) -> dict[str, Any]:
    """One claim as a row of `claims.json`."""
    return {
        "arm": claim.arm, "role": claim.role, "claim": claim.name, "sentence": claim.sentence,
        "margin": claim.margin, "must_be": "above" if claim.above else "below",
        "estimate": estimate_row(claim.estimate), "p": claim.p, "n_needed": claim.n_needed,
        "verdict": claim.verdict, "finding": claim.finding,
    }  # fmt: skip


def estimate_row(estimate: Estimate | None) -> dict[str, float | None] | None:
    """An estimate, rounded; None where there is none."""
    return None if estimate is None else {k: _rounded(v) for k, v in estimate._asdict().items()}


def _rounded(value: float) -> float | None:
    return value if isinstance(value, int) else round(value, DIGITS) if math.isfinite(value) else None
