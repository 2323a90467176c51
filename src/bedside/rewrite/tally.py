"""What a run has come to so far: rows by status, gates that turned rows down, tokens, cost."""

from __future__ import annotations

from collections import Counter

from bedside.core.records import Status
from bedside.rewrite.work import Attempted

__all__ = ["Tally", "status_of"]


def status_of(done: Attempted) -> Status:
    """accepted, rejected or failed."""
    return "failed" if done.failed else "accepted" if done.verdict.accepted else "rejected"


class Tally:
    """Counts outcomes as they come; `cost_usd` is None while no price is known."""

    def __init__(self) -> None:
        self.status: Counter[str] = Counter()
        self.gates: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()
        self.requests = self.input_tokens = self.output_tokens = self.cached_tokens = 0
        self.cost_usd: float | None = None

    def add(self, done: Attempted) -> None:
        """One row more."""
        self.status[status_of(done)] += 1
        self.gates.update({reason.gate for reason in done.verdict.reasons})
        if done.failed:
            self.causes[done.cause] += 1
        usage = done.usage
        self.requests += usage.requests
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.cached_tokens += usage.cached_tokens
        if usage.cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + usage.cost_usd

    @property
    def rows(self) -> int:
        return self.status.total()

    def note(self) -> str:
        """One line for the bar."""
        parts = [f"{self.status[name]:,} {name}" for name in ("accepted", "rejected", "failed") if self.status[name]]
        if self.requests:
            parts.append(f"{self.input_tokens + self.output_tokens:,} tokens")
        if self.cost_usd is not None:
            parts.append(f"${self.cost_usd:,.2f}")
        return ", ".join(parts)

    def counts(self) -> dict[str, int]:
        """The counts of the manifest; they add up: read = accepted + rejected + failed."""
        counts = {"read": self.rows} | {name: self.status[name] for name in ("accepted", "rejected", "failed")}
        counts |= {f"gate: {gate}": n for gate, n in sorted(self.gates.items())}
        counts |= {f"failed: {cause}": n for cause, n in sorted(self.causes.items())}
        if not self.requests:
            return counts
        usage = {"requests": self.requests, "input_tokens": self.input_tokens, "output_tokens": self.output_tokens}
        return counts | usage | ({"cached_tokens": self.cached_tokens} if self.cached_tokens else {})
