"""What became of the rows, counted for the card: by emotion, recipe, gate, attempts and source, and a few in full.

Rows are counted as they are written, so that no file is read again; only the rows that are shown are kept.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from typing import NamedTuple

from bedside.core.records import Emotion, Mode, Recipe, Rewrite, Status

__all__ = ["Cell", "Mix"]

# So many rows of each status are shown.
SHOWN = 3


class Cell(NamedTuple):
    """A place of the plan."""

    emotion: Emotion
    intensity: int
    mode: Mode


class Mix:
    """The counts. Which rows are shown is decided by the digests of their ids: nobody chooses."""

    def __init__(self) -> None:
        self.cells: dict[Cell, Counter[Status]] = defaultdict(Counter)
        self.recipes: dict[Recipe, Counter[Status]] = defaultdict(Counter)
        self.attempts: dict[int, Counter[Status]] = defaultdict(Counter)
        self.sources: dict[tuple[str, str], Counter[Status]] = defaultdict(Counter)
        self.languages: Counter[str] = Counter()
        # Rejected rows whose last try a gate turned down, by emotion.
        self.gates: dict[str, Counter[Emotion]] = defaultdict(Counter)
        self.causes: Counter[str] = Counter()
        self.requests = self.input_tokens = self.output_tokens = 0
        self.cost_usd: float | None = None
        self._shown: dict[Status, list[tuple[str, Rewrite]]] = {"accepted": [], "rejected": []}

    def add(self, row: Rewrite) -> None:
        """One row more."""
        status = row.status
        self.cells[Cell(row.emotion, row.intensity, row.mode)][status] += 1
        self.recipes[row.recipe][status] += 1
        self.attempts[row.attempts][status] += 1
        self.sources[row.source, row.licence][status] += 1
        self.languages[row.language] += 1
        if status == "rejected":
            for gate in {reason.gate for reason in row.reasons if reason.severity != "minor"}:
                self.gates[gate][row.emotion] += 1
        if row.cause:
            self.causes[row.cause] += 1
        self._spend(row)
        if row.rewritten and status in self._shown:
            self._show(row, self._shown[status])

    @property
    def status(self) -> Counter[Status]:
        """Rows by status; they add up to all."""
        return sum(self.cells.values(), Counter())

    def emotions(self) -> dict[Emotion, Counter[Status]]:
        """Rows by emotion and status."""
        found: dict[Emotion, Counter[Status]] = defaultdict(Counter)
        for place, counts in self.cells.items():
            found[place.emotion].update(counts)
        return found

    def shown(self, status: Status) -> list[Rewrite]:
        """The rows to show."""
        return [row for _, row in self._shown[status]]

    def _spend(self, row: Rewrite) -> None:
        self.requests += row.usage.requests
        self.input_tokens += row.usage.input_tokens
        self.output_tokens += row.usage.output_tokens
        if row.usage.cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + row.usage.cost_usd

    def _show(self, row: Rewrite, kept: list[tuple[str, Rewrite]]) -> None:
        digest = hashlib.sha256(row.id.encode()).hexdigest()
        if len(kept) < SHOWN or digest < kept[-1][0]:
            kept.append((digest, row))
            kept.sort(key=lambda pair: pair[0])
            del kept[SHOWN:]
