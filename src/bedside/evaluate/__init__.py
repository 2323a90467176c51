"""Arms, items, scorers, statistics, claims, report."""

from bedside.evaluate.report import build as report
from bedside.evaluate.stage import build

__all__ = ["build", "report"]
